"""What guessit makes of a file's path, where the name says more than our own rules read.

It takes a hundred times as long as they do, so it is asked about such names only. What it says is kept where
it is certain enough: a film needs a year, an episode a number or a day.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import PurePosixPath
from typing import Any

import msgspec

from exstv.sources.name_facts import NameFacts

log = logging.getLogger(__name__)

_TYPES = {"movie": "movie", "show": "episode"}


def guessed(path: PurePosixPath, kind: str, facts: NameFacts) -> NameFacts:
    """Adds to what a path was read as; `kind` is the source's."""
    type_ = "episode" if facts.kind == "episode" else _TYPES.get(kind)
    # Without the user's own settings it says the same on every machine.
    options = {"no_user_config": True, **({"type": type_} if type_ else {})}
    guessit = _guessit()
    try:
        said: Mapping[str, Any] = guessit.guessit(str(path), options)
    except guessit.GuessitException as error:
        # Its rules have failed on odd names before; such a name tells nothing more.
        log.info("nothing guessed path=%s reason=%s", path, error.__context__)
        return facts
    if said.get("type") == "episode":
        return _episode(facts, said)
    return _movie(facts, said)


@cache
def _guessit() -> Any:
    # Not imported above: it takes half a second to load, and most libraries have no such names.
    return importlib.import_module("guessit.api")


def _episode(facts: NameFacts, said: Mapping[str, Any]) -> NameFacts:
    show = facts.show if facts.housed else _text(said.get("title")) or facts.show
    episode = facts.episode if facts.episode is not None else _number(said.get("episode"))
    day = said.get("date")
    released = day.isoformat() if isinstance(day, date) else facts.released
    if not show or (episode is None and released is None):
        return facts
    year = _number(said.get("year"))
    season = _number(said.get("season"))
    return msgspec.structs.replace(
        facts,
        kind="episode",
        show=show,
        # Of `Tides.2019.E05` guessit says that the year is the season.
        season=facts.season if facts.season is not None else None if season == year else season,
        episode=episode,
        title=_text(said.get("episode_title")),
        year=facts.year or year or (day.year if isinstance(day, date) else None),
        released=released,
        tags=(),
    )


def _movie(facts: NameFacts, said: Mapping[str, Any]) -> NameFacts:
    title, year = _text(said.get("title")), _number(said.get("year"))
    if not title or (year is None and facts.kind != "movie"):
        return facts
    edition = _text(said.get("edition"))
    return msgspec.structs.replace(
        facts,
        kind="movie",
        title=title,
        year=year,
        part=_number(said.get("cd")) or _number(said.get("part")),
        tags=(edition,) if edition else (),
    )


def _text(value: object) -> str | None:
    """The first of several; two titles are one that a mark divides."""
    if isinstance(value, list):
        value = " - ".join(str(each) for each in value)
    return str(value).strip() or None if value is not None else None


def _number(value: object) -> int | None:
    if isinstance(value, list):
        value = value[0] if value else None
    return value if isinstance(value, int) else None
