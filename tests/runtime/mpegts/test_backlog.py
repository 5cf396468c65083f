"""What of a live stream waits for its turn."""

from __future__ import annotations

import pytest
from decoding import ffmpeg

from runtime.mpegts import backlog as module
from runtime.mpegts.backlog import Backlog
from runtime.mpegts.demux import Demuxer
from runtime.mpegts.packet import CLOCK

pytestmark = pytest.mark.ffmpeg
ODD = 7_919
"""Portions that end anywhere in a packet."""


@pytest.fixture(scope="module")
def stream() -> bytes:
    """Ten seconds with a keyframe each second, as an item's process gives them."""
    return ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=s=160x90:r=25:d=10", "-f", "lavfi", "-i", "sine=d=10"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-c:a", "aac"),
        *("-f", "mpegts", "-pes_payload_size", "0", "-muxdelay", "0.02", "pipe:1"),
    )


def put(backlog: Backlog, data: bytes, now: float) -> None:
    for at in range(0, len(data), ODD):
        backlog.put(data[at : at + ODD], now)


def seconds(data: bytes) -> list[float]:
    """When each picture is shown, from the stream's first one on."""
    demuxer = Demuxer({0x1B}, {0x0F})
    return [pes.pts / CLOCK for pes in [*demuxer.feed(data), *demuxer.flush()] if pes.video]


@pytest.mark.parametrize(("waited", "first"), [(0.0, 0), (0.9, 0), (1.0, 1), (3.5, 3), (60.0, 9)])
def test_what_would_have_been_shown_by_now_is_gone_from_keyframe_to_keyframe(
    stream: bytes, waited: float, first: int
) -> None:
    backlog = Backlog()
    put(backlog, stream, 100.0)
    shown = seconds(b"".join(backlog.give(100.0 + waited)))
    assert shown[0] - seconds(stream)[0] == pytest.approx(first)
    assert shown == seconds(stream)[first * 25 :]
    assert backlog.size == 0 and b"".join(backlog.give(200.0)) == b""


def test_a_stream_that_comes_as_it_is_shown_keeps_its_newest_group(stream: bytes) -> None:
    backlog = Backlog()
    for number in range(60):
        part = len(stream) * number // 100, len(stream) * (number + 1) // 100
        backlog.put(stream[slice(*part)], 100.0 + number / 10)
    kept = b"".join(backlog.give(106.0))
    assert 4 <= seconds(kept)[0] - seconds(stream)[0] <= 5
    assert stream[: len(stream) * 60 // 100].endswith(kept[-50_000:])


def test_no_more_is_kept_than_there_is_room_for(stream: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", len(stream) // 3)
    backlog = Backlog()
    put(backlog, stream, 100.0)
    assert backlog.size <= len(stream) // 3
    assert 6 <= seconds(b"".join(backlog.give(100.0)))[0] - seconds(stream)[0] < 9


def test_rubbish_is_not_kept(stream: bytes) -> None:
    backlog = Backlog()
    put(backlog, bytes(1_000_000), 100.0)
    assert backlog.size == 0
    assert b"".join(backlog.give(100.0)).strip(bytes(1)) == b""
