"""What a channel says of sound, subtitles and watermark, as its viewer sees and hears it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from decoding import ffmpeg, pictures, tone
from stations import write_station
from watching import Server, check_stream, watch_in_time

pytestmark = pytest.mark.ffmpeg
PutOnAir = Callable[..., Server]

CINEMA = """
sources:
  films: {type: local, path: media, kind: movie}
channels:
  dutch:
    number: 8
    name: Dutch
    schedule: films
    audio: {languages: [nl, en]}
    subtitles: {mode: any, languages: nl}
    watermark: {image: logos/bug.png, position: top_left, width: 20%}
  english:
    number: 7
    name: English
    schedule: films
    subtitles: {mode: any, languages: en}
  plain:
    number: 9
    name: Plain
    schedule: films
    watermark: {image: logos/gone.png}
schedules:
  films: {kind: loop, items: [{play: films, mode: flood}]}
"""


@pytest.fixture
def cinema(tmp_path: Path) -> Path:
    """A station with a black film: English is 440 Hz and Dutch 1000 Hz, and Dutch text stands all along.

    English text does, too, in a file beside it.
    """
    folder = write_station(tmp_path / "cinema", {"alpha": (60,)})
    (folder / "cinema.yaml").write_text(CINEMA)
    (folder / "media").mkdir()
    (folder / "logos").mkdir()
    ffmpeg("-f", "lavfi", "-i", "color=red:s=64x64", "-frames:v", 1, f"file:{folder}/logos/bug.png")
    text = tmp_path / "film.srt"
    text.write_text("1\n00:00:00,000 --> 00:10:00,000\nHallo, wereld!\n")
    ffmpeg(
        *("-f", "lavfi", "-i", "color=black:s=160x90:r=5:d=600"),
        *("-f", "lavfi", "-i", "sine=f=440:d=600", "-f", "lavfi", "-i", "sine=f=1000:d=600", "-i", text),
        *("-map", 0, "-map", 1, "-map", 2, "-map", 3, "-c:v", "libx264", "-preset", "ultrafast"),
        *("-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=dut", "-c:a", "aac"),
        *("-metadata:s:s:0", "language=dut", f"file:{folder}/media/Harbour Nights (1961).mkv"),
    )
    beside = folder / "media" / "Harbour Nights (1961).en.srt"
    beside.write_bytes("1\r\n00:00:00,000 --> 00:10:00,000\r\nGood evening, café!\r\n".encode("cp1252"))
    return folder


def shown_at(stream: bytes) -> tuple[bool, bool, bool]:
    """Whether something stands where the watermark, another one by default, and subtitles belong."""
    picture = pictures(stream)[40].sum(axis=2) > 150
    height, width = picture.shape
    left, right = np.split(picture[: height // 2], [width // 2], axis=1)
    return bool(left.any()), bool(right.any()), bool(picture[height // 2 :].any())


def test_a_channel_is_seen_and_heard_as_it_says(cinema: Path, put_on_air: PutOnAir, tmp_path: Path) -> None:
    server = put_on_air(cinema)
    dutch = watch_in_time(server, "/iptv/channel/8.ts", seconds=3)
    assert shown_at(bytes(dutch.data)) == (True, False, True)
    assert tone(bytes(dutch.data)) == pytest.approx(1000, abs=20)
    check_stream(dutch, tmp_path, 1000 / 30)
    english = watch_in_time(server, "/iptv/channel/7.ts", seconds=3)
    assert shown_at(bytes(english.data)) == (False, False, True)


def test_a_watermark_that_is_gone_stops_nothing_and_is_told(cinema: Path, put_on_air: PutOnAir) -> None:
    server = put_on_air(cinema)
    plain = watch_in_time(server, "/iptv/channel/9.ts", seconds=3)
    assert shown_at(bytes(plain.data)) == (False, False, False)
    assert tone(bytes(plain.data)) == pytest.approx(440, abs=20)
    server.until("/", "without watermark `logos/gone.png`: there is no such file")
    server.wait_for_line("plays without channel=plain")
