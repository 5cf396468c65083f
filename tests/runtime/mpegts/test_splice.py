from __future__ import annotations

import io
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any

import av
import pytest
from display_sets import HD, drawn, file_of

from runtime.mpegts.display import read_display
from runtime.mpegts.display_file import DisplayFile
from runtime.mpegts.packet import CLOCK, PACKET, WRAP, payload_at, read_timestamp
from runtime.mpegts.splice import Splicer, StreamFormat, Unit
from runtime.mpegts.subtitle_track import Overlay
from runtime.mpegts.tables import SUBTITLE_PID

Make = Callable[..., bytes]
Form = Callable[..., StreamFormat]
Play = Callable[..., list[Unit]]
Judge = Callable[..., Any]

pytestmark = pytest.mark.ffmpeg


def sound_of(unit: Unit) -> bytes:
    packets = [unit.data[at : at + PACKET] for at in range(0, len(unit.data), PACKET)]
    return b"".join(packet[payload_at(packet) :] for packet in packets)[14:]


def silent(units: list[Unit], form: StreamFormat) -> list[bool]:
    return [sound_of(unit) == form.silence for unit in units if not unit.video]


@pytest.mark.parametrize("rate", ["15", "24000/1001", "24", "25", "30000/1001", "30", "50"])
def test_items_of_any_frame_rate_become_one_stream(
    item: Make, form: Form, play: Play, sound: Judge, rate: str
) -> None:
    items = [item(rate=rate, seconds=2, tone=tone) for tone in (440, 550)]
    splicer = Splicer(form(rate))
    units = play(splicer, [(data, None) for data in items])
    verdict = sound(units, splicer.frames, rate)
    assert splicer.frames >= 2 * int(2 * Fraction(rate))
    assert verdict.report["pcr"]["max_interval_ms"] < 40
    assert not verdict.events


def test_twenty_items_of_three_seconds_are_sixty_seconds_over_the_wrap(
    item: Make, form: Form, play: Play, sound: Judge
) -> None:
    items = [item(tone=tone) for tone in (440, 550)] * 10
    splicer = Splicer(form(), base=WRAP - 20 * CLOCK)
    units = play(splicer, [(data, 90) for data in items])
    verdict = sound(units, 1800, "30")
    pictures = [unit.tick for unit in units if unit.video]
    sounds = [unit.tick for unit in units if not unit.video]
    assert pictures == [n * 3000 for n in range(1800)]
    assert sounds == [n * 1920 for n in range(len(sounds))]
    assert abs(len(sounds) * 1920 - 60 * CLOCK) <= 960
    assert verdict.video()["first_pts"] > verdict.video()["last_pts"]
    assert verdict.video()["sum_dts_steps"] == pytest.approx(1799 / 30, abs=0.001)
    assert verdict.audio()["sum_dts_steps"] == pytest.approx(60, abs=0.03)
    assert not verdict.events
    assert True not in silent(units, form())


def test_the_same_items_one_behind_the_other_are_rejected(item: Make, check: Judge) -> None:
    verdict = check(item(tone=440) + item(tone=550))
    assert not verdict.passed
    assert verdict.events["continuity_count_error"] > 0
    assert verdict.events["dts_not_increasing"] > 0


def test_items_with_b_frames_are_shown_frame_by_frame(
    item: Make, form: Form, play: Play, sound: Judge
) -> None:
    items = [item(b_frames=2, tone=tone) for tone in (440, 550)] * 2
    splicer = Splicer(form(reorder_frames=2))
    units = play(splicer, [(data, 90) for data in items])
    sound(units, 360, "30")


def test_a_junction_at_44100_hz_keeps_the_grid(item: Make, form: Form, play: Play, sound: Judge) -> None:
    items = [item(sample_rate=44100, seconds=2, tone=tone) for tone in (440, 550)] * 3
    splicer = Splicer(form(sample_rate=44100))
    units = play(splicer, [(data, 60) for data in items])
    sound(units, 360, "30")
    ticks = [unit.tick for unit in units if not unit.video]
    assert ticks == [n * 1024 * CLOCK // 44100 for n in range(len(ticks))]
    assert abs(len(ticks) * 1024 / 44100 - 12) <= 512 / 44100


@pytest.mark.parametrize(("coder", "kind", "samples"), [("mp2", 0x03, 1152), ("ac3", 0x81, 1536)])
def test_other_sound_formats_lie_on_a_grid_of_their_own(
    item: Make, form: Form, silence: Make, play: Play, sound: Judge, coder: str, kind: int, samples: int
) -> None:
    quiet = silence(sound=coder)
    splicer = Splicer(form(audio_type=kind, samples_per_frame=samples, silence=quiet))
    items = [item(sound=coder, seconds=2, tone=tone) for tone in (440, 550)]
    units = play(splicer, [(data, 60) for data in (*items, item(sound="", seconds=2))])
    verdict = sound(units, 180, "30")
    assert verdict.report["streams"] == {"0x100": "0x1b", "0x101": hex(kind)}
    ticks = [unit.tick for unit in units if not unit.video]
    assert ticks == [n * samples * CLOCK // 48000 for n in range(len(ticks))]


def test_an_item_without_sound_is_silent_at_once_and_no_longer(
    item: Make, form: Form, play: Play, sound: Judge
) -> None:
    mute, loud = item(sound="", seconds=2), item(seconds=2)
    units = play(Splicer(format_ := form()), [(loud, 60), (mute, 60), (loud, 60)])
    sound(units, 180, "30")
    quiet = silent(units, format_)
    assert len(quiet) == 281  # 6 s of 46.875 frames each
    assert [index for index, silence in enumerate(quiet) if silence] == list(range(94, 188))


def test_sound_that_starts_late_stands_where_it_belongs(
    item: Make, form: Form, play: Play, sound: Judge
) -> None:
    units = play(Splicer(format_ := form()), [(item(sound_from=0.7), 90)])
    sound(units, 90, "30")
    quiet = silent(units, format_)
    assert 31 <= quiet.index(False) <= 33  # 0.7 s are 32.8 frames, and the encoder primes with one
    assert True not in quiet[33:]


def test_sound_that_ends_early_is_completed_by_silence(
    item: Make, form: Form, play: Play, sound: Judge
) -> None:
    short, whole = item(sound_seconds=1.5), item()
    units = play(Splicer(format_ := form()), [(short, 90), (whole, 90)])
    sound(units, 180, "30")
    quiet = silent(units, format_)
    assert False not in quiet[73:141]
    assert True not in quiet[:70] + quiet[141:]


def test_frames_that_were_held_for_their_order_leave_no_missing_sound_behind_the_clock(
    item: Make, form: Form, play: Play, sound: Judge
) -> None:
    mute = item(rate="15", b_frames=6, sound="", options=("-x264-params", "scenecut=0:b-adapt=0"))
    units = play(Splicer(form("15", reorder_frames=2)), [(mute, 45)] * 2)
    assert not sound(units, 90, "15").events


def test_an_open_gop_inside_an_item_moves_no_sound(item: Make, form: Form, play: Play, sound: Judge) -> None:
    data = item(b_frames=2, options=("-x264-params", "scenecut=0:open-gop=1:b-adapt=0:keyint=20"))
    units = play(Splicer(format_ := form(reorder_frames=2)), [(data, 90)] * 2)
    sound(units, 180, "30")
    assert sum(unit.keyframe for unit in units) > 6
    assert True not in silent(units, format_)


@pytest.mark.parametrize("b_frames", [0, 2])
@pytest.mark.parametrize("cuts", [(0.21, 0.37, 0.93), (0.5, 0.002, 0.777)])
def test_an_item_killed_anywhere_is_followed_by_the_next_without_a_fault(
    item: Make, form: Form, play: Play, sound: Judge, b_frames: int, cuts: tuple[float, ...]
) -> None:
    data = item(b_frames=b_frames)
    splicer = Splicer(form(reorder_frames=b_frames))
    parts = [(data[: int(len(data) * cut)], 90) for cut in cuts]
    units = play(splicer, [parts[0], (data, 90), parts[1], parts[2], (data, 90)])
    assert 180 < splicer.frames < 360
    sound(units, splicer.frames, "30")


def test_a_picture_cut_between_two_packets_is_not_sent(
    item: Make, form: Form, play: Play, sound: Judge
) -> None:
    data = item()
    second = next(at for at in range(0, len(data), PACKET) if keyframe_at(data, at) and at > 50_000)
    splicer = Splicer(form())
    units = play(splicer, [(data[: second + 3 * PACKET], 90), (data, 90)])
    assert splicer.frames == 60 + 90
    sound(units, 150, "30")


def keyframe_at(data: bytes, at: int) -> bool:
    return data[at + 1] == 0x41 and data[at + 2] == 0 and bool(data[at + 3] & 0x20 and data[at + 5] & 0x40)


def test_an_item_stops_at_its_last_frame_and_needs_its_process_no_more(
    item: Make, form: Form, sound: Judge
) -> None:
    splicer = Splicer(form())
    splicer.begin(50)
    units = splicer.feed(item())
    assert splicer.item_complete
    assert splicer.item_frames == splicer.frames == 50
    assert splicer.end() == []
    splicer.begin(30)
    assert (splicer.item_frames, splicer.item_complete) == (0, False)
    units += splicer.feed(item())
    assert splicer.item_frames == 30
    assert splicer.frames == 80
    sound(units, 80, "30")


def test_an_item_without_sound_is_complete_once_its_process_goes_on_with_more_pictures(
    item: Make, form: Form
) -> None:
    splicer = Splicer(form())
    splicer.begin(50)
    splicer.feed(item(sound=""))
    assert splicer.item_complete


def test_an_item_with_b_frames_that_is_cut_ends_where_both_orders_agree(
    item: Make, form: Form, play: Play, sound: Judge
) -> None:
    data = item(b_frames=2)
    splicer = Splicer(form(reorder_frames=2))
    units = play(splicer, [(data, most) for most in (50, 51, 52, 53, 90)])
    counts = splicer.frames - 90
    assert 50 + 51 + 52 + 53 - 4 * 3 <= counts <= 50 + 51 + 52 + 53
    sound(units, splicer.frames, "30")


def test_a_viewer_can_start_at_every_keyframe(item: Make, form: Form, play: Play, decode: Judge) -> None:
    units = play(Splicer(form("25")), [(item(rate="25"), 75)] * 2)
    starts = [index for index, unit in enumerate(units) if unit.keyframe]
    assert len(starts) == 4
    for start in starts:
        data = b"".join(unit.data for unit in units[start:])
        assert [data[at + 1] & 31 for at in (0, PACKET)] == [0x00, 0x10]
        with av.open(io.BytesIO(data), format="mpegts") as container:
            count = sum(1 for _ in container.decode(video=0))
        assert count == sum(unit.video for unit in units[start:])


@pytest.mark.parametrize("rate", ["15", "25"])
def test_tables_come_each_100_ms_and_the_name_each_500(item: Make, form: Form, play: Play, rate: str) -> None:
    units = play(Splicer(form(rate, service_name="Eins")), [(item(rate=rate), None)] * 2)
    last = {0: 0, 0x1000: 0, 0x11: 0}
    for unit in units:
        assert len(unit.data) % PACKET == 0
        for at in range(0, len(unit.data), PACKET):
            pid = (unit.data[at + 1] & 31) << 8 | unit.data[at + 2]
            if pid in last:
                assert unit.tick - last[pid] <= (45000 if pid == 0x11 else 9000)
                last[pid] = unit.tick
    data = b"".join(unit.data for unit in units)
    with av.open(io.BytesIO(data), format="mpegts") as container:
        assert b"\x15Eins" in data
        assert len(container.streams) == 2
    assert min(last.values()) > 5 * CLOCK


def test_the_clock_never_turns_back_and_nothing_is_late_or_far_ahead(
    item: Make, form: Form, play: Play
) -> None:
    units = play(Splicer(form("25")), [(item(rate="25"), 75), (item(rate="25", sound=""), 40)] * 3)
    clock, clocks = 0, []
    for unit in units:
        for at in range(0, len(unit.data), PACKET):
            packet = unit.data[at : at + PACKET]
            if packet[3] & 0x20 and packet[4] and packet[5] & 0x10:
                clock = int.from_bytes(packet[6:10], "big") << 1 | packet[10] >> 7
                clocks.append(clock)
        assert 0 < CLOCK + unit.tick - clock < 1.5 * CLOCK
    assert all(0 < after - before < 3600 for before, after in pairwise(clocks))


def test_a_format_without_silence_is_refused(form: Form) -> None:
    with pytest.raises(ValueError, match="frame of silence"):
        Splicer(form(silence=b""))


def test_items_are_begun_and_ended_in_turn(form: Form) -> None:
    splicer = Splicer(form())
    with pytest.raises(RuntimeError, match="begin"):
        splicer.feed(b"")
    with pytest.raises(RuntimeError, match="begin"):
        splicer.end()
    splicer.begin(1)
    with pytest.raises(RuntimeError, match="end"):
        splicer.begin(1)
    assert splicer.end() == []


@pytest.mark.parametrize("b_frames", [0, 2])
def test_subtitle_pictures_are_sent_in_time_and_end_with_their_item(
    item: Make, form: Form, sound: Judge, b_frames: int
) -> None:
    data = item(seconds=3, b_frames=b_frames)
    splicer = Splicer(form(subtitles="nld", reorder_frames=b_frames), base=WRAP - 2 * CLOCK)
    file = DisplayFile(file_of([(0.5, drawn(1)), (1, None), (2.5, drawn(2))]))
    units = []
    for overlay in (Overlay(file, HD), Overlay(file, HD, in_point=2 * CLOCK), None):
        splicer.begin(90, overlay)
        units += splicer.feed(data) + splicer.end()
    verdict = sound(units, 270, "30")
    assert not verdict.events
    assert verdict.report["streams"]["0x102"] == "0x6"
    sets = [(unit.tick, read_display(_field(unit))) for unit in units if _pid(unit) == SUBTITLE_PID]
    shown = [(tick / CLOCK, bool(each.regions)) for tick, each in sets if each.size is not None]
    # The last but one is again what stands, with the keyframe in the middle of the second item.
    assert shown == [
        *((0.5, True), (1, False), (2.5, True), (3, False)),
        *((3.5, True), (5, True), (6, False)),
    ]
    pts = [_pts(unit) - unit.tick for unit in units if _pid(unit) == SUBTITLE_PID]
    assert {each % WRAP for each in pts} == {splicer.origin}


def _pid(unit: Unit) -> int:
    return (unit.data[1] & 31) << 8 | unit.data[2]


def _field(unit: Unit) -> bytes:
    return sound_of(unit)


def _pts(unit: Unit) -> int:
    return read_timestamp(unit.data, payload_at(unit.data[:PACKET]) + 9)
