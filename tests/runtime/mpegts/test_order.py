"""In which order picture and sound follow one another in the stream: always the same, however they came."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from runtime.mpegts.audio import LATEST
from runtime.mpegts.splice import Splicer, StreamFormat, Unit

pytestmark = pytest.mark.ffmpeg

SILENCE = "anullsrc=r=48000:cl=stereo:d=3"
FRAME = 3000
"""Ticks of a frame at 30 a second."""


def distances(units: list[Unit]) -> set[int]:
    """By how much each frame of sound follows the picture before it, in ticks."""
    found, picture = set(), 0
    for unit in units:
        if unit.video:
            picture = unit.tick
        else:
            found.add(unit.tick - picture)
    return found


@pytest.mark.parametrize(
    "late",
    [
        {"noise": SILENCE},
        {"options": ("-pes_payload_size", "2930")},
        {"options": ("-muxdelay", "0")},
        {"sound_from": 1},
        {"sound_seconds": 1},
        {"sound": ""},
    ],
    ids=["many frames in one unit", "long units", "short delay", "begins late", "ends early", "missing"],
)
def test_sound_keeps_its_distance_from_the_picture(
    item: Callable[..., bytes],
    form: Callable[..., StreamFormat],
    play: Callable[..., list[Unit]],
    late: dict[str, Any],
) -> None:
    splicer = Splicer(form())
    units = play(splicer, [(item(), 50), (item(**late), 70), (item(), 50)])
    found = distances(units)
    assert splicer.frames == 170
    assert max(found) - min(found) <= FRAME


def test_a_picture_waits_for_missing_sound_no_longer_than_is_allowed(
    item: Callable[..., bytes], form: Callable[..., StreamFormat]
) -> None:
    data = item(sound="")
    splicer = Splicer(form())
    splicer.begin(None)
    sent = taken = 0
    for at in range(0, len(data), 188):
        sent += sum(unit.video for unit in splicer.feed(data[at : at + 188]))
        taken = max(taken, splicer.frames)
        assert (taken - sent) * FRAME <= LATEST + FRAME
    assert sent > 0
