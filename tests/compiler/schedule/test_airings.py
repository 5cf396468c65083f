"""What rests, and for how long; and playlists."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace
from walking import content, cursor_of, drawn, item, items, reread

from compiler.schedule.airings import Airings, Rest
from compiler.schedule.state import State
from compiler.station import Content, Order, PlaylistEntry

A, B, C = items("a", "b", "c")
LISTED = content((A, B, C), Order.LISTED)
HOUR_MS = 3_600_000


def test_no_repeat_is_from_start_to_start_and_cooldown_from_end_to_start() -> None:
    airings = Airings(State({}), [(LISTED, Rest(HOUR_MS, HOUR_MS))])
    airings.note("a", 0, 60_000)
    assert not airings.is_free("a", HOUR_MS - 1, Rest(no_repeat_ms=HOUR_MS))
    assert airings.is_free("a", HOUR_MS, Rest(no_repeat_ms=HOUR_MS))
    assert not airings.is_free("a", HOUR_MS, Rest(cooldown_ms=HOUR_MS))
    assert airings.is_free("a", HOUR_MS + 60_000, Rest(cooldown_ms=HOUR_MS))
    assert airings.is_free("b", 0, Rest(HOUR_MS, HOUR_MS))


def test_only_what_must_rest_somewhere_is_remembered() -> None:
    state = State({})
    airings = Airings(state, [(LISTED, Rest()), (content((A,)), Rest(cooldown_ms=HOUR_MS))])
    airings.note("a", 0, 1)
    airings.note("b", 0, 1)
    assert state.take_changes() == {"aired": {"a": [0, 1]}}


def test_what_matters_no_more_is_forgotten() -> None:
    state = State({"aired": {"gone": [0, 1]}})
    airings = Airings(state, [(LISTED, Rest(cooldown_ms=HOUR_MS))])
    airings.note("a", 0, 10)
    airings.note("b", 0, 11)
    airings.forget(HOUR_MS + 10)
    assert dict(state.group("aired")) == {"b": [0, 11]}


def test_what_rests_comes_last_or_not_at_all() -> None:
    state, rest = State({}), Rest(no_repeat_ms=HOUR_MS)
    airings = Airings(state, [(LISTED, rest)])
    cursor = cursor_of(LISTED, state, airings)
    cursor.take([next(cursor.upcoming(0, rest))], 0)
    airings.note("b", 0, 60_000)
    assert [pick.item.id for pick in cursor.upcoming(1, rest)] == ["c", "b", "a"]
    assert [pick.item.id for pick in cursor.upcoming(1, rest, strict=True)] == ["c"]
    assert [pick.item.id for pick in cursor.window(1, rest, 60_000, 8)] == ["c"]
    cursor.take([next(cursor.upcoming(1, rest))], 1)
    # What was passed over for its rest is tried first.
    assert next(cursor.upcoming(HOUR_MS, rest)).item.id == "b"


def test_a_window_ends_at_its_size_and_at_the_room() -> None:
    media = [item(f"clip {n:03}", duration_ms=(n % 7 + 1) * 10_000) for n in range(200)]
    cursor = cursor_of(content(media, Order.LISTED))
    window = list(cursor.window(0, Rest(), 20_000, 32))
    assert len(window) == 32
    assert window == [pick for pick in cursor.upcoming() if pick.length_ms <= 20_000][:32]


def playlist(*entries: tuple[Content, int | None]) -> Content:
    return replace(
        content((A, B, C), Order.LISTED, cursor="night"),
        playlist=tuple(PlaylistEntry(each, count) for each, count in entries),
    )


def part(name: str, *media: str) -> Content:
    return content(items(*media), Order.LISTED, cursor=name)


NOIR, IDENTS = part("noir", "n1", "n2", "n3"), part("idents", "i1", "i2")
NIGHT = playlist((NOIR, 1), (IDENTS, None), (part("late", "l1", "l2", "l3"), 2))


def test_a_playlist_plays_entry_after_entry_each_with_its_own_progress() -> None:
    state, before = State({}), dict[str, Any]()
    ids: list[str] = []
    for _ in range(10):
        ids += drawn(cursor_of(NIGHT, state), 1)
        state = reread(state, before)
    assert ids == ["n1", "i1", "i2", "l1", "l2", "n2", "i1", "i2", "l3", "l1"]
    assert len(cursor_of(NIGHT)) == 5


def test_a_playlist_goes_on_at_what_followed_an_entry_that_is_gone() -> None:
    state = State({})
    drawn(cursor_of(NIGHT, state), 2)
    shorter = playlist((NOIR, 1), (part("late", "l1", "l2", "l3"), 2))
    assert drawn(cursor_of(shorter, state), 3) == ["l1", "l2", "n2"]


def test_a_playlist_in_a_playlist_takes_its_turns() -> None:
    inner = replace(playlist((NOIR, 1), (IDENTS, 1)), cursor="inner")
    outer = playlist((part("late", "l1", "l2"), 1), (inner, None))
    assert drawn(cursor_of(outer), 7) == ["l1", "n1", "i1", "l2", "n2", "i2", "l1"]


def test_an_entry_without_a_candidate_loses_its_turn() -> None:
    state, rest = State({}), Rest(cooldown_ms=HOUR_MS)
    airings = Airings(state, [(NIGHT, rest), (NOIR, rest)])
    cursor = cursor_of(NIGHT, state, airings)
    for name in ("n1", "n2", "n3"):
        airings.note(name, 0, 1)
    assert next(pick.item.id for pick in cursor.upcoming(1, rest)) == "i1"
    assert sorted(pick.item.id for pick in cursor.upcoming(1, rest))[-3:] == ["n1", "n2", "n3"]
    assert all(pick.item.id[0] != "n" for pick in cursor.upcoming(1, rest, strict=True))
    window = list(cursor.window(1, rest, 60_000, 8))
    assert [pick.item.id for pick in window] == ["i1", "i2"]
    cursor.take(window, 1)
    assert next(cursor.upcoming(1, rest)).item.id == "l1"
