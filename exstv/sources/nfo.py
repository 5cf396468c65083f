"""Kodi's NFO files: what a library's owner, or the program that tidied it up, wrote about a film. Pure.

The format is Kodi's wiki's, "NFO files"; Jellyfin and Emby write and read the same. One file may hold several
episodes; behind the XML, or instead of it, may stand an address of TMDB, IMDb or TVDB.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from xml.etree.ElementTree import Element

import msgspec

from exstv.sources.addresses import is_web, without_secrets
from exstv.sources.markup import Unreadable, read_text, roots, text_in, texts_in
from exstv.sources.servers import MOST_ACTORS

KINDS = {"movie": "movie", "episodedetails": "episode", "musicvideo": "music_video", "tvshow": "show"}
"""The root elements, and the kind of what they tell of."""

_SITES = ("imdb", "tmdb", "tvdb")
_ADDRESSES = (
    re.compile(r"(?P<site>imdb)\.com/title/(?P<id>tt\d+)", re.IGNORECASE),
    re.compile(r"(?:the)?(?P<site>tmdb|moviedb)\.org/(?:movie|tv)/(?P<id>\d+)", re.IGNORECASE),
    re.compile(r"the(?P<site>tvdb)\.com/\S*?[?&]id=(?P<id>\d+)", re.IGNORECASE),
)


class BadValue(msgspec.Struct, frozen=True):
    """A fact that cannot be what the file says."""

    fact: str
    value: str
    reason: str


class Nfo(msgspec.Struct, frozen=True, kw_only=True):
    """What one file tells; `kind` is None where it holds an address alone."""

    kind: str | None = None
    title: str | None = None
    show: str | None = None
    season: int | None = None
    episode: int | None = None
    year: int | None = None
    released: str | None = None
    genres: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    studio: str | None = None
    actors: tuple[str, ...] = ()
    directors: tuple[str, ...] = ()
    rating: str | None = None
    plot: str | None = None
    artwork: str | None = None
    guids: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    bad: tuple[BadValue, ...] = ()


def read_nfo(data: bytes) -> Nfo:
    """Reads a file's bytes. Raises Unreadable if nothing that Kodi knows is in it."""
    text = read_text(data)
    found = [_told(root) for root in roots(text) if root.tag in KINDS]
    guids = _guids_of_address(text)
    if not found:
        if not guids:
            raise Unreadable("it holds nothing that Kodi knows")
        return Nfo(guids=guids)
    first = found[0] if len(found) == 1 else _together(found)
    return first if first.guids else msgspec.structs.replace(first, guids=guids)


def _together(found: list[Nfo]) -> Nfo:
    """Several episodes in one file: numbered as the first, and called by all their titles."""
    titles = dict.fromkeys(each.title for each in found if each.title)
    plots = dict.fromkeys(each.plot for each in found if each.plot)
    return msgspec.structs.replace(
        found[0],
        title=" / ".join(titles) or None,
        plot="\n\n".join(plots) or None,
        actors=_once(name for each in found for name in each.actors)[:MOST_ACTORS],
        directors=_once(name for each in found for name in each.directors),
        bad=tuple(bad for each in found for bad in each.bad),
    )


def _told(root: Element) -> Nfo:
    kind = KINDS[root.tag]
    reader = _Reader(root)
    released = reader.day("premiered") or reader.day("aired") or reader.day("releasedate")
    year = reader.number("year")
    return Nfo(
        kind=kind,
        title=text_in(root, "title"),
        show=text_in(root, "showtitle") if kind == "episode" else None,
        season=reader.number("season") if kind == "episode" else None,
        episode=reader.number("episode") if kind == "episode" else None,
        year=year or (int(released[:4]) if released else None),
        released=released,
        genres=_split(texts_in(root, "genre")),
        tags=texts_in(root, "tag"),
        studio=text_in(root, "studio"),
        actors=_once((*texts_in(root, "artist"), *texts_in(root, "actor/name")))[:MOST_ACTORS],
        directors=texts_in(root, "director"),
        rating=_rating(text_in(root, "mpaa")),
        plot=text_in(root, "plot") or text_in(root, "outline"),
        artwork=_picture(root),
        guids=_guids(root),
        collections=texts_in(root, "set/name") or texts_in(root, "set"),
        bad=tuple(reader.bad),
    )


class _Reader:
    """Reads numbers and days; owns what was none."""

    def __init__(self, root: Element) -> None:
        self._root = root
        self.bad: list[BadValue] = []

    def number(self, name: str) -> int | None:
        """A number from 0 on; Kodi writes -1 where it knows none, and 0 for no year."""
        text = text_in(self._root, name)
        if text is None or text == "-1" or (text == "0" and name == "year"):
            return None
        if text.isascii() and text.isdigit() and len(text) < 7:
            return int(text)
        self.bad.append(BadValue(name, text, "no whole number"))
        return None

    def day(self, name: str) -> str | None:
        text = text_in(self._root, name)
        if text is None or text.startswith(("0000", "0001", "1601-01-01")):
            return None
        try:
            return date.fromisoformat(text[:10]).isoformat()
        except ValueError:
            self.bad.append(BadValue(name, text, "no date like `1927-01-10`"))
            return None


def _rating(text: str | None) -> str | None:
    """`Rated PG-13` and `US:PG-13 / US:Rated PG-13` are PG-13."""
    if text is None:
        return None
    first = text.split(" / ")[0].strip()
    return re.sub(r"^(?:[A-Z]{2}:)?(?:Rated\s+)?", "", first).strip() or None


def _split(genres: tuple[str, ...]) -> tuple[str, ...]:
    """Older files write all of them into one element: `Drama / Western`."""
    return _once(part.strip() for genre in genres for part in genre.split(" / "))


def _picture(root: Element) -> str | None:
    """An address that anyone may fetch."""
    found = [each for each in root.iterfind("thumb") if is_web((each.text or "").strip())]
    best = sorted(found, key=lambda each: each.get("aspect", "") not in ("poster", "thumb"))
    return next((text for each in best if (text := (each.text or "").strip()) == without_secrets(text)), None)


def _guids(root: Element) -> tuple[str, ...]:
    said = {(each.get("type") or "").lower(): (each.text or "").strip() for each in root.iterfind("uniqueid")}
    for site in _SITES:
        said.setdefault(site, text_in(root, f"{site}id") or text_in(root, f"{site}_id") or "")
    if not said["imdb"] and (id_ := text_in(root, "id")) and id_.startswith("tt"):
        said["imdb"] = id_
    return tuple(f"{site}:{said[site]}" for site in _SITES if said[site])


def _guids_of_address(text: str) -> tuple[str, ...]:
    found = (pattern.search(text) for pattern in _ADDRESSES)
    return tuple(
        f"{'tmdb' if match['site'].lower() == 'moviedb' else match['site'].lower()}:{match['id']}"
        for match in found
        if match is not None
    )


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))
