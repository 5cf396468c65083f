"""The station language's scalars as types: what is written is text, what the compiler gets is a number.

Each carries the pattern that the JSON schema shows to editors and the code that is reported when the text
does not fit. The parsing itself is exstv/units.py's.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files
from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from exstv import codes, days, units
from exstv.binding import mistake
from exstv.codes import Code, did_you_mean
from exstv.diagnostics import suggest
from exstv.nodes import written

T = TypeVar("T")

# Letters and digits of any script, `_`, `-` and `.`. Said by what is left out, since `\w` is ASCII in the
# dialect of JSON schemas and not in Python's.
NAME_PATTERN = r"^[^\s!-/:-@\[-^`{-~][^\s!-,/:-@\[-^`{-~]*$"
NUMBER_PATTERN = r"^[1-9][0-9]{0,4}(\.[1-9][0-9]{0,2})?$"
# Dotted as RFC 2838 asks of a broadcast identifier; only digits would be taken for a channel number.
ID_PATTERN = r"^(?=.*[A-Za-z])[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$"


class Document(BaseModel):
    """What every authoring model is: frozen, and strict about its keys."""

    # Most stations use few of the models: each is made ready when it is first bound.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class ListOfOne:
    """Tells the JSON schema that one entry may be written without the list around it."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        listed = handler(schema)
        return {"anyOf": [listed["items"], listed]}


def _listed(value: object) -> object:
    return value if isinstance(value, tuple) or value is None else (value,)


def reader(parse: Callable[[str], object], code: Code, help: str) -> Callable[[object], object]:
    """A validator that reads a text; what does not fit is reported with `code`."""

    def read(value: object) -> object:
        text = written(value)
        if not isinstance(text, str):
            raise mistake(code, help=help)
        try:
            return parse(text)
        except days.Backwards:
            raise mistake(codes.BACKWARDS) from None
        except days.NoSuchDay as error:
            raise mistake(codes.NO_SUCH_DAY, value=str(error)) from None
        except ValueError:
            raise mistake(code, help=_help(code, text, help)) from None

    return read


class Plain:
    """A validator that makes the whole value, for types of which pydantic should know nothing."""

    def __init__(self, read: Callable[[object], object]) -> None:
        self._read = read

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._read)


def _help(code: Code, text: str, help: str) -> str:
    if code is codes.BAD_DURATION and re.fullmatch("[0-9]+", text):
        return f"write `{text}s` for seconds, `{text}m` for minutes"
    if code is codes.BAD_TIME and re.fullmatch("[0-2]?[0-9][.h][0-5][0-9]", text):
        return f'write `"{text[:-3]}:{text[-2:]}"`'
    return help


def _date(text: str) -> str:
    if not re.fullmatch(units.DATE_PATTERN, text):
        raise ValueError(text)
    days.parse_day(text)
    return text


def matching(pattern: str) -> Callable[[str], str]:
    """A parser that keeps a text as it is."""

    def parse(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(text)
        return text

    return parse


def _timezone(value: object) -> object:
    if isinstance(value, str) and value not in time_zones():
        raise mistake(codes.UNKNOWN_TIMEZONE, name=value, help=did_you_mean(_near_zone(value)))
    return value


def _near_zone(name: str) -> str | None:
    zones = time_zones()
    cities = {zone.rpartition("/")[2].lower(): zone for zone in sorted(zones, reverse=True)}
    city = suggest(name.rpartition("/")[2].replace(" ", "_").lower(), cities)
    return suggest(name, sorted(zones)) or (cities[city] if city else None)


@lru_cache(maxsize=1)
def time_zones() -> frozenset[str]:
    """The IANA names of the tzdata that this program carries, whatever the machine knows."""
    return frozenset(files("tzdata").joinpath("zones").read_text(encoding="utf-8").split())


def scalar(pattern: str, *examples: str, numbers: dict[str, Any] | None = None) -> WithJsonSchema:
    """What the JSON schema says of a text with a pattern, or of the numbers that may stand for it."""
    text: dict[str, Any] = {"type": "string", "pattern": pattern}
    if numbers is None:
        return WithJsonSchema({**text, "examples": list(examples)})
    return WithJsonSchema({"anyOf": [text, numbers], "examples": list(examples)})


_DURATION_HELP = "write it like `90s`, `1h30m` or `00:21:30.500`"
_TIME_HELP = 'write it like `"20:00"`'

Text = Annotated[
    str,
    Field(min_length=1),
    BeforeValidator(written),
    WithJsonSchema({"anyOf": [{"type": "string", "minLength": 1}, {"type": "number"}]}),
]
"""Words for people: a film may be called 1984."""

Name = Annotated[str, Field(min_length=1)]
"""A reference to something declared."""

DeclaredName = Annotated[
    str,
    BeforeValidator(reader(matching(NAME_PATTERN), codes.BAD_NAME, "use letters, digits, `_`, `-` and `.`")),
    scalar(NAME_PATTERN),
]
"""A name that is declared within a document."""

EXTENDS = "extends"
NEVER_INHERITED = ("number", "id")
"""Keys of a channel that two channels would share if they were inherited."""

Extends = Annotated[
    str | None,
    Field(min_length=1, description="Another one of its kind, whose keys it takes and overrides."),
]
"""Resolved on the trees, before any model is made: compiler/extends.py."""

Duration = Annotated[
    int,
    BeforeValidator(reader(units.parse_duration, codes.BAD_DURATION, _DURATION_HELP)),
    scalar(units.DURATION_PATTERN, "90s", "1h30m", "14d", "00:21:30.500"),
]
"""In ms."""

TimeOfDay = Annotated[
    int,
    BeforeValidator(reader(units.parse_time_of_day, codes.BAD_TIME, _TIME_HELP)),
    scalar(units.TIME_PATTERN, "06:00", "18:30:15"),
]
"""In ms after local midnight."""

BitRate = Annotated[
    int,
    BeforeValidator(reader(units.parse_bit_rate, codes.BAD_BIT_RATE, "write it like `3M` or `160k`")),
    scalar(
        units.BIT_RATE_PATTERN,
        "3M",
        "160k",
        numbers={"type": "integer", "minimum": 100, "maximum": 9_999_999_999},
    ),
]
"""In bits a second."""

Resolution = Annotated[
    tuple[int, int],
    BeforeValidator(
        reader(units.parse_resolution, codes.BAD_RESOLUTION, "write it like `1280x720`, both even")
    ),
    scalar(units.RESOLUTION_PATTERN, "1280x720", "1920x1080"),
]

ChannelNumber = Annotated[
    str,
    BeforeValidator(
        reader(matching(NUMBER_PATTERN), codes.BAD_CHANNEL_NUMBER, "write it like `42` or `42.1`")
    ),
    scalar(
        NUMBER_PATTERN, "42", "42.1", numbers={"type": "number", "minimum": 1, "exclusiveMaximum": 100_000}
    ),
]

ChannelId = Annotated[
    str,
    BeforeValidator(
        reader(matching(ID_PATTERN), codes.BAD_CHANNEL_ID, "write words with dots, like `retro.harbour`")
    ),
    scalar(ID_PATTERN, "retro.harbour"),
]

Date = Annotated[
    str,
    BeforeValidator(reader(_date, codes.BAD_DATE, "write it like `1927-01-10`")),
    scalar(units.DATE_PATTERN, "1927-01-10"),
]

Timezone = Annotated[str, BeforeValidator(_timezone), Field(examples=["Europe/Amsterdam", "UTC"])]

OneOrMany = Annotated[tuple[T, ...], Field(min_length=1), BeforeValidator(_listed), ListOfOne()]
"""At least one; one alone may be written without the list."""

Some = Annotated[tuple[T, ...], BeforeValidator(_listed), ListOfOne()]
"""Any number; one alone may be written without the list."""
