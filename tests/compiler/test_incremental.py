"""A compile that copies gives what one from scratch gives; withdrawals, cuts and absences hold."""

from __future__ import annotations

from pathlib import Path

import pytest
from harbour import NOW, Harbour
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compiler.carrying import AWAY_MS
from exstv.timeline import query
from exstv.timeline.model import FillerKind, PlayoutItem, ProgrammeKind, Timeline
from exstv.units import DAY_MS, HOUR_MS, MINUTE_MS


@pytest.fixture
def harbour(tmp_path: Path) -> Harbour:
    return Harbour(tmp_path)


def on(timeline: Timeline, key: str = "c1") -> list[PlayoutItem]:
    return [item for item in timeline.items if item.channel == key]


EDITS = {
    "nothing": ("channel-1", "mode: one", "mode: one"),
    "a comment": ("channel-1", "schedules:", "# why\nschedules:"),
    "another order": ("channel-2", "order: shuffle, mode: flood", "order: chronological, mode: flood"),
    "another start": ("channel-3", '"20:00"', '"19:00"'),
    "another seed": ("station", "name: Harbour,", "name: Harbour, seed: x,"),
    "a longer history": ("station", "history: 1d", "history: 2d"),
}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(sorted(EDITS)), st.integers(0, 40 * HOUR_MS)),
        min_size=1,
        max_size=3,
        unique_by=lambda step: step[0],
    )
)
def test_a_compile_that_copies_has_the_digest_of_one_from_scratch(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    harbour = Harbour(tmp_path_factory.mktemp("harbour"))
    now = NOW
    old, path = harbour.compile(now), harbour.publish(now)
    for name, later in steps:
        now += later
        file, before, after = EDITS[name]
        text = (harbour.root / f"{file}.yaml").read_text(encoding="utf-8")
        harbour.write(file, text.replace(before, after, 1))
        scratch = harbour.compile(now, old, copying=False)
        old = harbour.compile(now, old)
        path = harbour.publish(now, path)
        written = query.load(path)
        assert old.header.digest == scratch.header.digest == written.header.digest
        assert (old.items, old.programmes, old.anchors) == (
            scratch.items,
            scratch.programmes,
            scratch.anchors,
        )
        assert (written.items, written.programmes) == (old.items, old.programmes)
        assert written.diagnostics == old.diagnostics


def test_only_the_edited_channel_is_made_anew(harbour: Harbour) -> None:
    old = harbour.compile(NOW)
    harbour.edit("channel-2", "order: shuffle, mode: flood", "order: chronological, mode: flood")
    new = harbour.compile(NOW + MINUTE_MS, old)
    same = [a.recipe == b.recipe for a, b in zip(old.channels, new.channels, strict=True)]
    assert same == [True, False, True]
    # What was on air plays to its end.
    late = NOW + 3 * HOUR_MS
    assert [i for i in on(new, "c2") if i.start_ms < NOW] == [i for i in on(old, "c2") if i.start_ms < NOW]
    assert [i for i in on(new, "c2") if i.start_ms > late] != [i for i in on(old, "c2") if i.start_ms > late]


def test_apply_now_cuts_what_is_on_air_for_a_rule_and_not_for_a_comment(harbour: Harbour) -> None:
    harbour.edit("channel-1", "schedule: s1", "schedule: s1, apply: now")
    old = harbour.compile(NOW)
    harbour.edit("channel-1", "schedules:", "# why\nschedules:")
    now = NOW + MINUTE_MS
    commented = harbour.compile(now, old)
    assert commented.header.digest == old.header.digest
    harbour.edit("channel-1", "order: shuffle, mode: flood", "order: chronological, mode: flood")
    new = harbour.compile(now, commented)
    cut = next(item for item in on(new) if item.finish_ms == now)
    before = next(item for item in on(old) if item.start_ms == cut.start_ms)
    assert cut.out_point_ms - cut.in_point_ms == now - cut.start_ms < before.out_point_ms
    assert any(item.start_ms == now for item in on(new))
    assert on(new, "c2") == on(old, "c2")


def test_withdrawn_media_leave_the_air_at_once(harbour: Harbour) -> None:
    old = harbour.compile(NOW)
    playing = next(item for item in on(old) if item.start_ms <= NOW < item.finish_ms)
    harbour.edit("station", "sources:", f'withdraw: ["{playing.media_id}"]\nsources:')
    now = NOW + MINUTE_MS
    new = harbour.compile(now, old)
    assert not [i for i in new.items if i.media_id == playing.media_id and i.finish_ms > now]
    aired = next(item for item in on(new) if item.start_ms == playing.start_ms)
    assert (aired.media_id, aired.finish_ms, aired.advance) == (playing.media_id, now, playing.advance)
    instead = [item for item in on(new) if now <= item.start_ms < playing.finish_ms]
    assert {item.filler_kind for item in instead} == {FillerKind.FALLBACK}
    assert {item.media_id for item in instead} == {"cards:slate"}
    assert (instead[0].start_ms, instead[-1].finish_ms) == (now, playing.finish_ms)
    listed = next(one for one in new.programmes if one.channel == "c1" and one.start_ms == now)
    assert (listed.kind, listed.title) == (ProgrammeKind.FILLER, "Channel 1")
    assert [item.seq for item in on(new)] == list(range(on(new)[0].seq, on(new)[0].seq + len(on(new))))
    # Nothing is left to replace: a compile later changes nothing.
    assert harbour.compile(now + MINUTE_MS, new).header.digest == new.header.digest


@pytest.mark.parametrize("how", ["disabled", "removed"])
def test_a_channel_that_was_away_goes_on_where_it_was(harbour: Harbour, how: str) -> None:
    old = harbour.compile(NOW)
    text = (harbour.root / "channel-1.yaml").read_text(encoding="utf-8")
    if how == "disabled":
        harbour.write("channel-1", text.replace("schedule: s1", "schedule: s1, enabled: false"))
    else:
        (harbour.root / "channel-1.yaml").unlink()
    without = harbour.compile(NOW + MINUTE_MS, old)
    assert [anchor.channel for anchor in without.away] == ["c1"]
    later = harbour.compile(NOW + 5 * DAY_MS, without)
    assert later.away == without.away
    harbour.write("channel-1", text)
    back = harbour.compile(NOW + 6 * DAY_MS, later)
    assert on(back)[0].start_ms == NOW + 6 * DAY_MS
    assert back.away == ()
    aired = [
        i.media_id for i in on(old) if i.start_ms >= without.away[0].at_ms and i.media_id != "cards:slate"
    ]
    goes_on = [i.media_id for i in on(back) if i.media_id != "cards:slate"]
    assert goes_on[:3] == aired[:3]
    # And from there like any other.
    again = harbour.compile(NOW + 6 * DAY_MS + HOUR_MS, back, copying=False)
    assert again.header.digest == back.header.digest


def test_the_progress_of_a_channel_that_left_is_kept_for_a_year(harbour: Harbour) -> None:
    old = harbour.compile(NOW)
    (harbour.root / "channel-1.yaml").unlink()
    without = harbour.compile(NOW + MINUTE_MS, old)
    left_ms = without.away[0].at_ms
    assert [each.channel for each in harbour.compile(left_ms + AWAY_MS, without).away] == ["c1"]
    assert harbour.compile(left_ms + AWAY_MS + 1, without).away == ()
