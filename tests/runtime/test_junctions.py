"""Junctions between items as unlike as a library's are: what issue 4 wants of the stream that they become.

From the items' commands over a real ffmpeg to the bytes, without a clock. Each check must also find the fault
of a stream that was only put together.
"""

from __future__ import annotations

import io
import re
import subprocess
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import msgspec
import numpy as np
import pytest
from decoding import FFMPEG
from judges import mpv_complaints, tsreport_marks, vlc_complaints
from junctions import BEGIN_MS, LIBRARY, SERVICE, Item, Played, Shelf, naive, play, ready_made
from studio import PROFILE
from watching import Capture, check_stream, packet_times

from exstv.timeline.model import Profile
from runtime.ffmpeg.codecs import frame_rate
from runtime.mpegts.demux import Demuxer
from runtime.mpegts.packet import CLOCK, WRAP, signed33

pytestmark = pytest.mark.ffmpeg
STEP = 1 / frame_rate(PROFILE)
BEFORE_WRAP = WRAP - 4 * CLOCK


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """Makes each file once a worker."""
    return Shelf(tmp_path_factory.mktemp("library"))


def a_day(shelf: Shelf, count: int) -> list[Item]:
    """Items of each file in turn, each beside others each time, of odd lengths and now and then cut into."""
    names = list(LIBRARY)
    return [
        Item(
            shelf.file(names[n * (5, 3, 1)[n // len(names)] % len(names)]),
            2313 + n * 37 % 300,
            500 * (n % 4 == 3),
        )
        for n in range(count)
    ]


def profile(**changes: Any) -> Profile:
    return msgspec.structs.replace(PROFILE, **changes)


PROFILES = {
    "24 fps, hevc and ac3": profile(
        frame_rate_num=24, video_codec="hevc", audio_codec="ac3", audio_channels=6, audio_bitrate=320_000
    ),
    "60 fps, mpeg2 and mp2": profile(
        frame_rate_num=60, video_codec="mpeg2", audio_codec="mp2", video_bitrate=600_000
    ),
    "59.94 fps, h264 and ac3": profile(frame_rate_num=60_000, frame_rate_den=1001, audio_codec="ac3"),
    "23.976 fps, hevc and aac of 44.1 kHz": profile(
        frame_rate_num=24_000, frame_rate_den=1001, video_codec="hevc", sample_rate=44_100
    ),
    "50 fps, deinterlaced": profile(frame_rate_num=50, deinterlace="auto"),
    "loudness": profile(loudness=-23),
}


def judge(played: Played, form: Profile, folder: Path) -> None:
    """Asks every checker."""
    step = 1 / frame_rate(form)
    found = check_stream(Capture(0, bytearray(played.data)), folder, frame_ms=float(1000 * step))
    assert found["events"] == {}
    path = folder / "capture.ts"
    assert tsreport_marks(path) == []
    assert mpv_complaints(str(path), folder / "mpv.log") == []
    assert vlc_complaints(path) == []
    assert found["pcr"]["max_interval_ms"] <= 40
    assert_whole(played.data, played.frames, step)
    assert_tables_in_time(played.data, step)
    listed = subprocess.run([FFMPEG, "-hide_banner", "-i", path], capture_output=True, text=True, check=False)
    assert re.findall(r"service_name\s*: (.*)", listed.stderr) == [SERVICE]


def assert_whole(data: bytes, frames: int, step: Fraction) -> None:
    """Every frame is there, the sound is as long, and both go together all along."""
    times = packet_times(data)
    seen, heard = times.video, times.audio
    assert len(seen) == frames
    assert all(abs(signed33(b - a) - CLOCK * step) < 1 for a, b in pairwise(seen))
    a_frame = signed33(heard[1] - heard[0])
    assert all(abs(signed33(b - a) - a_frame) <= 1 for a, b in pairwise(heard))
    ends = signed33(seen[-1] + int(CLOCK * step)), signed33(heard[-1] + a_frame)
    assert abs(signed33(ends[1] - ends[0] - times.skews[0])) <= a_frame
    assert max(times.skews) - min(times.skews) <= CLOCK * step + 1, (min(times.skews), max(times.skews))


def assert_tables_in_time(data: bytes, step: Fraction) -> None:
    """PAT, PMT and SDT by the stream's own clock; the SDT says what channel this is."""
    times = packet_times(data)
    for pid, most in ((0, Fraction(1, 10)), (0x1000, Fraction(1, 10)), (0x11, Fraction(1, 2))):
        came = times.tables[pid]
        apart = [signed33(b - a) for a, b in pairwise(came)]
        assert max(apart) <= CLOCK * max(most, step), (pid, max(apart))


def flashes(data: bytes) -> list[int]:
    """The slots at which it begins to be white, in the order of showing."""
    slots = []
    with av.open(io.BytesIO(data), format="mpegts") as container:
        rate, first, dark = container.streams.video[0].guessed_rate, None, True
        for frame in container.decode(video=0):
            first = frame.pts if first is None else first
            bright = frame.to_ndarray(format="gray")[frame.height // 2, frame.width // 2] > 128
            if bright and dark:
                slots.append(round(signed33(frame.pts - first) * rate / CLOCK))
            dark = not bright
    return slots


def beeps(data: bytes) -> list[float]:
    """The seconds since the first sample at which something begins to be heard."""
    with av.open(io.BytesIO(data), format="mpegts") as container:
        sound = [frame.to_ndarray() for frame in container.decode(audio=0)]
        rate = container.streams.audio[0].rate
    loud = np.flatnonzero(np.abs(np.concatenate(sound, axis=1)).max(axis=0) > 0.1)
    return [int(loud[n]) / rate for n in range(len(loud)) if n == 0 or loud[n] - loud[n - 1] > rate // 2]


def assert_together(played: Played, items: list[Item], form: Profile) -> None:
    """Each item's flash is seen and its beep heard where its plan says, to a frame of the slower."""
    rate = frame_rate(form)
    seen, heard = flashes(played.data), beeps(played.data)
    for (first, last), item in zip(played.places, items, strict=True):
        made = LIBRARY.get(item.path.stem)
        place = (BEGIN_MS - item.in_point_ms) / 1000
        frames = [n / rate for n in seen if first <= n < last]
        sounds = [s for s in heard if first / rate <= s < last / rate]
        slack = 1 / min(rate, 23)
        if made is None or made.rate:
            assert len(frames) == 1, (item, frames)
            assert abs(frames[0] - first / rate - place) <= slack, (item, float(frames[0] - first / rate))
        if made is None or made.sample_rate:
            assert len(sounds) == 1, (item, sounds)
            assert abs(sounds[0] - first / rate - place) <= slack, (item, float(sounds[0] - first / rate))
        if frames and sounds:
            assert abs(sounds[0] - frames[0]) <= slack, (item, float(sounds[0] - frames[0]))


def test_thirty_junctions_between_items_of_every_kind(shelf: Shelf, tmp_path: Path) -> None:
    items = a_day(shelf, 31)
    played = play(PROFILE, items)
    assert played.frames == round(sum(item.duration_ms for item in items) * 25 / 1000)
    judge(played, PROFILE, tmp_path)
    assert_together(played, items, PROFILE)


@pytest.mark.parametrize("name", PROFILES)
def test_every_kind_of_item_in_every_kind_of_channel(shelf: Shelf, tmp_path: Path, name: str) -> None:
    form, items = PROFILES[name], a_day(shelf, len(LIBRARY))
    played = play(form, items)
    judge(played, form, tmp_path)
    assert_together(played, items, form)


COPYING = profile(preset="veryfast", copy_when_conformant=True)


@pytest.mark.parametrize("options", [(), ("-bf", "2")], ids=["in order", "reordered"])
@pytest.mark.parametrize("ending", ["mkv", "mp4", "ts"])
def test_copied_items_between_encoded_ones(
    shelf: Shelf, tmp_path: Path, options: tuple[str, ...], ending: str
) -> None:
    name = f"ready{len(options)}"
    ready = shelf.made(name, ready_made(COPYING, *options, ending=ending))
    film, phone, silent = (Item(shelf.file(key), 2400) for key in ("film", "phone", "silent"))
    whole, cut = Item(ready, 2400), Item(ready, 1400, 1000)
    items = [film, whole, phone, whole, whole, silent, cut, film]
    played = play(COPYING, items)
    assert [played.copied[n] for n in (0, 1, 2, 3, 4, 5, 7)] == [False, True, False, True, True, False, False]
    judge(played, COPYING, tmp_path)
    assert_together(played, items, COPYING)


def test_a_copied_item_that_is_short_is_held_to_its_end_without_a_seam(shelf: Shelf, tmp_path: Path) -> None:
    film = Item(shelf.file("film"), 2400)
    short = Item(shelf.made("ready0", ready_made(COPYING)), 2480)
    played = play(COPYING, [film, short, film])
    assert played.copied == (False, True, False)
    seen = packet_times(played.data).video
    steps = [signed33(b - a) for a, b in pairwise(seen)]
    assert sum(steps) == (played.frames - 1) * 3600 and sorted(set(steps)) == [3600, 3 * 3600]
    path = tmp_path / "capture.ts"
    path.write_bytes(played.data)
    assert (
        tsreport_marks(path) == vlc_complaints(path) == mpv_complaints(str(path), tmp_path / "mpv.log") == []
    )
    assert_together(played, [film, short, film], COPYING)


def test_twenty_items_of_three_seconds_are_sixty_seconds(shelf: Shelf, tmp_path: Path) -> None:
    items = [Item(shelf.file(name), 3000) for name in list(LIBRARY)[:10] * 2]
    played = play(PROFILE, items)
    assert played.frames == 1500
    judge(played, PROFILE, tmp_path)
    assert_together(played, items, PROFILE)


def test_the_clock_passes_its_wrap_between_and_within_items(shelf: Shelf, tmp_path: Path) -> None:
    items = a_day(shelf, 6)
    played = play(PROFILE, items, base=BEFORE_WRAP)
    judge(played, PROFILE, tmp_path)
    assert_together(played, items, PROFILE)
    seen = packet_times(played.data).video
    assert min(seen) < CLOCK < BEFORE_WRAP <= max(seen)


def test_items_that_are_only_put_together_are_found_out(shelf: Shelf, tmp_path: Path) -> None:
    data = naive(PROFILE, a_day(shelf, 4))
    path = tmp_path / "capture.ts"
    with pytest.raises(AssertionError):
        check_stream(Capture(0, bytearray(data)), tmp_path, frame_ms=40)
    assert tsreport_marks(path) != []
    assert mpv_complaints(str(path), tmp_path / "mpv.log") != []
    assert vlc_complaints(path) != []


def packets(data: bytes) -> list[bytes]:
    return [data[at : at + 188] for at in range(0, len(data), 188)]


def pid(packet: bytes) -> int:
    return (packet[1] & 31) << 8 | packet[2]


def test_each_check_finds_the_fault_that_it_is_for(shelf: Shelf, tmp_path: Path) -> None:
    items = [Item(shelf.file(name), 2400) for name in ("film", "home", "game")]
    played = play(PROFILE, items)
    assert_whole(played.data, played.frames, STEP)
    with pytest.raises(AssertionError):
        assert_whole(played.data, played.frames + 1, STEP)
    sound = [packet for packet in packets(played.data) if pid(packet) == 0x101]
    later = [*sound[:100], b"", b"", b"", b"", *sound[100:]]
    mixed = b"".join(later.pop(0) if pid(packet) == 0x101 else packet for packet in packets(played.data))
    with pytest.raises(AssertionError):
        assert_whole(mixed + b"".join(later), played.frames, STEP)
    for table in (0, 0x11, 0x1000):
        rare = [
            packet
            for n, packet in enumerate(packets(played.data))
            if pid(packet) != table or not 200 < n < 700
        ]
        with pytest.raises(AssertionError):
            assert_tables_in_time(b"".join(rare), STEP)
    assert_together(played, items, PROFILE)
    moved = replace(LIBRARY["short"], late_ms=120)
    shifted = [Item(Shelf(tmp_path).made("short", moved), 2400)]
    with pytest.raises(AssertionError):
        assert_together(play(PROFILE, shifted), shifted, PROFILE)


def test_silence_comes_with_its_picture(shelf: Shelf) -> None:
    """Else each picture would wait for it: ffmpeg likes to put many small frames into one unit."""
    picture, behind = 0, []
    for unit in Demuxer({0x1B}, {0x0F}).feed(naive(PROFILE, [Item(shelf.file("silent"), 2400)])):
        if unit.video:
            picture = unit.dts
        elif picture:
            behind.append(picture - unit.pts)
    assert len(behind) > 100 and max(behind) < CLOCK * STEP
