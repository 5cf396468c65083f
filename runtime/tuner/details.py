"""What the guide says of a media item wherever it airs: who made it, what kind it is, its length and picture.

Pure; rendered once an item, for xmltv.py.
"""

from __future__ import annotations

from typing import NamedTuple

from exstv.timeline.model import Media
from exstv.units import MINUTE_MS
from runtime.tuner.markup import escape

CAST = 12
"""How many actors are named: a media server knows of every extra, and a guide of a week is read by a TV."""

_CATEGORIES = {"movie": "<category>Movie</category>", "episode": "<category>Series</category>"}
"""The words by which Plex, Jellyfin and Kodi tell films from series."""


class Details(NamedTuple):
    """Elements of a programme, each at its place in the DTD."""

    credits: str = ""
    category: str = ""
    length_and_icon: str = ""


NOTHING = Details()


def details_of(media: Media | None) -> Details:
    """The details of an item, none of one that is not known."""
    if media is None:
        return NOTHING
    return Details(_credits(media), _CATEGORIES.get(media.kind, ""), _length(media) + _icon(media))


def _credits(media: Media) -> str:
    named = [f"<director>{escape(name)}</director>" for name in media.directors]
    named += [f"<actor>{escape(name)}</actor>" for name in media.actors[:CAST]]
    return f"<credits>{''.join(named)}</credits>" if named else ""


def _length(media: Media) -> str:
    """Its own length, without breaks, in whole minutes; nothing for a live item, and for a moment."""
    minutes = round((media.duration_ms or 0) / MINUTE_MS)
    return f'<length units="minutes">{minutes}</length>' if minutes else ""


def _icon(media: Media) -> str:
    return f'<icon src="{escape(media.artwork)}"/>' if media.artwork else ""
