"""Alive, and ready: two questions with two answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from exstv.diagnostics import Diagnostic, Label, Severity, Span
from exstv.timeline.model import Timeline
from runtime.status import ReloadStatus

if TYPE_CHECKING:
    from tests.runtime.conftest import Station


def test_alive_says_which_timeline_is_live(station: Station) -> None:
    answer = station.client.get("/healthz")

    assert answer.status_code == 200
    body = answer.json()
    header = station.timeline.header
    assert (body["timeline"]["version"], body["timeline"]["digest"]) == (header.version, header.digest)
    assert body["timeline"]["age_ms"] == station.clock.ms - header.built_at_ms
    assert body["up_ms"] == 90_000


def test_ready_while_the_timeline_covers_now(station: Station) -> None:
    header = station.timeline.header

    for now_ms in (header.start_ms, header.finish_ms - 1):
        station.clock.ms = now_ms
        assert station.client.get("/readyz").json() == {"status": "ready", "reasons": []}


def test_not_ready_before_and_after_it_but_alive(station: Station) -> None:
    header = station.timeline.header

    for now_ms, words in ((header.start_ms - 1, "begins at"), (header.finish_ms, "ended at")):
        station.clock.ms = now_ms
        answer = station.client.get("/readyz")
        assert answer.status_code == 503
        assert words in answer.json()["reasons"][0]
        assert station.client.head("/readyz").status_code == 503
        assert station.client.get("/healthz").status_code == 200


def test_a_mistake_in_the_station_leaves_it_ready(station: Station) -> None:
    mistake = Diagnostic(
        code="EXS3001", severity=Severity.ERROR, message="no source", labels=(Label(Span("a.yaml")),)
    )
    station.says(reload=ReloadStatus(ok=False, at_ms=station.clock.ms, diagnostics=(mistake,)))

    assert station.client.get("/readyz").status_code == 200


def test_not_ready_while_the_station_cannot_be_watched(station: Station) -> None:
    station.says(reload=ReloadStatus(ok=False, at_ms=station.clock.ms, message="cannot watch channels"))

    answer = station.client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["reasons"] == ["the reload failed: cannot watch channels"]


def test_not_ready_without_a_channel(make_station: Callable[[Timeline], Any], timeline: Timeline) -> None:
    empty = replace(timeline, channels=(), items=(), programmes=())

    answer = make_station(empty).client.get("/readyz")

    assert (answer.status_code, answer.json()["reasons"]) == (503, ["the timeline has no channel"])
