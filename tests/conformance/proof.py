"""The proof of a claim: the case's YAML without the key, or with another value, and the case must fail.

A diagnostic is a difference, a crash is none.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from conformance.cases import Case, shown
from conformance.words import (
    DEFAULT,
    KINDS,
    Found,
    Path,
    Word,
    home_of,
    models,
    place_of,
    places_in,
    values_of,
)
from conformance.words import shown as value_text

_DURATION = re.compile(r"([0-9]+)(ms|s|m|h|d)")
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])(:[0-5][0-9])?")
_TOP = 1000


@dataclass(frozen=True)
class Proof:
    """What became of one claim; an empty `why` is a proof."""

    word: Word
    case: str
    why: str


@dataclass(frozen=True)
class Place:
    """A key of a mapping in the YAML of a case, there or not."""

    found: Found
    key: str

    @property
    def path(self) -> Path:
        return (*self.found.path, self.key)

    @property
    def schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = models()[self.found.model]["properties"][self.key]
        return schema

    @property
    def is_needed(self) -> bool:
        return self.key in models()[self.found.model].get("required", ())


def parse_claim(text: str) -> Word:
    """`place.key`, `place.key=value` or `place.key default`."""
    name, _, value = text.removesuffix(" default").partition("=")
    place, _, key = name.partition(".")
    return Word(place, key, DEFAULT if text.endswith(" default") else value or None)


def prove(case: Case) -> list[Proof]:
    """Every claim of a case; it must show what it says before anything is changed."""
    fails = "" if shown(case, json.dumps(case.data)) == case.expected else "the case fails"
    words = map(parse_claim, case.claims)
    return [Proof(credited(word), case.name, fails or _why(case, word)) for word in words]


def credited(word: Word) -> Word:
    """A value or a default counts for the model that declares it, which places share."""
    model = next((model for model in models() if place_of(model) == word.place), None)
    if word.value is None or model is None:
        return word
    return Word(home_of(model, word.key), word.key, word.value)


def _why(case: Case, word: Word) -> str:
    """Why a claim is not proved: what was changed at the place that came nearest."""
    places = [
        Place(found, word.key)
        for found in places_in(case.data, case.root)
        if place_of(found.model) == word.place
        and word.key in models()[found.model]["properties"]
        and _speaks_of(found, word)
    ]
    if not places:
        return "the case does not have it"
    reasons = []
    for place in places:
        reason = _not_at(case, place, word)
        if not reason:
            return ""
        reasons.append(reason)
    return reasons[-1]


def _speaks_of(found: Found, word: Word) -> bool:
    if word.value == DEFAULT:
        return word.key not in found.value
    if word.key not in found.value:
        return False
    value = found.value[word.key]
    every = value if isinstance(value, list) else [value]
    return word.value is None or word.value in map(value_text, every)


def _not_at(case: Case, place: Place, word: Word) -> str:
    if word.value == DEFAULT:
        return _not_default(case, place)
    if word.value is None:
        return _not_key(case, place)
    known = _values(place) or place.schema.get("examples", ())
    alternatives = [value for value in known if value_text(value) != word.value]
    for value in alternatives or [None]:
        if not _differs(case, changed(case.data, place.path, replaced(place, word.value, value))):
            return f"shows the same with {'nothing' if value is None else value}"
    return ""


def replaced(place: Place, old: str, new: object) -> object:
    """The value at a place with one word of it replaced."""
    value = place.found.value[place.key]
    if isinstance(value, list):
        return [new if value_text(each) == old else each for each in value]
    return new


def _values(place: Place) -> tuple[object, ...]:
    if place.key == "kind" and place.found.value["kind"] in KINDS:
        return KINDS
    values = values_of(place.schema)
    return values if len(values) > 1 else ()


def _not_key(case: Case, place: Place) -> str:
    """A key that may be missing is taken away; one that may not has its value changed."""
    if not place.is_needed:
        return "" if _differs(case, changed(case.data, place.path, None)) else "shows the same without it"
    written = place.found.value[place.key]
    enumerated = [value for value in _values(place) if value != written]
    for value in enumerated or others(written, place.schema):
        if _differs(case, changed(case.data, place.path, value)):
            return ""
    return "shows the same with other values"


def _not_default(case: Case, place: Place) -> str:
    default = place.schema["default"]
    if _differs(case, changed(case.data, place.path, default)):
        return f"is not the same as {value_text(default)}"
    values = [value for value in values_of(place.schema) if value != default and not isinstance(default, int)]
    for value in values or others(default, place.schema):
        if _differs(case, changed(case.data, place.path, value)):
            return ""
    return "shows the same with other values"


def others(value: Any, schema: dict[str, Any]) -> Iterator[object]:
    """Other values of the same kind."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield value + 1 if value + 1 <= schema.get("maximum", _TOP) else value / 2
    elif isinstance(value, list):
        yield value[:-1] if len(value) > 1 else None
    elif isinstance(value, dict):
        yield dict(list(value.items())[:-1]) if len(value) > 1 else None
    elif len(values_of(schema)) > 1:
        yield from (each for each in values_of(schema) if each != value)
    else:
        yield _other_text(value)


def _other_text(text: str) -> str:
    if length := _DURATION.fullmatch(text):
        return f"{2 * int(length[1]) or 1}{length[2]}" if length[1] != "0" else "30m"
    if time := _TIME.fullmatch(text):
        return f"{(int(time[1]) + 1) % 24:02}:{time[2]}"
    if re.fullmatch("[0-9]+%", text):
        return f"{int(text[:-1]) + 1}%"
    return f"{text}x"


def changed(data: dict[str, Any], path: Path, value: object) -> dict[str, Any]:
    """A station with another value at a path; None takes the key away."""
    made = copy.deepcopy(data)
    at: Any = made
    for step in path[:-1]:
        at = at[step]
    if value is None:
        at.pop(path[-1], None)
    else:
        at[path[-1]] = value
    return made


def _differs(case: Case, data: dict[str, Any]) -> bool:
    return shown(case, json.dumps(data)) != case.expected
