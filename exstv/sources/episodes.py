"""Episodes by their paths: `Show/Season 01/Show - S01E02 - Title` and the other ways to number them. Pure.

A show's folder is believed before the file's own name where a season's folder says that it is one, or where
both name the same show: `Downloads/Tides - S01E02.mkv` is of `Tides`.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import PurePosixPath
from typing import NamedTuple

import msgspec

from exstv.sources.name_facts import NameFacts
from exstv.sources.spelling import (
    after_number,
    alike,
    before_bare_year,
    before_year,
    is_no_name,
    unmarked,
    without_brackets,
    without_release,
)

_EPISODE = re.compile(
    r"(?P<show>.*?)[ ._\-\[(]*(?<![^\W_])(?:[Ss](?P<season>\d{1,4})[ ._]?[Ee](?P<episode>\d{1,4})"
    r"(?:[ ._]?-?[ ._]?[Ee]\d{1,4}|-\d{1,4}(?!\d))*"
    r"|(?P<season_x>\d{1,2})x(?P<episode_x>\d{2,3})(?:-?(?:\d{1,2})?x\d{2,3}|-\d{2,3})*"
    r"|[Ss]eason[ ._](?P<season_w>\d{1,3})[ ._,\-]+[Ee]pisode[ ._](?P<episode_w>\d{1,4}))"
    r"(?![^\W_])(?P<title>.*)",
    re.DOTALL,
)
_NUMBERED = re.compile(
    r"(?:[Ee](?:p(?:isode)?)?[ ._]?(?P<said>\d{1,4})|第?(?P<episode>\d{1,4})[話话集回]?)"
    r"(?:\s*[-._]\s*|\s+|$)(?P<title>.*)",
    re.DOTALL,
)
_ABSOLUTE = re.compile(
    r"(?P<show>.+?)(?:\s+S(?P<season>\d{1,2}))?\s+-\s+(?P<episode>(?!(?:19|20)\d\d(?!\d))\d{1,4})(?:v\d)?"
    r"(?:\s+-\s+(?P<title>.+))?",
    re.DOTALL,
)
_SAID = re.compile(
    r"(?P<show>.+?)[ ._\-]+(?:E|Ep|Episode)[ ._]?(?P<episode>\d{1,4})(?![^\W_])(?P<title>.*)",
    re.IGNORECASE | re.DOTALL,
)
_DAY = re.compile(
    r"(?P<show>.*?)[ ._\-(\[]*(?<!\d)(?P<year>(?:19|20)\d\d)([-._ ])(?P<month>\d\d)\3(?P<day>\d\d)"
    r"(?!\d)[)\]]?(?P<title>.*)",
    re.DOTALL,
)
_SEASON_WORDS = (
    "season|series|staffel|seizoen|saison|temporada|stagione|sezon|säsong|sæson|sesong|kausi|сезон"
)
_SEASON_FOLDER = re.compile(
    # `Blake's 7` is no season of anything.
    rf"(?P<show>.*?)[ ._\-]*(?<![^\W_])(?<!['’])(?:(?:(?:{_SEASON_WORDS})[ ._]?|s)(?P<number>\d{{1,4}})"
    r"|第(?P<kanji>\d{1,3})[季期])"
    r"(?:\s*[-–(\[].*)?",
    re.IGNORECASE | re.DOTALL,
)
_SPECIALS = frozenset({"specials", "extras"})
_GROUP = re.compile(r"\[[^\]]+\]\s*")


class House(NamedTuple):
    """The show and the season that a file's folders name."""

    show: str | None
    year: int | None
    season: int | None


def parse_episode(path: PurePosixPath, kind: str) -> NameFacts | None:
    """Reads a path as an episode's, None if it is none; `kind` is the source's."""
    stem, house = unmarked(path.stem).text, house_of(path)
    return (
        _in_season(path, stem, house)
        or _by_day(path, stem, house, kind)
        or _counted(path, stem, house, kind)
        or _numbered(path, stem, house)
    )


def _in_season(path: PurePosixPath, stem: str, house: House) -> NameFacts | None:
    """`S01E02`, `1x02`, `Season 1 Episode 2`."""
    match = _EPISODE.fullmatch(stem)
    if match is None:
        return None
    season = int(match["season"] or match["season_x"] or match["season_w"])
    episode = int(match["episode"] or match["episode_x"] or match["episode_w"])
    return _of_show(path, house, match["show"], season=season, episode=episode, title=match["title"])


def _numbered(path: PurePosixPath, stem: str, house: House) -> NameFacts | None:
    """A number alone, in a season's folder: `02 - Title`, `Episode 2`."""
    match = _NUMBERED.fullmatch(stem)
    if match is None or house.season is None or not house.show:
        return None
    episode = int(match["said"] or match["episode"])
    return _of_show(path, house, "", season=house.season, episode=episode, title=match["title"])


def _by_day(path: PurePosixPath, stem: str, house: House, kind: str) -> NameFacts | None:
    """An episode that is named after the day it was aired on."""
    match = _DAY.fullmatch(stem)
    if match is None:
        return None
    is_shows = house.show is not None and (house.season is not None or alike(match["show"], house.show))
    # Home videos bear days, too: only what a show's name stands before, or a show's folder around, is of one.
    is_release = match[3] == "." and match["show"] != "" and " " not in stem and not is_no_name(stem)
    if kind != "show" and not is_shows and not is_release:
        return None
    try:
        day = date(int(match["year"]), int(match["month"]), int(match["day"]))
    except ValueError:
        return None
    found = _of_show(path, house, match["show"], season=house.season, episode=None, title=match["title"])
    return found and msgspec.structs.replace(found, year=day.year, released=day.isoformat())


def _counted(path: PurePosixPath, stem: str, house: House, kind: str) -> NameFacts | None:
    """An episode that is numbered through all seasons: `Show - 105 - Title`, `[Group] Show - 105`."""
    text = without_brackets(stem)
    match = _ABSOLUTE.fullmatch(text) or _SAID.fullmatch(text)
    if match is None:
        return None
    by_name = house.show is not None and alike(match["show"], house.show)
    in_season = house.season is not None and not match["show"].isdigit()
    if kind != "show" and not by_name and not in_season and not _GROUP.match(stem):
        return None
    said = match.groupdict().get("season")
    season = int(said) if said else house.season
    found = _of_show(path, house, match["show"], season=season, episode=int(match["episode"]), title="")
    return found and msgspec.structs.replace(found, title=after_number(match["title"] or ""))


def _of_show(
    path: PurePosixPath, house: House, own: str, *, season: int | None, episode: int | None, title: str
) -> NameFacts | None:
    """An episode's facts; `own` is the show as the file's own name has it."""
    name = before_year(_without_group(own))
    own_name, own_year = before_bare_year(name.title) if name.year is None else (name.title, name.year)
    housed = house.show is not None and (
        house.season is not None or not name.title or alike(name.title, house.show)
    )
    show, year = (house.show, house.year or name.year) if housed else (own_name or house.show, own_year)
    if not show:
        return None
    return NameFacts(
        kind="episode",
        stem=path.stem,
        title=after_number(without_release(title)),
        show=show,
        season=season,
        episode=episode,
        year=year,
        housed=housed,
    )


def _without_group(name: str) -> str:
    """A show's name without the group that made the file: `[Group] Show`."""
    return _GROUP.sub("", name, count=1) if _GROUP.match(name) else name


def house_of(path: PurePosixPath) -> House:
    """The folder around the season's; without season folders the one that the file lies in."""
    folders = path.parent.parts
    if not folders:
        return House(None, None, None)
    season, said = _season_of_folder(folders[-1])
    if season is not None:
        folders = folders[:-1]
    name = unmarked(said or (folders[-1] if folders else "")).text
    found = before_year(name)
    return House(found.title or None, found.year, season)


def _season_of_folder(name: str) -> tuple[int | None, str]:
    """The season that a folder is of, and the show if it names that, too: `Show - Season 1`."""
    if name.lower() in _SPECIALS:
        return 0, ""
    match = _SEASON_FOLDER.fullmatch(name)
    return (int(match["number"] or match["kanji"]), match["show"]) if match else (None, "")
