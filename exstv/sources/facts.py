"""The facts of a media item that are written in YAML, as the sources `lavfi` and `url` get them."""

from __future__ import annotations

from datetime import date

import msgspec

from exstv import codes
from exstv.catalog.model import MediaItem
from exstv.diagnostics import Diagnostic, Span


class WrittenFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What an author may say of an item, by the names that a media item has for it."""

    title: str
    duration_ms: int | None = None
    kind: str = "clip"
    show: str | None = None
    season: int | None = None
    episode: int | None = None
    year: int | None = None
    released: str | None = None
    genres: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    studio: str | None = None
    network: str | None = None
    actors: tuple[str, ...] = ()
    directors: tuple[str, ...] = ()
    rating: str | None = None
    plot: str | None = None
    artwork: str | None = None
    guids: tuple[str, ...] = ()
    added: str | None = None


def bad_dates(item: MediaItem) -> list[Diagnostic]:
    """A day of release that is no day."""
    if item.released is None:
        return []
    try:
        date.fromisoformat(item.released)
    except ValueError:
        reason = "no date like `1927-01-10`"
        found = codes.BAD_FACT.at(
            Span(item.id), id=item.id, fact="released", value=item.released, reason=reason
        )
        return [found]
    return []
