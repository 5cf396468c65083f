from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from runtime.mpegts.slate import Slate, first_audio_frame
from runtime.mpegts.splice import Splicer, StreamFormat

Make = Callable[..., bytes]
Form = Callable[..., StreamFormat]

pytestmark = pytest.mark.ffmpeg


def test_a_slate_is_played_as_often_as_wanted_and_cut_where_wanted(
    item: Make, form: Form, sound: Callable[..., Any]
) -> None:
    slate = Slate(form(), item(seconds=2))
    assert slate.frames == 60
    splicer = Splicer(form())
    units = [unit for frames in (None, None, 60, 7, 1, 100) for unit in slate.play(splicer, frames)]
    assert splicer.frames == 60 * 4 + 8
    sound(units, 248, "30")


def test_a_slate_without_a_picture_is_refused(item: Make, form: Form) -> None:
    with pytest.raises(ValueError, match="no frame"):
        Slate(form(), item(seconds=2)[:1000])


def test_the_frame_of_silence_is_one_whole_frame(silence: Make) -> None:
    frame = silence()
    assert frame[:2] in (b"\xff\xf1", b"\xff\xf9")
    assert len(frame) == (frame[3] & 3) << 11 | frame[4] << 3 | frame[5] >> 5


def test_a_stream_without_sound_has_no_frame_of_silence(item: Make) -> None:
    with pytest.raises(ValueError, match="no frame of sound"):
        first_audio_frame(item(sound="", seconds=2))
