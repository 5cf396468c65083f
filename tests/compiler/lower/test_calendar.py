"""Which schedule a day has, where it changes, and the next event."""

from __future__ import annotations

from grids import SIX, WALLS, change_day, day, entry, origin
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from compiler.lower.calendar import Calendar, check_calendar
from compiler.lower.days import choose, ranked
from compiler.lower.wall import Irregular, WallClock
from compiler.station import (
    CalendarRule,
    DateRange,
    DayRule,
    Event,
    FillerSet,
    LoopSchedule,
    StationChannel,
)
from exstv.clock import from_iso, to_iso
from exstv.units import HOUR_MS, parse_time_of_day

AMSTERDAM = WallClock("Europe/Amsterdam", SIX)
PLAIN, OTHER, THIRD = (LoopSchedule(name, (), origin(1, name)) for name in ("plain", "other", "third"))
WEEKENDS = DayRule(days=frozenset({5, 6}))


def dates(first: tuple[int, int, int], last: tuple[int, int, int] | None = None) -> DayRule:
    return DayRule(dates=(DateRange(first, last or first),))


def rule(line: int, days: DayRule, schedule: LoopSchedule = OTHER, priority: int = 0) -> CalendarRule:
    return CalendarRule(days, schedule, priority, origin(line))


def event(line: int, date: tuple[int, int, int], start: str) -> Event:
    made = entry(f"{date} {start}", start_ms=parse_time_of_day(start))
    return Event(date, replace(made, origin=origin(line)))


def channel(*rules: CalendarRule, events: tuple[Event, ...] = ()) -> StationChannel:
    return StationChannel(
        key="a",
        number="1",
        name="A",
        xmltv_id="a.x",
        timezone="Europe/Amsterdam",
        schedule=PLAIN,
        filler=FillerSet(),
        profile="hd",
        origin=origin(1),
        calendar=rules,
        events=events,
    )


def calendar(*rules: CalendarRule, events: tuple[Event, ...] = (), wall: WallClock = AMSTERDAM) -> Calendar:
    return Calendar(channel(*rules, events=events), wall)


def boundary(found: Calendar, text: str) -> str | None:
    at_ms = found.boundary(from_iso(text))
    return None if at_ms is None else f"{found.wall.local(at_ms):%Y-%m-%d %H:%M}"


def test_a_day_has_the_schedule_of_its_most_specific_rule() -> None:
    found = calendar(rule(1, WEEKENDS), rule(2, dates((0, 12, 24), (0, 12, 26)), THIRD))
    names = [found.schedule_of(each).name for each in range(day("2026-12-23"), day("2026-12-29"))]
    assert names == ["plain", "third", "third", "third", "other", "plain"]


def test_the_next_boundary_is_where_another_schedule_begins() -> None:
    found = calendar(rule(1, WEEKENDS), rule(2, dates((0, 12, 24), (0, 12, 26)), THIRD))
    assert boundary(found, "2026-12-21T12:00Z") == "2026-12-24 06:00"
    assert boundary(found, "2026-12-24T04:59Z") == "2026-12-24 06:00"
    assert boundary(found, "2026-12-24T05:00Z") == "2026-12-27 06:00"
    assert boundary(found, "2026-12-27T12:00Z") == "2026-12-28 06:00"
    assert boundary(found, "2026-12-28T12:00Z") == "2027-01-02 06:00"


def test_two_rules_for_one_schedule_have_no_boundary_between_them() -> None:
    found = calendar(rule(1, WEEKENDS), rule(2, DayRule(days=frozenset({0}))))
    assert boundary(found, "2026-03-14T12:00Z") == "2026-03-17 06:00"


def test_without_a_change_there_is_no_boundary() -> None:
    assert boundary(calendar(), "2026-03-14T12:00Z") is None
    assert boundary(calendar(rule(1, DayRule())), "2026-03-14T12:00Z") is None
    assert boundary(calendar(rule(1, dates((2028, 2, 29)))), "2026-03-14T12:00Z") is None
    assert boundary(calendar(rule(1, dates((2028, 2, 29)))), "2027-03-14T12:00Z") == "2028-02-29 06:00"


def test_a_day_that_the_zone_left_out_is_no_boundary() -> None:
    apia = WallClock("Pacific/Apia", 0)
    found = calendar(rule(1, dates((2011, 12, 30))), rule(2, dates((2012, 1, 5))), wall=apia)
    assert boundary(found, "2011-12-29T12:00Z") == "2012-01-05 00:00"


CALENDARS = st.lists(
    st.builds(
        rule,
        st.just(1),
        st.builds(
            DayRule,
            days=st.frozensets(st.integers(0, 6), max_size=4),
            weeks=st.sampled_from([None, "odd"]),
        ),
        st.sampled_from([PLAIN, OTHER, THIRD]),
        st.integers(0, 2),
    ),
    max_size=4,
)


@settings(max_examples=100, deadline=None)
@given(CALENDARS, WALLS, st.integers(-(10 * 24), 10 * 24), st.permutations(range(4)))
def test_between_two_boundaries_all_days_have_one_schedule(
    rules: list[CalendarRule], wall: WallClock, hours: int, order: list[int]
) -> None:
    found = calendar(*rules, wall=wall)
    begin = wall.day_start(change_day(wall)) + hours * HOUR_MS
    for step in order:
        at_ms = begin + step * 20 * HOUR_MS
        today = wall.day_of(at_ms)
        lasting = [
            each for each in range(today, today + 30) if wall.day_start(each) < wall.day_start(each + 1)
        ]
        chosen = [choose(ranked(rules), each) for each in lasting]
        names = [PLAIN.name if one is None else one.schedule.name for one in chosen]
        changes = [each for each, name in zip(lasting, names, strict=True) if name != names[0]]
        assert found.schedule_of(today).name == names[0]
        assert found.boundary(at_ms) == (wall.day_start(changes[0]) if changes else None)


def following(found: Calendar, text: str) -> list[str]:
    """The next four events."""
    at_ms = from_iso(text)
    listed: list[str] = []
    while len(listed) < 4 and (booking := found.next_event(at_ms)) is not None:
        listed.append(to_iso(booking.start.ms)[:16])
        at_ms = booking.start.ms
    return listed


def test_events_follow_each_other() -> None:
    events = (
        event(1, (0, 12, 25), "20:00"),
        event(2, (2026, 12, 25), "01:00"),
        event(3, (0, 12, 31), "02:00"),
        event(4, (2026, 7, 1), "20:00"),
    )
    assert following(calendar(events=events), "2026-12-01T00:00Z") == [
        "2026-12-25T19:00",
        "2026-12-26T00:00",
        "2027-01-01T01:00",
        "2027-12-25T19:00",
    ]
    assert following(calendar(events=events[3:]), "2026-07-01T17:59:59Z") == ["2026-07-01T18:00"]
    assert following(calendar(events=events[3:]), "2026-07-01T18:00Z") == []
    assert following(calendar(), "2026-07-01T18:00Z") == []


def test_an_event_after_midnight_on_new_year_s_eve_is_found_in_the_new_year() -> None:
    found = calendar(events=(event(1, (2026, 12, 31), "02:00"),))
    assert following(found, "2026-12-31T23:30Z") == ["2027-01-01T01:00"]


def test_an_event_on_leap_day_waits_for_one() -> None:
    found = calendar(events=(event(1, (0, 2, 29), "20:00"),))
    assert following(found, "2026-03-01T00:00Z")[:2] == ["2028-02-29T19:00", "2032-02-29T19:00"]
    assert following(found, "2096-03-01T00:00Z")[:1] == ["2104-02-29T19:00"]


def test_the_event_at_an_instant() -> None:
    one = event(1, (2026, 12, 25), "20:00")
    found = calendar(events=(one,))
    booking = found.event_at(from_iso("2026-12-25T19:00Z"))
    assert booking is not None and booking.event is one
    assert booking.start.irregular is None
    assert found.event_at(from_iso("2026-12-25T19:00:00.001Z")) is None


def test_of_two_events_in_a_skipped_hour_the_later_one_starts() -> None:
    early, late = event(1, (2026, 3, 28), "02:00"), event(2, (2026, 3, 28), "02:30")
    found = calendar(events=(late, early))
    booking = found.event_at(from_iso("2026-03-29T01:00Z"))
    assert booking is not None and booking.event is late
    assert booking.start.irregular is Irregular.SKIPPED
    assert following(found, "2026-03-01T00:00Z") == ["2026-03-29T01:00"]


def test_a_rule_that_no_day_fits_or_follows_is_warned_of() -> None:
    never = DayRule(months=frozenset({2}), days_of_month=frozenset({30}))
    found = check_calendar(channel(rule(1, WEEKENDS), rule(2, never), rule(3, WEEKENDS, THIRD)))
    assert [(one.code, one.span.line) for one in found] == [("EXS4024", 2), ("EXS4025", 3)]
    urgent = rule(3, WEEKENDS, THIRD, priority=1)
    found = check_calendar(channel(rule(1, WEEKENDS), urgent))
    assert [(one.code, one.span.line) for one in found] == [("EXS4025", 1)]
    odd = DayRule(days=frozenset({5, 6}), weeks="odd")
    assert check_calendar(channel(rule(1, WEEKENDS), rule(2, odd))) == []


def test_a_rule_that_others_cover_together_is_never_chosen() -> None:
    days = [rule(number + 2, DayRule(days=frozenset({number}))) for number in (5, 6)]
    found = check_calendar(channel(rule(1, WEEKENDS, THIRD), *days))
    assert [(one.code, one.span.line) for one in found] == [("EXS4025", 1)]


def test_two_events_at_one_instant_are_an_error() -> None:
    yearly, once = event(1, (0, 12, 25), "20:00"), event(2, (2026, 12, 25), "20:00")
    (found,) = check_calendar(channel(events=(yearly, once)))
    assert (found.code, found.message) == ("EXS4026", "two events start at 20:00 on 2026-12-25")
    assert [label.span.line for label in found.labels] == [2, 1]
    other_year, other_time = event(3, (2027, 12, 25), "20:00"), event(4, (2026, 12, 25), "21:00")
    assert check_calendar(channel(events=(once, other_year, other_time))) == []
    (every,) = check_calendar(channel(events=(yearly, event(5, (0, 12, 25), "20:00"))))
    assert every.message == "two events start at 20:00 on 12-25"
