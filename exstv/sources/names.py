"""What a file's path says of its contents: show, season, episode, title, year. Pure.

Knows `Title (Year)`, `Show/Season 01/Show - S01E02 - Title` and their usual spellings; it guesses nothing
from release names. local.py adds what the file itself says.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

import msgspec

_EPISODE = re.compile(
    r"(?P<show>.*?)[ ._\-\[(]*\b(?:[Ss](?P<season>\d{1,4})[ ._]?[Ee](?P<episode>\d{1,4})(?:-?[Ee]\d{1,4})*"
    r"|(?P<season_x>\d{1,2})x(?P<episode_x>\d{2,3}))\b(?P<title>.*)"
)
_NUMBERED = re.compile(
    r"(?:[Ee](?:p(?:isode)?)?[ ._]?)?(?P<episode>\d{1,3})(?:\s*[-.]\s*|\s+|$)(?P<title>.*)"
)
_SEASON_FOLDER = re.compile(r"(?:season|series|staffel|seizoen|saison|s)[ ._]?(\d{1,4})", re.IGNORECASE)
_YEAR = re.compile(r"(?P<title>.*?)\s*[(\[](?P<year>(?:18|19|20)\d\d)[)\]](?P<rest>.*)")
# What cameras and disc rippers call files: the number says nothing to a viewer.
_NO_NAME = re.compile(
    r"(?:(?:img|vid|dsc[fn]?|mvi|mov|gopr|gx|pxl|title|track|video|clip|t)[ _\-t]*)?[\d _.\-]+", re.IGNORECASE
)
_SPECIALS = frozenset({"specials", "extras"})


class NameFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Facts from a path. `title` is None where the name has none worth showing; `stem` is always there."""

    kind: str
    stem: str
    title: str | None = None
    show: str | None = None
    season: int | None = None
    episode: int | None = None
    year: int | None = None
    tags: tuple[str, ...] = ()


def parse_name(path: PurePosixPath, kind: str) -> NameFacts:
    """Reads a path below the root; `kind` is the source's: auto, movie, show, music_video or other."""
    if kind in ("auto", "show") and (episode := _episode(path)):
        return episode
    if kind in ("auto", "movie") and (movie := _movie(path, kind)):
        return movie
    item_kind = {"movie": "movie", "show": "episode", "music_video": "music_video"}.get(kind, "clip")
    show = _show_of_folder(path) if kind == "show" else None
    return NameFacts(
        kind=item_kind,
        stem=path.stem,
        title=_title(path.stem),
        show=show,
        # Folders sort clips: `idents/ember.mkv` can be asked for by the tag `idents`.
        tags=path.parent.parts if item_kind in ("clip", "music_video") else (),
    )


def _episode(path: PurePosixPath) -> NameFacts | None:
    shown = _show_of_folder(path)
    match = _EPISODE.fullmatch(path.stem)
    if match:
        season = int(match["season"] or match["season_x"])
        episode = int(match["episode"] or match["episode_x"])
        shown, title = shown or _clean(match["show"]), match["title"]
    else:
        folder_season = _season_of_folder(path.parent.name)
        match = _NUMBERED.fullmatch(path.stem)
        if match is None or folder_season is None or not shown:
            return None
        season, episode, title = folder_season, int(match["episode"]), match["title"]
    if not shown:
        return None
    show, year = _split_year(shown)
    return NameFacts(
        kind="episode",
        stem=path.stem,
        title=_title(title),
        show=show,
        season=season,
        episode=episode,
        year=year,
    )


def _movie(path: PurePosixPath, kind: str) -> NameFacts | None:
    for name in (path.stem, path.parent.name):
        title, year = _split_year(name)
        if year is not None and title:
            return NameFacts(kind="movie", stem=path.stem, title=title, year=year)
    if kind == "movie":
        return NameFacts(kind="movie", stem=path.stem, title=_title(path.stem))
    return None


def _show_of_folder(path: PurePosixPath) -> str | None:
    """The folder around the season's; without season folders the one that the file lies in."""
    folders = path.parent.parts
    if folders and _season_of_folder(folders[-1]) is not None:
        folders = folders[:-1]
    return _clean(folders[-1]) if folders else None


def _season_of_folder(name: str) -> int | None:
    if name.lower() in _SPECIALS:
        return 0
    match = _SEASON_FOLDER.fullmatch(name)
    return int(match[1]) if match else None


def _split_year(name: str) -> tuple[str, int | None]:
    match = _YEAR.fullmatch(name)
    return (_clean(match["title"]), int(match["year"])) if match else (_clean(name), None)


def _title(text: str) -> str | None:
    cleaned = _clean(text)
    return cleaned if cleaned and not _NO_NAME.fullmatch(cleaned) else None


def _clean(text: str) -> str:
    """Words with blanks between them, where dots or underscores stand in for blanks."""
    if " " not in text.strip(" -._"):
        text = re.sub(r"[._]+", " ", text)
    return " ".join(text.split()).strip(" -._–")
