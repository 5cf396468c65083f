"""The guide's text, kept channel by channel: of a new timeline only what changed is written anew.

Thousands of programmes are the same from one edit to the next, and a guide may be 50 MB. The texts are
runtime/tuner/xmltv.py's, the route is runtime/routes/iptv.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from exstv.timeline.guide_rows import GuideRow
from exstv.timeline.model import Channel
from exstv.timeline.query import TimelineReader
from runtime.tuner import xmltv

_MANY = 50
"""Channels of which it is quicker to read all programmes at once."""

_Key = tuple[str, str, str, str, str]


class _Listing(NamedTuple):
    text: bytes
    digest: bytes


class GuideTexts:
    """Owner of the texts of the timeline that was written last."""

    def __init__(self) -> None:
        self._kept: dict[_Key, _Listing] = {}

    def write(self, reader: TimelineReader, channels: Sequence[Channel]) -> tuple[bytes, bytes]:
        """The whole guide, and a digest of it; `channels` are the timeline's, as players are to see them.

        Queries DuckDB: for a worker thread.
        """
        keys = {channel.key: _key(channel, reader) for channel in channels}
        known = self._kept
        changed = [channel for channel in channels if keys[channel.key] not in known]
        fresh = _listings(reader, changed)
        listings = {key: known.get(key) or fresh[channel] for channel, key in keys.items()}
        # Swapped at once: another thread may be writing for viewers of an older timeline.
        self._kept = listings
        head = xmltv.head(channels).encode()
        body = b"".join([head, *(each.text for each in listings.values()), xmltv.TAIL.encode()])
        return body, _digest(b"".join([head, *(each.digest for each in listings.values())]))


def _key(channel: Channel, reader: TimelineReader) -> _Key:
    """All that a channel's text is made from; what is told of its media comes from the catalog."""
    return channel.key, channel.digest, channel.xmltv_id, channel.name, reader.header.lock_digest


def _listings(reader: TimelineReader, channels: Sequence[Channel]) -> dict[str, _Listing]:
    """The text of each of some channels, by key."""
    rows = _rows(reader, channels)
    used = {row.media_id for of_one in rows.values() for row in of_one if row.media_id is not None}
    lore = xmltv.Lore(reader.media(used))
    texts = {channel.key: xmltv.listing(channel, rows[channel.key], lore).encode() for channel in channels}
    return {key: _Listing(text, _digest(text)) for key, text in texts.items()}


def _rows(reader: TimelineReader, channels: Sequence[Channel]) -> dict[str, list[GuideRow]]:
    if len(channels) < _MANY:
        return {each.key: reader.guide_rows(each.key) for each in channels}
    rows: dict[str, list[GuideRow]] = {each.key: [] for each in channels}
    for key, found in groupby(reader.guide_rows(), attrgetter("channel")):
        if key in rows:
            rows[key] += found
    return rows


def _digest(text: bytes) -> bytes:
    return blake2b(text, digest_size=16).digest()
