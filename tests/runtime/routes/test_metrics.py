"""The numbers for Prometheus, and the page that lists them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from busy import busy
from prometheus_client import CONTENT_TYPE_LATEST
from prometheus_client.parser import text_string_to_metric_families

if TYPE_CHECKING:
    from tests.runtime.conftest import Station

DOCS = Path(__file__).parents[3] / "docs" / "api.md"


def samples(station: Station) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Every number by its name and its labels, as Prometheus reads it."""
    answer = station.client.get("/metrics")
    assert answer.headers["content-type"] == CONTENT_TYPE_LATEST
    found = {}
    for family in text_string_to_metric_families(answer.text):
        assert family.documentation, family.name
        for sample in family.samples:
            found[sample.name, tuple(sorted(sample.labels.items()))] = sample.value
    return found


def test_each_number_is_that_of_the_snapshot(station: Station) -> None:
    found = samples(busy(station))
    retro = ("channel", "retro")
    expected = {
        ("exstv_up_seconds", ()): 90.0,
        ("exstv_timeline_version", ()): 3.0,
        ("exstv_horizon_left_seconds", ()): (station.timeline.header.finish_ms - station.clock.ms) / 1000,
        ("exstv_channels_on_air", ()): 1.0,
        ("exstv_channel_on_plan", (retro,)): 1.0,
        ("exstv_viewers", (retro,)): 2.0,
        ("exstv_lateness_seconds", (retro,)): 0.25,
        ("exstv_sent_bytes_total", (retro,)): 9000.0,
        ("exstv_breaker_state", (retro, ("state", "open"))): 1.0,
        ("exstv_breaker_state", (retro, ("state", "closed"))): 0.0,
        ("exstv_channel_failures_total", (retro,)): 9.0,
        ("exstv_restarts_total", ()): 6.0,
        ("exstv_tuners_in_use", ()): 1.0,
        ("exstv_catch_up_sessions", ()): 1.0,
        ("exstv_processes", ()): 1.0,
        ("exstv_processes_waiting", ()): 2.0,
        ("exstv_spawns_total", ()): 4.0,
        ("exstv_process_exits_total", (("kind", "killed"),)): 1.0,
        ("exstv_process_exits_total", (("kind", "stopped_by_us"),)): 0.0,
        ("exstv_open_fds", ()): 60.0,
        ("exstv_max_fds", ()): 1024.0,
        ("exstv_as_run_entries_total", (("outcome", "played"),)): 8.0,
        ("exstv_as_run_waiting", ()): 2.0,
        ("exstv_reload_failures_total", ()): 1.0,
        ("exstv_reload_ok", ()): 1.0,
        ("exstv_pinned", ()): 1.0,
        ("exstv_git_fetches_total", ()): 3.0,
        ("exstv_git_failures_total", ()): 1.0,
        ("exstv_git_age_seconds", ()): 2.0,
        ("exstv_git_commit_state", (("state", "broken"),)): 1.0,
        ("exstv_git_commit_state", (("state", "on_air"),)): 0.0,
        ("exstv_diagnostics", (("severity", "warning"),)): 1.0,
        ("exstv_diagnostics", (("severity", "error"),)): 0.0,
    }
    assert {key: found[key] for key in expected} == expected


def test_the_page_lists_every_metric_with_its_labels_and_no_other(station: Station) -> None:
    told: dict[str, set[str]] = {}
    for name, labels in samples(busy(station)):
        told.setdefault(name, set()).update(label for label, _ in labels)
    rows = re.findall(
        r"^\| `(exstv_\w+)` \| (.*?) ?\| .+ \|$", DOCS.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in rows} == told


def test_no_label_tells_of_a_viewer_and_what_is_unknown_is_not_told(station: Station) -> None:
    assert "192.0.2." not in busy(station).client.get("/metrics").text
    station.says(reload=None, channels={})
    names = {name for name, _ in samples(station)}
    assert not names & {"exstv_reload_ok", "exstv_diagnostics", "exstv_viewers"}
    assert station.client.head("/metrics").status_code == 200
