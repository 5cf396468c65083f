"""The API for programs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from exstv.clock import from_iso, to_iso
from exstv.timeline.carried import decode_state
from exstv.timeline.model import Anchor, Timeline
from exstv.timeline.progress import decode

if TYPE_CHECKING:
    from tests.runtime.conftest import Station

HALF_HOUR_MS = 30 * 60_000
DAY_MS = 24 * 3600_000


def _told(programmes: int) -> str:
    return json.dumps({"cursor:x": programmes})


def with_progress(timeline: Timeline) -> Timeline:
    """Each programme counts one further; an anchor at the start of each day knows how many there were."""
    start_ms = timeline.header.start_ms
    items = [replace(item, advance=_told(item.seq // 2 + 1)) for item in timeline.items]
    anchors = [
        Anchor(channel=channel.key, at_ms=start_ms + day * DAY_MS, state=_told(48 * day))
        for channel in timeline.channels
        for day in range(4)
    ]
    away = Anchor(channel="gone", at_ms=start_ms, state='{"cursor:x":7}')
    return replace(timeline, items=tuple(items), anchors=tuple(anchors), away=(away,))


def test_the_state_is_that_of_each_channels_next_junction(
    make_station: Callable[[Timeline], Any], timeline: Timeline
) -> None:
    station: Station = make_station(with_progress(timeline))
    start_ms = timeline.header.start_ms
    for now_ms, programmes in (
        (start_ms, 0),
        (start_ms + 1, 1),
        (start_ms + HALF_HOUR_MS, 1),
        (start_ms + DAY_MS - 1, 48),
        (start_ms + DAY_MS + 10 * 60_000, 49),
        (start_ms + 9 * DAY_MS, 192),
    ):
        station.clock.ms = now_ms
        answer = station.client.get("/api/v1/state")
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        told = decode_state(answer.content)
        assert told.station == "Harbour TV"
        assert {anchor.at_ms for anchor in told.channels.values()} == {start_ms + programmes * HALF_HOUR_MS}
        assert [decode(each.state) for each in told.channels.values()] == [{"cursor:x": programmes}] * 3


def test_its_json_names_instants_and_channels_that_are_away(
    make_station: Callable[[Timeline], Any], timeline: Timeline
) -> None:
    body = make_station(with_progress(timeline)).client.get("/api/v1/state").json()
    assert (body["format"], sorted(body["channels"])) == (1, ["evil", "retro", "tuner"])
    assert body["away"] == {"gone": {"at": to_iso(timeline.header.start_ms), "state": {"cursor:x": 7}}}
    assert from_iso(body["channels"]["retro"]["at"]) % HALF_HOUR_MS == 0


def test_a_timeline_without_progress_tells_none(station: Station) -> None:
    assert station.client.get("/api/v1/state").json()["channels"] == {}
