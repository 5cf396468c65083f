"""Makes a library of many tiny files as people keep them, with what is true of each.

The files are copies of a few seeds; the names are those of library_names.py, laid out as Kodi, Plex and
Jellyfin ask for it, as releases are called, and as habit has it.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import count, cycle, islice, product
from pathlib import Path
from typing import TypeVar
from xml.sax.saxutils import escape

from library_names import (
    COUNTED,
    DAILY,
    EPISODES,
    FILMS,
    FOREIGN_FILMS,
    FOREIGN_SHOWS,
    GUESTS,
    ODD_FILMS,
    SHOWS,
    SONGS,
)

from exstv.catalog.model import MediaItem

T = TypeVar("T")


@dataclass(frozen=True)
class Truth:
    """What is true of a file; None: nothing is said of it."""

    title: str | None = None
    show: str | None = None
    year: int | None = None
    season: int | None = None
    episode: int | None = None
    released: str | None = None
    artist: str | None = None


@dataclass(frozen=True)
class Kept:
    """One file: the class of its name, its path, what is true of it, and the NFO beside it, if any."""

    sort: str
    path: str
    truth: Truth
    nfo: str | None = None


def library(size: int) -> list[Kept]:
    """As many files of each class; each path once."""
    sorts = [_films, _flat_films, _marked_films, _released_films, _films_in_parts, _foreign_films, _odd_films]
    sorts += [_seasons, _crosses, _released_episodes, _specials, _double_episodes, _foreign_episodes]
    sorts += [_loose_names, _counted, _daily, _songs, _described_films, _described_episodes]
    wells = [sort() for sort in sorts]
    found: dict[str, Kept] = {}
    for well in islice(cycle(wells), 100 * size):
        kept = next(well)
        found.setdefault(kept.path, kept)
        if len(found) == size:
            return list(found.values())
    raise AssertionError(f"the names do for {len(found)} files only")


def shelve(files: Iterable[Kept], root: Path, seeds: Sequence[Path]) -> None:
    """Writes the files, each a copy of one of the seeds."""
    for kept, seed in zip(files, cycle(seeds)):
        path = root / kept.path
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(seed, path)
        if kept.nfo is not None:
            path.with_name(f"{path.name.rpartition('.')[0]}.nfo").write_text(kept.nfo, encoding="utf-8")


def recall(files: Iterable[Kept], items: Iterable[MediaItem]) -> dict[str, tuple[int, int]]:
    """Of each class: how many of its facts were found right, and how many there are."""
    known = {item.locator: item for item in items}
    result: dict[str, tuple[int, int]] = {}
    for kept in files:
        wanted = {each.name: getattr(kept.truth, each.name) for each in fields(kept.truth)}
        item = known.get(kept.path)
        right, total = result.get(kept.sort, (0, 0))
        for name, value in wanted.items():
            if value is not None:
                right, total = right + (item is not None and _said(item, name) == value), total + 1
        result[kept.sort] = (right, total)
    return result


def _said(item: MediaItem, name: str) -> object:
    return next(iter(item.actors), None) if name == "artist" else getattr(item, name)


def _again(names: Iterable[T]) -> Iterator[tuple[int, T]]:
    """The names over and over, each time with another number."""
    kept = list(names)
    return ((number, each) for number in count() for each in kept)


def _films() -> Iterator[Kept]:
    for folder, (title, year) in _again(FILMS):
        name = f"{title} ({year})"
        yield Kept("films in folders", f"Films {folder}/{name}/{name}.mkv", Truth(title=title, year=year))


def _flat_films() -> Iterator[Kept]:
    for folder, (title, year) in _again(FILMS):
        yield Kept(
            "films in one folder", f"Shelf {folder}/{title} ({year}).mkv", Truth(title=title, year=year)
        )


def _marked_films() -> Iterator[Kept]:
    marks = (
        *(" {edition-Director's Cut}", " {tmdb-603}", " [imdbid-tt0017136]", " [tvdbid=77]", " - 1080p"),
        *(" [2160p]", " - Bluray-1080p", " {imdb-tt0133093} {edition-Final Cut}", " [Remastered]"),
    )
    for folder, (mark, (title, year)) in _again(product(marks, FILMS)):
        name = f"{title} ({year})"
        yield Kept(
            "films with marks",
            f"Marked {folder}/{name}{mark}/{name}{mark}.mkv",
            Truth(title=title, year=year),
        )


def _released_films() -> Iterator[Kept]:
    ways = (
        *("1080p.BluRay.x264-GROUP", "2160p.WEB-DL.DDP5.1.HDR.HEVC-GRP", "720p.HDTV.x264", "DVDRip.XviD-OLD"),
        *("REMASTERED.1080p.BluRay.REMUX.AVC.DTS-HD.MA.5.1-GRP", "MULTi.1080p.WEBRip.AAC2.0.H.264-GRP"),
    )
    for folder, (way, (title, year)) in _again(product(ways, FILMS)):
        said = re.sub(r"[^\w\s-]", "", title)
        name = f"{said.replace(' ', '.')}.{year}.{way}"
        truth = Truth(title=" ".join(said.split()), year=year)
        yield Kept("films as released", f"Got {folder}/{name}/{name}.mkv", truth)


def _loose_names() -> Iterator[Kept]:
    """What is neither one nor the other."""
    for number, (title, year) in zip(count(1), cycle(FILMS)):
        said = re.sub(r"[^\w\s-]", "", title).replace(" ", ".")
        yield Kept(
            "loose names",
            f"Got {number // len(FILMS)}/{said}.{year}.mkv",
            Truth(" ".join(re.sub(r"[^\w\s-]", "", title).split()), year=year),
        )
        show, _ = SHOWS[number % len(SHOWS)]
        name = re.sub(r"[^\w\s-]", "", show).replace(" ", ".")
        truth = Truth(show=show, episode=number)
        yield Kept("loose names", f"Mini/{show}/{name}.E{number:02}.mkv", truth)


def _films_in_parts() -> Iterator[Kept]:
    ways = ((1, "CD1"), (2, "CD2"), (1, "part1"), (2, "disc 2"))
    for folder, ((part, words), (title, year)) in _again(product(ways, FILMS)):
        name = f"{title} ({year})"
        path = f"Parts {folder}/{name}/{name} - {words}.mkv"
        yield Kept("films in parts", path, Truth(title=f"{title} ({part})", year=year))


def _foreign_films() -> Iterator[Kept]:
    for folder, (title, year) in _again(FOREIGN_FILMS):
        name = f"{title} ({year})"
        yield Kept("films of all scripts", f"映画 {folder}/{name}/{name}.mkv", Truth(title=title, year=year))


def _odd_films() -> Iterator[Kept]:
    for folder, (title, year) in _again(ODD_FILMS):
        truth = Truth(title=" ".join(title.split()), year=year)
        yield Kept("films with odd names", f"Odd {folder}/{title} ({year}).mkv", truth)


def _numbers() -> Iterator[tuple[int, int, str]]:
    """Season, episode and title, over and over."""
    for number, title in zip(count(), cycle(EPISODES)):
        yield number // 13 % 9 + 1, number % 13 + 1, title


def _seasons() -> Iterator[Kept]:
    for (season, episode, title), (show, year) in zip(_numbers(), cycle(SHOWS)):
        path = f"TV/{show} ({year})/Season {season:02}/{show} - S{season:02}E{episode:02} - {title}.mkv"
        yield Kept("episodes in seasons", path, Truth(title, show, year, season, episode))


def _crosses() -> Iterator[Kept]:
    for (season, episode, title), (show, _) in zip(_numbers(), cycle(SHOWS)):
        path = f"Series/{show}/{show} - {season}x{episode:02} - {title}.mkv"
        yield Kept("episodes like 1x02", path, Truth(title, show, None, season, episode))


def _released_episodes() -> Iterator[Kept]:
    for (season, episode, title), (show, _) in zip(_numbers(), cycle(SHOWS)):
        said, named = (re.sub(r"[^\w\s-]", "", text) for text in (show, title))
        name = f"{said}.S{season:02}E{episode:02}.{named}.720p.HDTV.x264-GRP".replace(" ", ".")
        truth = Truth(" ".join(named.split()), " ".join(said.split()), None, season, episode)
        yield Kept("episodes as released", f"Got TV/{name}/{name}.mkv", truth)


def _specials() -> Iterator[Kept]:
    folders = cycle(("Specials", "Season 00", "Season 0"))
    for number, title, (show, year), folder in zip(count(), cycle(EPISODES), cycle(SHOWS), folders):
        episode = number // len(SHOWS) + 1
        path = f"TV/{show} ({year})/{folder}/{show} - S00E{episode:02} - {title}.mkv"
        yield Kept("specials", path, Truth(title, show, year, 0, episode))


def _double_episodes() -> Iterator[Kept]:
    ways = cycle(
        ("S{s:02}E{e:02}-E{n:02}", "S{s:02}E{e:02}E{n:02}", "s{s:02}e{e:02}-{n:02}", "{s}x{e:02}-{s}x{n:02}")
    )
    for (season, number, title), (show, year), way in zip(_numbers(), cycle(SHOWS), ways):
        episode = 20 + 2 * number
        numbers = way.format(s=season, e=episode, n=episode + 1)
        path = f"TV/{show} ({year})/Season {season}/{show} - {numbers} - {title}.mkv"
        yield Kept("two episodes in a file", path, Truth(title, show, year, season, episode))


def _foreign_episodes() -> Iterator[Kept]:
    for number, (show, title) in zip(count(), cycle(FOREIGN_SHOWS)):
        season, episode = number // 96 + 1, number // len(FOREIGN_SHOWS) % 12 + 1
        path = f"テレビ/{show}/Season {season}/{show} - S{season:02}E{episode:02} - {title}.mkv"
        yield Kept("episodes of all scripts", path, Truth(title, show, None, season, episode))


def _counted() -> Iterator[Kept]:
    ways = cycle(("{show}/{show} - {n:03}.mkv", "[Grp] {show}/[Grp] {show} - {n:02} [1080p][A1B2C3D4].mkv"))
    for number, show, way in zip(count(1), cycle(COUNTED), ways):
        yield Kept("numbered through", way.format(show=show, n=number), Truth(show=show, episode=number))


def _daily() -> Iterator[Kept]:
    ways = cycle(
        ("Daily/{s}/{s} - {d} - {t}.mkv", "Daily/{s}/Season {y}/{s} - {d} - {t}.mkv", "Got/{dots}.mkv")
    )
    for number, show, guest, way in zip(count(), cycle(DAILY), cycle(GUESTS), ways):
        year, day = 2015 + number // 336, f"{number // 28 % 12 + 1:02}-{number % 28 + 1:02}"
        dots = f"{show}.{year}.{day.replace('-', '.')}.{guest}.720p.WEB.h264-GRP".replace(" ", ".").replace(
            "..", "."
        )
        path = way.format(s=show, d=f"{year}-{day}", y=year, t=guest, dots=dots).replace(" - .mkv", ".mkv")
        yield Kept("named after the day", path, Truth(guest or None, show, year, released=f"{year}-{day}"))


def _songs() -> Iterator[Kept]:
    for folder, (artist, song) in _again(SONGS):
        path = f"Music {folder}/{artist} - {song}.mkv"
        nfo = f"<musicvideo><title>{escape(song)}</title><artist>{escape(artist)}</artist></musicvideo>"
        yield Kept("music videos", path, Truth(title=song, artist=artist), nfo)


def _described_films() -> Iterator[Kept]:
    for number, (title, year) in zip(count(), cycle(FILMS)):
        nfo = f"<?xml version='1.0'?>\n<movie><title>{escape(title)}</title><year>{year}</year></movie>\nhttps://x/?a=1&b"
        yield Kept("films with an NFO", f"Described/{number:05}.mkv", Truth(title=title, year=year), nfo)


def _described_episodes() -> Iterator[Kept]:
    for number, (season, episode, title), (show, _) in zip(count(), _numbers(), cycle(SHOWS)):
        nfo = (
            f"<episodedetails><title>{escape(title)}</title><showtitle>{escape(show)}</showtitle>"
            f"<season>{season}</season><episode>{episode}</episode><aired>2010-05-06</aired></episodedetails>"
        )
        truth = Truth(title, show, 2010, season, episode, "2010-05-06")
        yield Kept("episodes with an NFO", f"Described TV/{number:05}.mkv", truth, nfo)
