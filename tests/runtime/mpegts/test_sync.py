"""Measures on the decoded stream whether what is seen is heard at the same moment."""

from __future__ import annotations

import io
from collections.abc import Callable

import av
import numpy as np
import pytest

from runtime.mpegts.splice import Splicer, StreamFormat, Unit

FLASH = "color=c=black:s=64x64:r=30:d=3,drawbox=c=white:t=fill:enable='between(n,30,32)'"
BEEP = "aevalsrc='if(between(t,1,1.1),0.8*sin(6283*t),0)':s=48000:d=3"
AUDIO_FRAME = 1024 / 48000


def flashes(data: bytes) -> list[float]:
    times, dark = [], True
    with av.open(io.BytesIO(data), format="mpegts") as container:
        for frame in container.decode(video=0):
            bright = frame.to_ndarray(format="gray").mean() > 128
            if bright and dark:
                times.append(frame.time)
            dark = not bright
    return times


def beeps(data: bytes) -> list[float]:
    times, last = [], -1.0
    with av.open(io.BytesIO(data), format="mpegts") as container:
        for frame in container.decode(audio=0):
            for index in np.flatnonzero(np.abs(frame.to_ndarray()[0]) > 0.3):
                now = frame.time + index / 48000
                if now - last > 0.5:
                    times.append(now)
                last = now
    return times


@pytest.mark.ffmpeg
@pytest.mark.parametrize("b_frames", [0, 2])
def test_flash_and_beep_stay_together_over_many_junctions(
    item: Callable[..., bytes],
    form: Callable[..., StreamFormat],
    play: Callable[..., list[Unit]],
    b_frames: int,
) -> None:
    data = item(picture=FLASH, noise=BEEP, b_frames=b_frames)
    lengths = [90, 61, 74, 50, 83] if not b_frames else [90]
    splicer = Splicer(form(reorder_frames=b_frames))
    units = play(splicer, [(data, lengths[n % len(lengths)]) for n in range(15)])
    stream = b"".join(unit.data for unit in units)
    seen, heard = flashes(stream), beeps(stream)
    assert len(seen) == len(heard) == 15
    offsets = [sound - picture for picture, sound in zip(seen, heard, strict=True)]
    assert max(map(abs, offsets)) <= AUDIO_FRAME
    assert max(offsets) - min(offsets) <= AUDIO_FRAME + 0.001
