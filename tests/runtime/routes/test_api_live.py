"""What changes by itself, as the API tells it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from busy import busy
from msgspec.structs import replace

from exstv.clock import to_iso
from exstv.timeline.model import Timeline

if TYPE_CHECKING:
    from tests.runtime.conftest import Station

API = "/api/v1"


def test_now_tells_the_guide_the_plan_and_what_goes_out(station: Station) -> None:
    body = busy(station).client.get(f"{API}/now").json()
    assert body["at"] == to_iso(station.clock.ms)
    retro, evil, _ = body["channels"]
    assert (retro["now"]["id"], retro["next"]["id"]) == ("retro-48", "retro-49")
    assert retro["planned"]["file"] == "channels.yaml" and retro["planned"]["title"] == retro["now"]["title"]
    assert retro["on_air"] | {"seq": 0} == {
        "state": "on_air",
        "viewers": 2,
        "step": "item",
        "seq": 0,
        "media_id": retro["planned"]["media_id"],
        "since": to_iso(station.clock.ms),
        "pid": 7,
        "trouble": None,
    }
    assert retro["on_air"]["seq"] == retro["planned"]["seq"]
    assert evil["on_air"] is None


def test_after_the_timelines_end_nothing_is_on(station: Station) -> None:
    station.clock.ms = station.timeline.header.finish_ms
    channels = station.client.get(f"{API}/now").json()["channels"]
    assert [(each["now"], each["next"], each["planned"]) for each in channels] == [(None, None, None)] * 3
    assert station.client.get(f"{API}/guide").json() == {"programmes": [], "next": None}
    assert station.client.get(f"{API}/channels/7/items").json() == {"items": [], "next": None}


@pytest.mark.parametrize(
    ("gone", "told"),
    [("retro-48", (None, None)), ("retro-49", ("retro-48", None)), ("", ("retro-48", "retro-49"))],
)
def test_next_is_what_begins_as_this_one_ends_and_not_what_comes_after_a_gap(
    make_station: Callable[[Timeline], Any], timeline: Timeline, gone: str, told: tuple[str | None, ...]
) -> None:
    kept = tuple(each for each in timeline.programmes if each.id != gone)
    channels = make_station(replace(timeline, programmes=kept)).client.get(f"{API}/now").json()["channels"]
    shown = (channels[0]["now"], channels[0]["next"])
    assert tuple(each and each["id"] for each in shown) == told
    assert channels[1]["next"]["id"] == "evil-49"


def test_sessions_are_those_of_now_and_of_another_time(station: Station) -> None:
    body = busy(station).client.get(f"{API}/sessions").json()
    assert [(each["client"], each["at"]) for each in body["sessions"]] == [
        ("192.0.2.7", None),
        ("192.0.2.9", to_iso(station.clock.ms - 8000)),
    ]
    assert body["tuners"] == ["retro", None]


def test_processes_breakers_and_diagnostics_are_those_of_the_snapshot(station: Station) -> None:
    busy(station)
    processes = station.client.get(f"{API}/processes").json()
    assert (processes["running"], processes["waiting"], processes["bound_by"]) == (1, 2, "memory guard")
    assert [each["purpose"] for each in processes["processes"]] == ["Beta: Tom"]
    breakers = station.client.get(f"{API}/breakers").json()["breakers"]
    assert breakers == [{"channel": "retro", "circuit": "open", "failures": 5, "retry_in_ms": 3000}]
    reload = station.client.get(f"{API}/diagnostics").json()["reload"]
    assert reload["ok"] is True and reload["diagnostics"][0]["labels"][0]["span"]["file"] == "a.yaml"


@pytest.mark.parametrize("path", ["now", "sessions", "processes", "breakers", "diagnostics", "state"])
def test_nobody_keeps_what_changes_by_itself(station: Station, path: str) -> None:
    answer = station.client.get(f"{API}/{path}", headers={"If-None-Match": "*"})
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
