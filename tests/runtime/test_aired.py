"""Which entries come of what one airing sent: exact, without gap or overlap, and nothing twice."""

from __future__ import annotations

from fractions import Fraction

from exstv.asrun.entry import AsRunEntry, Outcome
from exstv.timeline.model import ItemKind, PlayoutItem
from runtime.aired import Aired, Shown
from runtime.mpegts.stream import Unit
from runtime.segment import Segment
from runtime.status import Step
from runtime.throttle import PlanClock

PLAN_MS = 1_800_000_000_000
ITEM = PlayoutItem(
    channel="one",
    seq=7,
    start_ms=PLAN_MS,
    finish_ms=PLAN_MS + 60_000,
    in_point_ms=0,
    out_point_ms=60_000,
    media_id="cards:a",
    kind=ItemKind.CONTENT,
    programme_id="p",
    rule="one",
    file="one.yaml",
    line=1,
)
PLANNED = Shown(Segment(Step.ITEM, 0, 1500, ITEM, "cards:a"), "A", 11)
STAND_IN = Shown(Segment(Step.SLATE, 0, 50, ITEM), None, None, "ffmpeg killed")


class Clock:
    """The wall clock is 1.5 s later than the plan: the channel was slow to start."""

    late_ms = 1500
    mono = 98.0

    def now_ms(self) -> int:
        return PLAN_MS + round((self.mono - 100) * 1000) + self.late_ms

    def monotonic(self) -> float:
        return self.mono


class Studio:
    """An airing at 25 frames a second, whose stream runs 2 s ahead."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.plan = PlanClock(Fraction(25), frame=0, plan_ms=PLAN_MS, mono=100.0)
        self.log: list[AsRunEntry] = []
        self.aired = Aired("one", self.clock, self.log.append)
        self.frame = 0

    def send(self, frames: int) -> None:
        for _ in range(frames):
            self.clock.mono = self.plan.due(self.frame)
            tick = self.frame * 3600
            units = [Unit(b"v" * 188, tick, False, True), Unit(b"a" * 188, tick, False, False)]
            self.aired.sent(units, self.plan)
            self.frame += 1


def test_an_entry_says_when_viewers_saw_it_and_what_of_the_plan_it_was() -> None:
    studio = Studio()
    studio.aired.begin(PLANNED)
    studio.send(100)
    studio.aired.end(Outcome.PLAYED)
    (entry,) = studio.log
    assert (entry.plan_start_ms, entry.plan_finish_ms) == (PLAN_MS, PLAN_MS + 4000)
    assert (entry.start_ms, entry.finish_ms) == (PLAN_MS + 1500, PLAN_MS + 5500)
    assert (entry.first_frame, entry.frames, entry.bytes) == (0, 100, 100 * 376)
    assert (entry.seq, entry.media_id, entry.title, entry.pid) == (7, "cards:a", "A", 11)


def test_one_entry_ends_where_the_next_begins() -> None:
    studio = Studio()
    for shown, frames, outcome in [
        (PLANNED, 30, Outcome.FAILED),
        (STAND_IN, 50, Outcome.PLAYED),
        (PLANNED, 20, Outcome.STOPPED),
    ]:
        studio.aired.begin(shown)
        studio.send(frames)
        # The machine's clock is slewed by NTP all the while.
        studio.clock.late_ms += 3
        studio.aired.end(outcome, "ffmpeg killed" if outcome is Outcome.FAILED else None)
    first, second, third = studio.log
    assert (first.finish_ms, second.finish_ms) == (second.start_ms, third.start_ms)
    assert (first.plan_finish_ms, second.plan_finish_ms) == (second.plan_start_ms, third.plan_start_ms)
    assert [entry.first_frame for entry in studio.log] == [0, 30, 80]
    assert [entry.failure for entry in studio.log] == ["ffmpeg killed", None, None]
    assert [entry.reason for entry in studio.log] == [None, "ffmpeg killed", None]
    assert (second.media_id, second.planned_media_id, second.step) == (None, "cards:a", "slate")


def test_what_sent_no_frame_is_no_entry() -> None:
    studio = Studio()
    studio.aired.begin(PLANNED)
    studio.aired.end(Outcome.FAILED, "no such file")
    studio.aired.begin(STAND_IN)
    assert studio.aired.so_far() is None
    studio.send(1)
    studio.aired.end(Outcome.PLAYED)
    assert [entry.step for entry in studio.log] == ["slate"]


def test_what_shows_is_said_anew_once_its_process_is_known() -> None:
    studio = Studio()
    studio.aired.begin(Shown(PLANNED.segment, "A"))
    studio.aired.begin(PLANNED)
    studio.send(5)
    so_far = studio.aired.so_far()
    assert so_far is not None and (so_far.pid, so_far.frames, studio.log) == (11, 5, [])


def test_a_clock_that_is_set_does_not_lengthen_what_was_seen_before() -> None:
    studio = Studio()
    studio.aired.begin(PLANNED)
    studio.send(100)
    studio.clock.late_ms += 3_600_000
    studio.aired.end(Outcome.OFF_PLAN)
    studio.plan = studio.plan.rejoined(100, studio.clock.now_ms(), studio.clock.mono)
    studio.aired.begin(PLANNED)
    studio.send(25)
    studio.aired.end(Outcome.PLAYED)
    before, after = studio.log
    assert before.finish_ms - before.start_ms == 4000
    assert after.start_ms - before.finish_ms == 3_600_000
    assert after.finish_ms - after.start_ms == 1000
