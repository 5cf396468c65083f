"""Planned against aired: on the page, on a channel's page, and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from as_run import aired

from exstv.asrun.entry import AsRunEntry, Outcome, line_of
from exstv.asrun.files import day_of, open_file
from exstv.clock import to_iso
from exstv.timeline.model import PlayoutItem
from exstv.units import DAY_MS
from runtime.routes.aired import Past, aired_summary, past_view
from runtime.status import AsRunStatus

if TYPE_CHECKING:
    from tests.runtime.conftest import Station

SAME = "Aired as planned in the last 3 h"
OFF = "Off plan for 9 min 40 s of the last 3 h"
UTC = ZoneInfo("UTC")


def items_of(station: Station, key: str = "retro") -> list[PlayoutItem]:
    """The last two items that began, and the ones before, newest last."""
    rows = [item for item in station.timeline.items if item.channel == key]
    return [item for item in rows if item.start_ms < station.clock.ms]


def entry(item: PlayoutItem, start_ms: int = 0, finish_ms: int | None = None, **facts: Any) -> AsRunEntry:
    """What went out in a part of an item's time: the item, unless told otherwise."""
    span = {
        "plan_start_ms": item.start_ms + start_ms,
        "plan_finish_ms": item.start_ms + finish_ms if finish_ms is not None else item.finish_ms,
    }
    given: dict[str, Any] = {
        "channel": item.channel,
        "start_ms": span["plan_start_ms"] + 700,
        "finish_ms": span["plan_finish_ms"] + 700,
        "seq": item.seq,
        "planned_media_id": item.media_id,
        "media_id": item.media_id,
        "title": "Cartoon",
    }
    return aired(0, 1, **(given | span | facts))


def rows_of(station: Station, entries: list[AsRunEntry]) -> list[tuple[str, int, list[tuple[str, bool]]]]:
    items = items_of(station)[-3:]
    past = Past(items, entries, {}, {}, items[0].start_ms, station.clock.ms)
    return [
        (row.state, row.count, [(piece.step, piece.on_plan) for piece in row.pieces])
        for row in past_view(past, UTC)
    ]


def test_items_that_aired_and_some_that_nobody_watched(station: Station) -> None:
    *_, last = items_of(station)
    assert rows_of(station, [entry(last)]) == [("same", 1, [("item", True)]), ("unwatched", 2, [])]


def test_what_stood_in_for_an_item_is_a_difference_with_its_reason(station: Station) -> None:
    *_, last = items_of(station)
    entries = [
        entry(last, 0, 60_000, outcome=Outcome.FAILED, failure="ffmpeg killed"),
        entry(last, 60_000, 90_000, step="slate", media_id=None, title=None, reason="ffmpeg killed"),
        entry(last, 90_000),
    ]
    newest, *_ = rows_of(station, entries)
    assert newest == ("off", 1, [("item", True), ("slate", False), ("item", True)])


def test_a_junction_rounded_to_a_frame_belongs_to_one_item(station: Station) -> None:
    before, last = items_of(station)[-2:]
    longer = entry(before, 0, before.finish_ms - before.start_ms + 20)
    newest, older, *_ = rows_of(station, [longer, entry(last)])
    assert (len(newest[2]), len(older[2])) == (1, 1)


def test_the_same_instants_by_an_older_plan_are_a_difference(station: Station) -> None:
    *_, last = items_of(station)
    other = entry(last, seq=99, media_id="cards:old", planned_media_id="cards:old")
    assert rows_of(station, [other])[0] == ("off", 1, [("item", False)])


@pytest.mark.parametrize(
    ("facts", "words", "off"),
    [
        ({}, SAME, False),
        ({"step": "fallback", "media_id": "cards:x"}, OFF, True),
        (
            {"media_id": None, "planned_media_id": None, "step": "slate"},
            "Aired as planned in the last 3 h",
            False,
        ),
        (
            {"media_id": None, "planned_media_id": None, "seq": None},
            "Off plan for 9 min 40 s of the last 3 h",
            True,
        ),
    ],
)
def test_the_summary_says_how_long_it_was_not_the_plan(
    station: Station, facts: dict[str, Any], words: str, off: bool
) -> None:
    *_, last = items_of(station)
    summary = aired_summary([entry(last, **facts)], station.clock.ms)
    assert (summary.words, summary.off) == (words, off)
    assert [part.kind for part in summary.strip] == ["off" if off else "plan"]
    assert all(part.left >= 0 and part.left + part.width <= 1000 for part in summary.strip)


def test_short_items_on_the_plan_are_one_stretch_of_the_strip(station: Station) -> None:
    *_, last = items_of(station)
    entries = [entry(last, n * 1000, (n + 1) * 1000) for n in range(300)]
    assert len(aired_summary(entries, station.clock.ms).strip) == 1


def test_the_page_and_the_channels_page_mark_the_difference(station: Station) -> None:
    *_, last = items_of(station)
    stand_in = {"step": "fallback", "media_id": "cards:ident", "title": "Ident"}
    station.aired["retro"] = (entry(last, **stand_in, reason="`lost` is <gone>"),)
    page = station.client.get("/").text
    assert 'class="past off" href="./channels/2.5"' in page and "Off plan for 9 min 40 s" in page
    one = station.client.get("/channels/2.5")
    assert one.status_code == 200
    assert "`lost` is &lt;gone&gt;" in one.text and "Fallback" in one.text
    assert one.text.count('<tr class="off">') == 1 and "nobody watched" in one.text


def test_a_number_that_is_no_channels_is_not_found(station: Station) -> None:
    for path in ("/channels/99", "/api/v1/channels/99/as-run"):
        assert station.client.get(path).status_code == 404


def test_a_log_that_cannot_be_written_is_told_on_the_page(station: Station) -> None:
    station.says(as_run=AsRunStatus(trouble="no space left on device", waiting=3))
    for path in ("/", "/channels/7"):
        page = station.client.get(path).text
        assert "The as-run log cannot be written" in page and "3 entries wait" in page


def test_the_api_gives_what_is_on_the_disk_and_what_is_on_air(station: Station) -> None:
    before, last = items_of(station)[-2:]
    folder = station.folder / ".exstv/as-run"
    folder.mkdir(parents=True)
    logged, running = entry(before), entry(last, outcome=Outcome.STOPPED)
    other = entry(before, channel="evil")
    open_file(folder, day_of(logged.finish_ms)).write_bytes(line_of(logged) + line_of(other))
    station.aired["retro"] = (logged, running)
    found = station.client.get("/api/v1/channels/2.5/as-run").json()
    assert [each["seq"] for each in found["entries"]] == [before.seq, last.seq]
    assert found["entries"][0]["start_time"] == to_iso(logged.start_ms)
    span = {"from": to_iso(before.start_ms - 5000), "to": to_iso(before.start_ms).replace("Z", "+00:00")}
    assert station.client.get("/api/v1/channels/2.5/as-run", params=span).json()["entries"] == []
    span = {"to": to_iso(before.finish_ms)}
    found = station.client.get("/api/v1/channels/2.5/as-run", params=span).json()["entries"]
    assert [each["seq"] for each in found] == [before.seq]


def test_the_log_goes_up_to_now_or_begins_a_day_before(station: Station) -> None:
    now_ms, path = station.clock.ms, "/api/v1/channels/2.5/as-run"
    for asked, span_ms in (
        ({}, (now_ms - DAY_MS, now_ms)),
        ({"from": to_iso(now_ms - 9 * DAY_MS)}, (now_ms - 9 * DAY_MS, now_ms)),
        ({"to": to_iso(now_ms - 9 * DAY_MS)}, (now_ms - 10 * DAY_MS, now_ms - 9 * DAY_MS)),
    ):
        told = station.client.get(path, params=asked).json()
        assert (told["from"], told["to"]) == tuple(map(to_iso, span_ms))


def test_an_instant_that_is_none_is_told(station: Station) -> None:
    answer = station.client.get("/api/v1/channels/2.5/as-run?from=yesterday")
    assert answer.status_code == 400 and "`from` is no instant" in answer.text
