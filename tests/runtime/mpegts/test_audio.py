from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.mpegts.audio import AudioTrack
from runtime.mpegts.packet import CLOCK, WRAP, Grid
from runtime.mpegts.sound import split_frames

QUIET = b"quiet"
STEPS = [Fraction(samples * CLOCK, rate) for samples in (1024, 1152, 1536) for rate in (48000, 44100)]


@pytest.mark.parametrize("step", STEPS)
@given(zero=st.integers(0, 10 * CLOCK), start=st.integers(0, WRAP - 1), count=st.integers(2, 200))
def test_a_run_of_frames_keeps_one_offset_of_at_most_half_a_frame(
    step: Fraction, zero: int, start: int, count: int
) -> None:
    grid = Grid(step)
    track = AudioTrack(grid, QUIET)
    track.anchor(start, zero)
    for index in range(count):
        track.put((start + grid.tick(index)) % WRAP, [index.to_bytes(2, "big")])
    placed = list(track.finish(zero + grid.tick(count)))
    assert [tick for tick, _ in placed] == [grid.tick(slot) for slot in range(len(placed))]
    errors = [
        tick - zero - grid.tick(int.from_bytes(frame, "big")) for tick, frame in placed if frame != QUIET
    ]
    assert len(errors) >= count - 1
    assert max(errors) - min(errors) <= 2
    assert max(map(abs, errors)) <= grid.tick(1) / 2 + 2


@given(
    frames=st.lists(st.tuples(st.integers(0, WRAP - 1), st.integers(0, 3)), max_size=60),
    ends=st.lists(st.integers(0, 20 * CLOCK), max_size=8).map(sorted),
)
def test_whatever_comes_the_slots_follow_each_other_up_to_the_end(
    frames: list[tuple[int, int]], ends: list[int]
) -> None:
    grid = Grid(STEPS[0])
    track = AudioTrack(grid, QUIET)
    track.anchor(0, 0)
    placed: list[tuple[int, bytes]] = []
    for end in [*ends, 21 * CLOCK]:
        for pts, packed in frames:
            track.put(pts, [b"real"] * packed)
        placed += track.until(end, end)
        assert grid.tick(len(placed)) >= end - CLOCK // 4 - 1920
        assert len(placed) <= grid.nearest(end)
    placed += track.finish(21 * CLOCK)
    assert [tick for tick, _ in placed] == [grid.tick(slot) for slot in range(grid.nearest(21 * CLOCK))]
    assert track.complete(21 * CLOCK)


def test_sound_waits_for_its_picture() -> None:
    track = AudioTrack(Grid(Fraction(1920)), QUIET)
    track.put(0, [b"a", b"b", b"c"])
    assert list(track.until(9000, 9000)) == []  # no frame has said yet what time it is
    track.anchor(0, 0)
    assert list(track.until(3840, 3840)) == [(0, b"a"), (1920, b"b")]
    assert list(track.until(5760, 5760)) == [(3840, b"c")]


def test_missing_sound_becomes_silence_after_a_quarter_of_a_second_and_late_frames_are_dropped() -> None:
    track = AudioTrack(Grid(Fraction(1920)), QUIET)
    track.anchor(0, 0)
    assert list(track.until(22500, 22500)) == []
    assert list(track.until(26400, 26400)) == [(0, QUIET), (1920, QUIET)]
    track.put(0, [b"a", b"b", b"c"])
    assert list(track.until(26400, 26400)) == [(3840, b"c")]


def test_pts_that_are_rounded_to_and_fro_about_half_a_frame_break_no_run() -> None:
    track = AudioTrack(Grid(Fraction(1920)), QUIET)
    track.anchor(0, 0)
    for index in range(50):
        track.put(960 + 1920 * index + (index % 3 - 1) * 2, [b"real"])
    heard = [frame for _, frame in track.finish(50 * 1920)]
    assert heard[1:] == [b"real"] * 49


def test_a_new_anchor_follows_an_items_clock_that_jumped() -> None:
    track = AudioTrack(Grid(Fraction(1920)), QUIET)
    track.anchor(0, 0)
    track.put(0, [b"a", b"b"])
    assert list(track.until(3840, 3840)) == [(0, b"a"), (1920, b"b")]
    track.put(WRAP // 2, [b"c", b"d"])
    track.anchor(WRAP // 2, 3840)
    assert list(track.finish(7680)) == [(3840, b"c"), (5760, b"d")]


def test_a_new_item_forgets_the_sound_of_the_one_before() -> None:
    track = AudioTrack(Grid(Fraction(1920)), QUIET)
    track.anchor(0, 0)
    track.put(0, [b"a", b"b", b"c"])
    assert list(track.finish(3840)) == [(0, b"a"), (1920, b"b")]
    track.begin()
    track.anchor(0, 3840)
    assert list(track.finish(5760)) == [(3840, QUIET)]


def adts(size: int, fill: bytes) -> bytes:
    head = bytes((0xFF, 0xF1, 0x4C, 0x80 | size >> 11, size >> 3 & 0xFF, (size & 7) << 5 | 0x1F, 0xFC))
    return head + fill * (size - 7)


def test_frames_of_aac_that_were_packed_together_are_cut_apart() -> None:
    one, two = adts(21, b"1"), adts(3000, b"2")
    assert split_frames(one + two + one) == [one, two, one]
    assert split_frames(one + two[:-1]) == [one]
    assert split_frames(one + b"\xff\xf1") == [one]


def test_a_frame_that_claims_to_be_empty_does_not_stop_the_cutting() -> None:
    assert split_frames(adts(0, b"") * 2) == [adts(0, b"")] * 2


@pytest.mark.parametrize(
    ("head", "size"),
    [
        (b"\xff\xfd\x84\x00", 384),  # MP2: 128 kb/s at 48 kHz
        (b"\xff\xfd\x60\x00", 313),  # 96 kb/s at 44.1 kHz
        (b"\xff\xfd\x62\x00", 314),  # and padded
        (b"\x0b\x77\x00\x00\x0c\x40", 384),  # AC-3: 96 kb/s at 48 kHz
        (b"\x0b\x77\x00\x00\x41\x40", 140),  # 32 kb/s at 44.1 kHz, the longer of two sizes
    ],
)
def test_frames_of_other_sound_are_cut_apart(head: bytes, size: int) -> None:
    frame = head.ljust(size, b"\x01")
    assert split_frames(frame * 3) == [frame] * 3
    assert split_frames(frame + frame[:-1]) == [frame]


def test_sound_of_which_the_size_is_not_known_is_one_frame() -> None:
    for sound in (b"\x0b\x77" + bytes(3) + b"\x80" + bytes(100), b"\xff\xfd\xf4" + bytes(100), b"\xff"):
        assert split_frames(sound) == [sound]
    assert split_frames(b"") == []
