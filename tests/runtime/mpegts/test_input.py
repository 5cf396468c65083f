"""What may come out of a process: any portions, any PIDs, missing flags, garbage, holes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtime.mpegts.keyframe import starts_decoding
from runtime.mpegts.packet import PACKET, payload_at
from runtime.mpegts.splice import Splicer, StreamFormat, Unit

Make = Callable[..., bytes]
Form = Callable[..., StreamFormat]
Play = Callable[..., list[Unit]]
Judge = Callable[..., Any]

pytestmark = pytest.mark.ffmpeg
same_fixtures = settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def payload_of(units: list[Unit]) -> bytes:
    return b"".join(unit.data for unit in units)


def portions(data: bytes, sizes: list[int]) -> list[bytes]:
    cut, at = [], 0
    while at < len(data):
        size = sizes[len(cut) % len(sizes)]
        cut.append(data[at : at + size])
        at += size
    return cut


@given(sizes=st.lists(st.integers(1, 9000), min_size=1, max_size=9), cut=st.integers(0, 70_000))
@same_fixtures
def test_any_portions_give_the_same_stream(item: Make, form: Form, sizes: list[int], cut: int) -> None:
    data = item(rate="25", seconds=2)[:cut]
    streams = []
    for parts in ([data], portions(data, sizes)):
        splicer = Splicer(form("25"))
        splicer.begin(45)
        units = [unit for part in parts for unit in splicer.feed(part)]
        streams.append((units, splicer.end(), splicer.frames))
    assert streams[0] == streams[1]


@given(garbage=st.lists(st.one_of(st.binary(max_size=600), st.just(b"G" * 400)), max_size=4))
@same_fixtures
def test_garbage_never_raises_and_what_follows_it_is_played(
    item: Make, form: Form, play: Play, garbage: list[bytes]
) -> None:
    data = item(rate="25", seconds=2)
    splicer = Splicer(form("25"))
    play(splicer, [(b"".join([*garbage, data[:30_000]]), None), (b"".join(garbage), None), (data, None)])
    assert splicer.item_frames == 50


@given(flips=st.lists(st.tuples(st.integers(0, 40_000), st.integers(1, 255)), max_size=30))
@same_fixtures
def test_wrong_bits_anywhere_never_raise(
    item: Make, form: Form, play: Play, flips: list[tuple[int, int]]
) -> None:
    data = bytearray(item(rate="25", seconds=2)[:40_001])
    for at, bits in flips:
        data[at] ^= bits
    splicer = Splicer(form("25"))
    units = play(splicer, [(bytes(data), None)])
    assert [unit.tick for unit in units if unit.video] == [n * 3600 for n in range(splicer.frames)]
    assert [unit.tick for unit in units if not unit.video] == [
        n * 1920 for n in range(sum(not unit.video for unit in units))
    ]
    assert len(payload_of(units)) % PACKET == 0


@given(garbage=st.binary(max_size=2000).map(lambda data: data.replace(b"G", b"H")))
@same_fixtures
def test_garbage_in_front_changes_nothing(item: Make, form: Form, play: Play, garbage: bytes) -> None:
    data = item(rate="25", seconds=2)
    assert play(Splicer(form("25")), [(garbage + data, 50)]) == play(Splicer(form("25")), [(data, 50)])


def test_a_hole_costs_the_frames_up_to_the_next_keyframe(
    item: Make, form: Form, play: Play, sound: Judge
) -> None:
    data = item()
    splicer = Splicer(form())
    units = play(splicer, [(data[:30_000] + data[30_100:], 90), (data, 90)])
    assert 90 + 30 < splicer.frames < 90 + 60
    sound(units, splicer.frames, "30")


def starts_of_pictures(data: bytes) -> list[int]:
    return [at for at in range(0, len(data), PACKET) if data[at + 1] & 0x5F == 0x41 and data[at + 2] == 0]


def test_a_picture_whose_start_is_broken_costs_the_frames_up_to_the_next_keyframe(
    item: Make, form: Form, play: Play, sound: Judge
) -> None:
    data = bytearray(item())
    at = starts_of_pictures(data)[20]
    data[at + payload_at(data, at)] = 7
    splicer = Splicer(form())
    units = play(splicer, [(bytes(data), 90), (item(), 90)])
    assert splicer.frames == 20 + 30 + 90
    sound(units, 140, "30")


def test_the_last_picture_is_not_sent_when_a_broken_packet_proves_it_cut(
    item: Make, form: Form, play: Play
) -> None:
    data = item(picture="testsrc2=size=320x180:rate=30:duration=2", seconds=2)
    last = starts_of_pictures(data)[59]
    assert not data[last + PACKET + 3] & 0x20
    splicer = Splicer(form())
    play(splicer, [(data[: last + 2 * PACKET + 50], 60)])
    assert splicer.frames == 59
    play(splicer, [(data, 60)])
    assert splicer.frames == 59 + 60


def test_the_clock_and_null_packets_of_a_constant_rate_mux_are_left_out(
    item: Make, form: Form, play: Play, sound: Judge
) -> None:
    data = item(options=("-muxrate", "3M", "-pcr_period", "20"))
    units = play(Splicer(form()), [(data, 90)] * 2)
    assert b"\x47\x1f\xff" in data
    assert not sound(units, 180, "30").events


def test_what_the_adaptation_fields_said_is_not_passed_on(item: Make, form: Form, play: Play) -> None:
    data, changed = bytearray(item()), 0
    for at in range(0, len(data), PACKET):
        if data[at + 3] & 0x20 and data[at + 4] > 8:
            data[at + 5] |= 0x90  # a discontinuity, and a clock out of stuffing where there was none
            changed += not data[at + 1] & 0x40
    assert changed > 50
    assert play(Splicer(form()), [(bytes(data), 90)]) == play(Splicer(form()), [(item(), 90)])


def test_other_pids_are_found_and_further_streams_ignored(item: Make, form: Form, play: Play) -> None:
    plain = item(seconds=2)
    moved = item(seconds=2, options=("-mpegts_start_pid", "0x210", "-mpegts_pmt_start_pid", "0x330"))
    doubled = item(seconds=2, options=("-map", "0", "-map", "1", "-map", "1"))
    assert b"\x42\x10" in moved
    wanted = play(Splicer(form()), [(plain, 60)])
    assert play(Splicer(form()), [(moved, 60)]) == wanted
    assert len(doubled) > len(plain)
    assert play(Splicer(form()), [(doubled, 60)]) == wanted


def test_pictures_of_declared_length_are_read_too(item: Make, form: Form, play: Play) -> None:
    declared = item(seconds=2, options=("-omit_video_pes_length", "0"))
    assert play(Splicer(form()), [(declared, 60)]) == play(Splicer(form()), [(item(seconds=2), 60)])


def test_a_keyframe_is_found_without_its_flag(item: Make, form: Form, play: Play) -> None:
    data = bytearray(item())
    for at in range(0, len(data), PACKET):
        if data[at + 3] & 0x20 and data[at + 4]:
            data[at + 5] &= ~0x40
    units = play(Splicer(form()), [(bytes(data), 90)])
    assert sum(unit.keyframe for unit in units) == 2
    assert units == play(Splicer(form()), [(item(), 90)])


def test_an_item_begins_at_its_first_keyframe(item: Make, form: Form, play: Play, sound: Judge) -> None:
    data = item()
    splicer = Splicer(form())
    tables = data[: 3 * PACKET]
    units = play(splicer, [(tables + data[starts_of_pictures(data)[20] :], 90)])
    assert splicer.frames == 30
    sound(units, 30, "30")


def test_a_stream_of_another_codec_gives_nothing(item: Make, form: Form, play: Play) -> None:
    assert play(Splicer(form(video_type=0x24)), [(item(seconds=2), 60)]) == []


@pytest.mark.parametrize(
    ("kind", "start", "other"),
    [
        (0x1B, b"\x09\xf0\0\0\1\x67\x64\0\0\1\x65\x88", b"\x09\xf0\0\0\0\1\x41\x9a"),
        (0x24, b"\x46\x01\0\0\1\x42\x01\0\0\1\x26\x01", b"\x46\x01\0\0\1\x02\x01"),
        (0x02, b"\xb3\x14\0\0\1\0\x00\x0f\xff", b"\0\x00\x57\xff"),
    ],
    ids=["h264", "hevc", "mpeg2"],
)
def test_decoding_starts_at_an_idr_or_intra_picture(kind: int, start: bytes, other: bytes) -> None:
    assert starts_decoding(kind, b"\0\0\1" + start) is True
    assert starts_decoding(kind, b"\0\0\1" + other) is False
    assert starts_decoding(kind, b"\0\0\1\x46\x01\0\0") is None
