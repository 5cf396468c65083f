"""The guide's text, kept channel by channel: of a new timeline only what changed is written anew.

Thousands of programmes are the same from one edit to the next, and a guide may be 100 MB: it is never joined.
Where it tells our own address, for pictures, it has gaps: clients know us by several, and all get one text,
which is filled as it is sent. The texts are runtime/tuner/xmltv.py's, the gaps artwork.py's, the route is
runtime/routes/iptv.py.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from exstv.timeline.model import Channel
from exstv.timeline.query import TimelineReader
from runtime.tuner import xmltv
from runtime.tuner.artwork import GAP

_Key = tuple[str, str, str, str, str]


class _Listing(NamedTuple):
    text: bytes
    digest: bytes
    gaps: int


class GuideText(NamedTuple):
    """The whole guide in parts, a digest of it, and how many gaps are in it."""

    parts: tuple[bytes, ...]
    digest: bytes
    gaps: int


class GuideTexts:
    """Owner of the texts of the timeline that was written last."""

    def __init__(self) -> None:
        self._kept: dict[_Key, _Listing] = {}

    def write(self, reader: TimelineReader, channels: Sequence[Channel]) -> GuideText:
        """Writes what is not kept; `channels` are the timeline's, as players see them.

        Queries DuckDB: for a worker thread.
        """
        keys = {channel.key: _key(channel, reader) for channel in channels}
        known = self._kept
        fresh = _listings(reader, [channel for channel, key in keys.items() if key not in known])
        listings = {key: known.get(key) or fresh[channel] for channel, key in keys.items()}
        # Swapped at once: another thread may be writing for viewers of an older timeline.
        self._kept = listings
        head = xmltv.head(channels).encode()
        parts = (head, *(each.text for each in listings.values()), xmltv.TAIL.encode())
        digest = _digest(b"".join([head, *(each.digest for each in listings.values())]))
        return GuideText(parts, digest, sum(each.gaps for each in listings.values()))


def _key(channel: Channel, reader: TimelineReader) -> _Key:
    """All that a channel's text is made from; what is told of its media comes from the catalog."""
    return channel.key, channel.digest, channel.xmltv_id, channel.name, reader.header.lock_digest


def _listings(reader: TimelineReader, channels: Sequence[str]) -> dict[str, _Listing]:
    """The text of each of some channels, by key."""
    lines: dict[str, list[tuple[int, bytes]]] = {key: [] for key in channels}
    if lines:
        for channel, start_ms, line in reader.stream(xmltv.LISTED, {"channels": channels}):
            lines[channel].append((start_ms, line))
    # A channel's lines are let go of with its turn: the whole guide is not to be there twice.
    return {key: _listing(lines.pop(key)) for key in channels}


def _listing(lines: list[tuple[int, bytes]]) -> _Listing:
    text = b"".join([line for _, line in sorted(lines)])
    return _Listing(text, _digest(text), text.count(GAP.encode()))


def _digest(text: bytes) -> bytes:
    # The one that processors help with.
    return hashlib.sha256(text).digest()
