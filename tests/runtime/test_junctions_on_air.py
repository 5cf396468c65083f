"""Junctions as a channel makes them: planned by the ms, cued, encoded, joined, and right to the frame."""

from __future__ import annotations

import io
import json
from itertools import pairwise
from pathlib import Path

import av
import pytest
from studio import Studio, assert_unbroken, capture, timeline_of
from watching import packet_times

from exstv.timeline.model import Media

pytestmark = pytest.mark.ffmpeg
RATES = ("25", "50", "30", "60", "24")
FLASH = "drawbox=c=white:t=fill:enable='between(t,0.999,1.199)'"
COUNT = 6


def flashing(rate: str) -> Media:
    """A minute of black with a flash after a second, and a tone."""
    graphs = {"video": f"color=black:s=160x90:r={rate},{FLASH}", "audio": "sine=f=440:r=44100"}
    return Media(
        id=rate, source="cards", kind="clip", title=rate, duration_ms=60_000, locator=json.dumps(graphs)
    )


def flashes(data: bytes) -> list[int]:
    """The frames that begin to be white."""
    with av.open(io.BytesIO(data), format="mpegts") as container:
        bright = [frame.to_ndarray(format="gray")[45, 80] > 128 for frame in container.decode(video=0)]
    return [n for n, (before, now) in enumerate(pairwise([False, *bright])) if now and not before]


async def test_items_that_end_between_two_frames_add_no_error_up(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    timeline = timeline_of(studio.clock.now_ms(), [flashing(rate) for rate in RATES], item_ms=1500)
    async with studio.on_air(timeline) as player:
        data = await capture(player.join(), 38 * (COUNT + 3))
    assert_unbroken(data, tmp_path)
    # A drawn item that is joined late begins at its beginning: its flash is late, too.
    _, *seen = flashes(data)
    assert len(seen) >= COUNT
    # A second and a half is 37.5 frames: two items are 75, whichever of them is the longer.
    assert {b - a for a, b in pairwise(seen)} == {37, 38}
    assert {b - a for a, b in zip(seen, seen[2:], strict=False)} == {75}
    skews = packet_times(data).skews
    assert max(skews) - min(skews) <= 3601
