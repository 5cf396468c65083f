"""Carried state as JSON: what `/api/v1/state` serves and what `--state` reads.

Owns the format: a station's name, and by channel when it goes on and the scheduling state there. Never
fetches anything (exstv/cli/carried.py) and never decides what becomes of it (compiler/given.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from exstv.clock import from_iso, to_iso
from exstv.timeline.model import Anchor, StoredRows
from exstv.timeline.progress import Json, encode, next_junction, progress_at_junction
from exstv.timeline.query import TimelineReader
from exstv.units import DAY_MS

STATE_FORMAT = 1
"""Version of the JSON; a reader refuses any other."""


class CarriedState(msgspec.Struct, frozen=True, kw_only=True):
    """The progress of a station's channels by key; `away` are those that are not in its line-up."""

    station: str
    channels: Mapping[str, Anchor]
    away: Mapping[str, Anchor]
    where: str = ""
    """Where it was read, for diagnostics."""


class _Place(msgspec.Struct, frozen=True):
    at: str
    state: dict[str, Json]


class _Document(msgspec.Struct, frozen=True, kw_only=True):
    format: int
    station: str
    channels: dict[str, _Place]
    away: dict[str, _Place] = {}


class _Format(msgspec.Struct, frozen=True):
    format: int


_encoder = msgspec.json.Encoder(order="sorted")


def carried_state(reader: TimelineReader, from_ms: int) -> CarriedState:
    """Every channel's state at its first programme junction at or after an instant. Queries DuckDB."""
    found = (
        progress_at_junction(_around(reader, channel.key, from_ms), from_ms) for channel in reader.channels
    )
    return CarriedState(
        station=reader.header.station,
        channels=_by_channel(anchor for anchor in found if anchor),
        away=_by_channel(reader.away()),
    )


def encode_state(carried: CarriedState) -> bytes:
    """The JSON of a station's state, the same for the same state."""
    return _encoder.encode(
        _Document(
            format=STATE_FORMAT,
            station=carried.station,
            channels={key: _place(anchor) for key, anchor in carried.channels.items()},
            away={key: _place(anchor) for key, anchor in carried.away.items()},
        )
    )


def decode_state(data: bytes, where: str = "") -> CarriedState:
    """A station's state from its JSON, read at `where`. Raises ValueError with a reason for the user."""
    try:
        format = msgspec.json.decode(data, type=_Format).format
        if format != STATE_FORMAT:
            raise ValueError(f"it has format {format}, this exstv reads {STATE_FORMAT}")
        document = msgspec.json.decode(data, type=_Document)
    except msgspec.ValidationError as error:
        raise ValueError(f"it is no state of a station: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"it is not JSON: {error}") from error
    return CarriedState(
        station=document.station,
        channels={key: _anchor(key, place) for key, place in document.channels.items()},
        away={key: _anchor(key, place) for key, place in document.away.items()},
        where=where,
    )


def _around(reader: TimelineReader, channel: str, from_ms: int) -> StoredRows:
    """The rows that tell the state at the next junction: from the anchor before the instant on."""
    anchors = reader.anchors(channel)
    since = max((anchor.at_ms for anchor in anchors if anchor.at_ms <= from_ms), default=0)
    rows = _rows(reader, channel, (since, from_ms + DAY_MS), anchors)
    if next_junction(rows, from_ms) < len(rows.items):
        return rows
    # A programme of more than a day, or the end of the timeline.
    return _rows(reader, channel, (since, max(from_ms, reader.header.finish_ms) + DAY_MS), anchors)


def _rows(
    reader: TimelineReader, channel: str, span: tuple[int, int], anchors: tuple[Anchor, ...]
) -> StoredRows:
    # One item more in front: only beside it is the first a junction or none.
    start_ms, finish_ms = span[0] - 1, span[1]
    programmes = reader.programmes(start_ms, finish_ms, channel)
    return StoredRows(reader.items(channel, start_ms, finish_ms), programmes, anchors)


def _by_channel(anchors: Iterable[Anchor]) -> dict[str, Anchor]:
    return {anchor.channel: anchor for anchor in anchors}


def _place(anchor: Anchor) -> _Place:
    return _Place(to_iso(anchor.at_ms), msgspec.json.decode(anchor.state))


def _anchor(channel: str, place: _Place) -> Anchor:
    try:
        at_ms = from_iso(place.at)
    except (ValueError, OverflowError):
        raise ValueError(f"`{place.at}` of the channel `{channel}` is no instant") from None
    return Anchor(channel=channel, at_ms=at_ms, state=encode(place.state))
