"""What a file's path says of its contents: show, season, episode, title, year. Pure.

Knows `Title (Year)`, `Artist - Title` and, in episodes.py, `Show/Season 01/Show - S01E02 - Title`, with their
usual spellings, as Kodi, Plex and Jellyfin ask for them. A name that says more than these rules read is not
`sure`: guesses.py looks at it then. local_items.py adds what lies beside the file and what it says itself.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from exstv.sources.episodes import house_of, parse_episode
from exstv.sources.name_facts import NameFacts
from exstv.sources.spelling import (
    before_year,
    called,
    disc_of,
    is_no_name,
    is_release,
    part_of,
    released,
    title_of,
    unmarked,
    without_release,
)

_LOOSE = re.compile(
    r"(?<![^\W_])(?:E|Ep|Episode)[ ._]?\d{1,4}(?![^\W_])|^\S+[._](?:19|20)\d\d(?:[._]|$)", re.IGNORECASE
)
_EXTRAS = frozenset(
    {
        *("extras", "trailers", "featurettes", "behind the scenes", "deleted scenes", "interviews", "scenes"),
        *("shorts", "other", "samples"),
    }
)
_EXTRA = re.compile(
    r"(?:(?P<title>.*)[-._ ])?"
    r"(?P<what>trailer|sample|teaser|behindthescenes|deleted|deletedscene|featurette|interview)\d*",
    re.IGNORECASE | re.DOTALL,
)
_CLIP_NOTE = re.compile(r"\s*[\[(](?:official|lyrics?|music|video|hd|4k)\b[^\])]*[\])]", re.IGNORECASE)


def parse_name(path: PurePosixPath, kind: str) -> NameFacts:
    """Reads a path below the root; `kind` is the source's: auto, movie, show, music_video or other."""
    if kind in ("auto", "show") and (episode := parse_episode(path, kind)):
        return episode
    if kind in ("auto", "movie") and (extra := _extra(path)):
        return extra
    if kind in ("auto", "movie") and (movie := _movie(path, kind)):
        return movie
    if kind == "music_video":
        return _music_video(path)
    item_kind = "episode" if kind == "show" else "clip"
    loose = is_release(path.stem) or _LOOSE.search(path.stem) is not None
    return NameFacts(
        kind=item_kind,
        stem=path.stem,
        title=title_of(path.stem),
        show=house_of(path).show if kind == "show" else None,
        # Folders sort clips: `idents/ember.mkv` can be asked for by the tag `idents`.
        tags=path.parent.parts if item_kind == "clip" else (),
        sure=kind not in ("auto", "show") or not loose or is_no_name(path.stem),
    )


def stack_of(stem: str) -> str:
    """What the files of one film have in common: their name up to the number of the part."""
    name = before_year(unmarked(stem).text)
    if name.year is not None:
        return f"{name.title} ({name.year})"
    return disc_of(stem)[0]


def _movie(path: PurePosixPath, kind: str) -> NameFacts | None:
    parent = unmarked(path.parent.name)
    for marked in (unmarked(path.stem), parent):
        name = before_year(marked.text)
        if name.year is None:
            name = released(marked.text) or name
        # `Tides (2019)/Tides.E05.mkv` is an episode of what the folder names.
        if name.year is None or not name.title or (marked is parent and _LOOSE.search(path.stem)):
            continue
        edition = marked.edition or parent.edition
        return NameFacts(
            kind="movie",
            stem=path.stem,
            title=name.title,
            year=name.year,
            part=part_of(name.rest),
            tags=(edition,) if edition else (),
            guids=marked.guids or parent.guids,
        )
    if kind != "movie":
        return None
    marked = unmarked(path.stem)
    text, part = disc_of(marked.text)
    return NameFacts(
        kind="movie",
        stem=path.stem,
        title=title_of(without_release(text)),
        part=part,
        tags=(marked.edition,) if marked.edition else (),
        guids=marked.guids,
        sure=is_no_name(path.stem) or not (is_release(path.stem) or _LOOSE.search(path.stem)),
    )


def _music_video(path: PurePosixPath) -> NameFacts:
    name = before_year(_CLIP_NOTE.sub("", unmarked(path.stem).text))
    artist, dash, song = name.title.partition(" - ")
    if not dash:
        artist, song = path.parent.name, name.title
    return NameFacts(
        kind="music_video",
        stem=path.stem,
        title=title_of(song),
        year=name.year,
        artists=(called(artist),) if called(artist) else (),
        tags=path.parent.parts,
    )


def _extra(path: PurePosixPath) -> NameFacts | None:
    """What lies beside a film and is none: trailers, samples, interviews."""
    folders = path.parent.parts
    around = len(folders) > 1 and folders[-1].lower() in _EXTRAS and before_year(folders[-2]).year is not None
    match = _EXTRA.fullmatch(path.stem)
    beside = match is not None and bool(folders) and before_year(folders[-1]).year is not None
    if not around and not beside:
        return None
    text = match["title"] if match is not None and match["title"] else path.stem
    what = (match["what"].lower(),) if match is not None else ()
    return NameFacts(kind="clip", stem=path.stem, title=title_of(text), tags=(*folders, *what))
