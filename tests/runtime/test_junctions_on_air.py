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

from exstv.asrun.entry import AsRunEntry
from exstv.timeline.model import Media

pytestmark = [pytest.mark.ffmpeg, pytest.mark.usefixtures("patient")]
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


def in_a_row(aired: list[AsRunEntry]) -> list[AsRunEntry]:
    """The last so many items, if each of them was played whole: a machine that is busy may be late.

    A drawn item that is joined late begins at its beginning: the flash of the first one is late, too.
    """
    last = aired[1:][-COUNT:]
    whole = all((each.step, each.outcome) == ("item", "played") and each.frames in (37, 38) for each in last)
    return last if whole and len(last) == COUNT else []


async def test_items_that_end_between_two_frames_add_no_error_up(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    timeline = timeline_of(studio.clock.now_ms(), [flashing(rate) for rate in RATES], item_ms=1500)
    async with studio.on_air(timeline) as player:
        viewer, data = player.join(), b""
        while not (played := in_a_row(studio.aired)):
            data += await capture(viewer, 10)
        # The last of them was sent; it is read now.
        data += await capture(viewer, 38)
    assert_unbroken(data, tmp_path)
    first, last = played[0].first_frame, played[-1].first_frame + played[-1].frames
    seen = [frame for frame in flashes(data) if first <= frame < last]
    assert len(seen) == COUNT
    # A second and a half is 37.5 frames: two items are 75, whichever of them is the longer.
    assert {b - a for a, b in pairwise(seen)} == {37, 38}
    assert {b - a for a, b in zip(seen, seen[2:], strict=False)} == {75}
    skews = packet_times(data).skews
    assert max(skews) - min(skews) <= 3601
