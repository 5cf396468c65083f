"""How people spell names in paths: what stands for blanks, ids and editions in brackets, years, parts. Pure.

names.py puts what is found here together.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_ID = re.compile(r"[\[{(]\s*(imdb|tmdb|tvdb)(?:id)?\s*[-=:]\s*(\w+)\s*[\]})]", re.IGNORECASE)
_EDITION = re.compile(r"\{edition-([^{}]+)\}", re.IGNORECASE)
_YEAR = re.compile(
    r"(?P<title>.*?)\s*[(\[](?P<year>(?:18|19|20)\d\d)(?:[-–](?:\d{4})?)?[)\]](?P<rest>.*)", re.DOTALL
)
_PART = re.compile(r"[ ._\-(\[]*(?:cd|dvd|dis[ck]|part|pt)[ ._\-]*(\d{1,2})[)\]]?\s*", re.IGNORECASE)
_DISC = re.compile(
    r"(?P<title>.+?)[ ._\-(\[]+(?:cd|dis[ck])[ ._\-]?(?P<number>\d{1,2})[)\]]?", re.IGNORECASE | re.DOTALL
)
_RELEASE = re.compile(
    r"(?<![^\W_])(?:(?:480|540|576|720|1080|2160|4320)[pi]|blu-?ray|b[dr]rip|web-?(?:dl|rip)|[hp]dtv|hdrip"
    r"|dvd-?rip|[xh]\.?26[45]|hevc|xvid|divx)(?![^\W_])",
    re.IGNORECASE,
)
_RELEASE_YEAR = re.compile(r"(?P<title>.+)[. _\-]+(?P<year>(?:19|20)\d\d)(?!\d)(?P<rest>.*)", re.DOTALL)
_BARE_YEAR = re.compile(r"(?P<title>.+\S) (?P<year>(?:19|20)\d\d)", re.DOTALL)
# What release groups add in front of how a file was made, as they write it.
_NOTES = re.compile(
    r"(?:(?:^|[. _])(?:PROPER|REAL|REPACK|RERIP|iNTERNAL|INTERNAL|MULTi|MULTI|DUBBED|SUBBED|UNCUT|GERMAN"
    r"|FRENCH|iTALiAN|SPANiSH|NORDiC|DL))+$"
)
_BRACKETS = re.compile(r"\s*(?:\[[^\]]*\]|\([^)]*\))")
# What cameras and disc rippers call files: the number says nothing to a viewer.
_NO_NAME = re.compile(
    r"(?:(?:img|vid|dsc[fn]?|mvi|mov|gopr|gx|pxl|title|track|video|clip|t)[ _\-t]*)?[\d _.\-]+", re.IGNORECASE
)
_INITIALS = re.compile(r"(?:\w\.){2,}\w?|(?:\d+\.)+\d+")
_SEPARATORS = " -._–"


class Marked(NamedTuple):
    """A name without the marks that programs put into it, and what they said."""

    text: str
    guids: tuple[str, ...]
    edition: str | None


class Dated(NamedTuple):
    """A name before the year in brackets, the year, and what follows."""

    title: str
    year: int | None
    rest: str


def unmarked(name: str) -> Marked:
    """Takes `{tmdb-603}`, `[imdbid-tt0017136]` and `{edition-Restored}` out of a name."""
    edition = _EDITION.search(name)
    ids = tuple(f"{site.lower()}:{id_}" for site, id_ in _ID.findall(name))
    text = _EDITION.sub("", _ID.sub("", name)) if edition or ids else name
    return Marked(text.strip() if edition or ids else text, ids, edition[1].strip() if edition else None)


def before_year(name: str) -> Dated:
    """Splits a name at its first year in brackets: `Two Bridges (1963) CD1`."""
    match = _YEAR.fullmatch(name)
    if match is None:
        return Dated(called(name), None, "")
    return Dated(called(match["title"]), int(match["year"]), match["rest"])


def part_of(rest: str) -> int | None:
    """The number of a part that follows a film's year: `CD1`, ` - part 2`."""
    match = _PART.fullmatch(rest)
    return int(match[1]) if match else None


def disc_of(name: str) -> tuple[str, int | None]:
    """The name and the number of a film's disc, `Two Bridges CD1`; a part may well be part of a title."""
    match = _DISC.fullmatch(name)
    return (match["title"], int(match["number"])) if match else (name, None)


def is_release(name: str) -> bool:
    """Tells whether a name says how its file was made: `1080p`, `x264`, `BluRay`."""
    return _RELEASE.search(name) is not None


def without_release(text: str) -> str:
    """What stands before the first word on how the file was made."""
    match = _RELEASE.search(text)
    return _NOTES.sub("", text[: match.start()].rstrip(" -._–[(")) if match else text


def released(name: str) -> Dated | None:
    """Splits the name of a release at the last year before how it was made: `Tides.2049.2017.1080p.x264-GRP`.

    Where nothing says how, the year has to stand at the end: `Tides.2017`.
    """
    match = _RELEASE_YEAR.fullmatch(without_release(name))
    if match is None or not (is_release(name) or ("." in name and " " not in name and not match["rest"])):
        return None
    return Dated(called(match["title"]), int(match["year"]), match["rest"])


def before_bare_year(name: str) -> tuple[str, int | None]:
    """Splits a show's name at a year without brackets: `Tides 2005`."""
    match = _BARE_YEAR.fullmatch(name)
    return (match["title"], int(match["year"])) if match else (name, None)


def without_brackets(text: str) -> str:
    """A name without what stands in round or square brackets."""
    return _BRACKETS.sub("", text).strip()


def title_of(text: str) -> str | None:
    """What remains of a file's name as a title worth showing, if anything does."""
    cleaned = after_number(text)
    return None if cleaned is None or is_no_name(cleaned) else cleaned


def after_number(text: str) -> str | None:
    """The title that follows an episode's number, which may itself be a number, if there is any."""
    cleaned = words(text.lstrip(_SEPARATORS)).rstrip(" -_–")
    return cleaned if cleaned.strip(_SEPARATORS) else None


def is_no_name(stem: str) -> bool:
    """Tells whether a camera or a disc ripper gave this name."""
    return _NO_NAME.fullmatch(stem) is not None


def called(text: str) -> str:
    """A whole name: what begins or ends it may be its own, `-30-`, unless a blank stands between."""
    text = words(text)
    return re.sub(r"^[-_–.]+\s+|\s+[-_–.]+$", "", text)


def words(text: str) -> str:
    """Words with blanks between them, where dots or underscores stand in for blanks."""
    if not text.strip(_SEPARATORS).count(" ") and not _INITIALS.fullmatch(text):
        text = re.sub(r"[._]+", " ", text)
    return " ".join(text.split())


def alike(one: str, other: str) -> bool:
    """Tells whether two names are the same but for case, blanks and punctuation."""
    return _letters(one) == _letters(other) != ""


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))
