"""What a station's tests find on the air: a diagnostic for each thing that is not as expected.

At a clip of a programme's filler the test means the programme, unless it asks for filler.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from compiler.checks.model import Expected, StationTest
from compiler.checks.rows import Row, Timetable
from compiler.lower.wall import WallClock
from exstv import codes
from exstv.diagnostics import Diagnostic
from exstv.units import DAY_MS


def check(test: StationTest, timetable: Timetable, shows: Mapping[str, str]) -> Iterator[Diagnostic]:
    """What differs from what a test expects; a note where its time is not planned."""
    wall = timetable.walls.get(test.channel)
    if wall is None:
        yield codes.TEST_NOT_PLANNED.at(test.span, channel=test.channel, at="any time")
        return
    at = instant(test, wall, timetable.now_ms)
    item = timetable.item(test.channel, at)
    if item is None:
        yield codes.TEST_NOT_PLANNED.at(test.span, channel=test.channel, at=timetable.local(test.channel, at))
        return
    if not any(expected.key == "filler" for expected in test.expected):
        item = timetable.feature(item)
    for expected in test.expected:
        found = _found(expected, item, timetable, at, shows)
        if found is not None:
            wanted = str(expected.wanted).lower() if isinstance(expected.wanted, bool) else expected.wanted
            yield codes.TEST_FAILED.at(
                expected.span,
                label=f"at {timetable.local(test.channel, at)}",
                also=[(timetable.span(item), "this is what plays")],
                key=expected.key,
                wanted=wanted,
                found=found,
            )


def instant(test: StationTest, wall: WallClock, now_ms: int) -> int:
    """When a test looks: for a weekday the first such time from `now` on."""
    moment = test.at
    if moment.utc_ms is not None:
        return moment.utc_ms
    if moment.date is not None:
        return wall.at(date(*moment.date).toordinal(), moment.time_ms).ms
    today = (wall.local(now_ms)).date()
    for day in range(8):
        each = today + timedelta(days=day)
        found = wall.at(each.toordinal(), moment.time_ms).ms
        if each.weekday() == moment.weekday and found >= now_ms:
            return found
    return now_ms + 8 * DAY_MS


def _found(
    expected: Expected, item: Row, timetable: Timetable, at_ms: int, shows: Mapping[str, str]
) -> str | None:
    """What is there instead; None where it is as expected."""
    key, wanted = expected.key, expected.wanted
    if key == "filler":
        is_it = item.filler_kind is not None if isinstance(wanted, bool) else item.filler_kind
        return None if is_it == wanted else item.words
    if key == "collection":
        return None if item.media_id in expected.members else item.words
    if key in ("block", "schedule"):
        return None if wanted in item.names else f"{item.words}, put there by `{item.rule}`"
    facts = {
        "kind": item.media_kind,
        "media": item.media_id,
        "show": shows.get(item.media_id or ""),
        "title": timetable.title(item.channel, at_ms),
    }
    if facts[key] == wanted:
        return None
    return f"`{facts[key]}`" if facts[key] else item.words
