"""Cursors: how far a channel got in what it plays. The two kinds are collection.py's and playlist.py's."""

from __future__ import annotations

from compiler.schedule.airings import Airings
from compiler.schedule.collection import CollectionCursor
from compiler.schedule.playlist import Cursor, PlaylistCursor
from compiler.schedule.state import State
from compiler.schedule.units import Pick
from compiler.station import Content

__all__ = ["Cursor", "Pick", "make_cursor"]


def make_cursor(content: Content, deal: str, state: State, airings: Airings | None = None) -> Cursor:
    """The cursor of a content; `deal` is the seed and the channel, which make its shuffles its own.

    Its progress lives in the state alone, so a rollback needs no word.
    """
    if not content.playlist:
        return CollectionCursor(content, deal, state, airings)
    cursors = [make_cursor(entry.content, deal, state, airings) for entry in content.playlist]
    return PlaylistCursor(content, cursors, state)
