"""Puts the facts of a file together: those of its NFO, then of its path, then of the file itself. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from exstv.catalog.model import Chapter, MediaItem
from exstv.sources.name_facts import NameFacts
from exstv.sources.nfo import Nfo
from exstv.sources.probed import Probed
from exstv.sources.servers import MOST_ACTORS
from exstv.sources.sidecars import Sidecars
from exstv.sources.walk import Found


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a file without opening it: its path, and what lies beside it."""

    name: NameFacts
    sidecars: Sidecars
    nfo: Nfo = Nfo()
    show: Nfo = Nfo()
    """Of the show that an episode is of."""
    chapters: tuple[Chapter, ...] = ()


def media_item(source: str, kind: str, entry: Found, told: Told, probed: Probed) -> MediaItem:
    """The item of a media file; `kind` is the source's."""
    name, nfo = told.name, told.nfo
    item = MediaItem(
        id=f"{source}:{entry.path}",
        source=source,
        kind=_kind(kind, told),
        title=_title(told, probed),
        locator=entry.path,
        duration_ms=probed.duration_ms,
        year=nfo.year or name.year,
        released=nfo.released or name.released,
        genres=nfo.genres,
        tags=_once((*nfo.tags, *name.tags)),
        studio=nfo.studio,
        actors=_once((*name.artists, *nfo.actors))[:MOST_ACTORS],
        directors=nfo.directors,
        rating=nfo.rating,
        plot=nfo.plot,
        # An address costs this machine nothing.
        artwork=nfo.artwork or told.sidecars.artwork,
        chapters=_within(told.chapters, probed.duration_ms) or probed.chapters,
        streams=(*probed.streams, *told.sidecars.subtitles),
        guids=nfo.guids or name.guids,
        collections=nfo.collections,
        size=entry.size,
    )
    return _episode(item, told) if item.kind == "episode" else item


def _episode(item: MediaItem, told: Told) -> MediaItem:
    """Adds what an episode has of its show; what Kodi calls a show's studio is its network."""
    name, nfo, show = told.name, told.nfo, told.show
    return msgspec.structs.replace(
        item,
        show=show.title or nfo.show or name.show,
        season=nfo.season if nfo.season is not None else name.season,
        episode=nfo.episode if nfo.episode is not None else name.episode,
        genres=item.genres or show.genres,
        tags=_once((*item.tags, *show.tags)),
        studio=None,
        network=item.studio or show.studio,
        actors=item.actors or show.actors,
        rating=item.rating or show.rating,
        artwork=nfo.artwork or show.artwork or item.artwork,
    )


def _kind(kind: str, told: Told) -> str:
    """What the source says that its files are goes before the NFO, and this before the name."""
    said = told.nfo.kind
    return said if kind == "auto" and said in ("movie", "episode", "music_video") else told.name.kind


def _title(told: Told, probed: Probed) -> str:
    # The name that somebody gave the file goes before the tag that some program left in it.
    title = told.nfo.title or told.name.title or probed.title or told.name.stem
    return f"{title} ({told.name.part})" if told.name.part else title


def _within(chapters: tuple[Chapter, ...], duration_ms: int) -> tuple[Chapter, ...]:
    return tuple(chapter for chapter in chapters if chapter.start_ms < duration_ms)


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
