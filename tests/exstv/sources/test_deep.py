"""What `scan --deep` finds by decoding whole files, and that it does so once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from decoding import ffmpeg
from shelf import NO_WORKER, Shelf

from exstv.catalog.model import MediaItem, Stream
from exstv.sources.deep import look
from exstv.sources.looked import Looked, deepened

pytestmark = pytest.mark.ffmpeg


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve seconds of a tone; black and silent from 4 to 5, silent from 7 to 8.5, black from 10 to 11."""
    path = tmp_path_factory.mktemp("deep") / "film.mkv"
    dark = "drawbox=c=black:t=fill:enable='between(t,4,5)+between(t,10,11)'"
    mute = "volume=0:enable='between(t,4,5)+between(t,7,8.5)'"
    ffmpeg(
        *(
            "-f",
            "lavfi",
            "-i",
            f"testsrc2=s=96x64:r=10,{dark}",
            "-f",
            "lavfi",
            "-i",
            f"sine=f=1000:r=48000,{mute}",
        ),
        *("-t", 12, "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", f"file:{path}"),
    )
    return path


def test_loudness_and_pauses_are_heard_and_seen(film: Path) -> None:
    found = look(str(film))

    assert isinstance(found, Looked)
    (sound,) = found.sounds
    # A sine of 1 kHz at an eighth of full scale: -18.06 dBFS of peak, -21.07 LUFS of one channel.
    assert sound.loudness == pytest.approx(-21.1, abs=0.5)
    # Where it stops at once the encoder overshoots.
    assert sound.peak == pytest.approx(-18.1, abs=2.5)
    assert [pause.dark for pause in found.pauses] == [True, False]
    assert [pause.at_ms for pause in found.pauses] == pytest.approx([4500, 7750], abs=150)
    assert not found.combed


def test_interlaced_pictures_are_seen_whatever_their_flags_say(tmp_path: Path) -> None:
    path = tmp_path / "combed.mkv"
    # Two moments in one picture, encoded as if it was one.
    weave = "testsrc2=s=96x64:r=50,interlace=scan=tff,setfield=prog"
    ffmpeg("-f", "lavfi", "-i", weave, "-t", 6, "-c:v", "libx264", "-preset", "ultrafast", f"file:{path}")

    found = look(str(path))

    assert isinstance(found, Looked) and found.combed
    video = Stream(index=0, type="video", codec="h264", interlaced=False)
    item = MediaItem(id="a:b", source="a", kind="clip", title="b", locator="b", streams=(video,))
    assert (deepened(item, found).streams[0].interlaced, deepened(item, found).pauses) == (True, ())


def test_a_file_is_looked_into_once(film: Path, tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, film)
    shelf.put("Film (1990).mkv")
    shallow = shelf.scan()
    assert [item.pauses for item in shallow.items] == [None]

    deep = shelf.scan(shallow.items, NO_WORKER, deep=True)

    (item,) = deep.items
    assert item.pauses is not None and len(item.pauses) == 2
    assert shelf.opened == ["Film (1990).mkv"]
    assert shelf.scan(deep.items, NO_WORKER, deep=True) == deep
    assert shelf.opened == []
    assert shelf.scan(deep.items, NO_WORKER) == deep

    # Whatever makes a scan read the file's head again, what is known of the rest stays known.
    shelf.write("Film (1990).nfo", "<movie><title>Film</title></movie>")
    (again,) = shelf.scan(deep.items).items
    assert (again.pauses, again.streams) == (item.pauses, item.streams)
    shelf.put("Film (1990).mkv")
    os.utime(shelf.media / "Film (1990).mkv", ns=(1, 1))
    assert [each.pauses for each in shelf.scan(deep.items).items] == [None]


def test_a_file_that_cannot_be_decoded_to_its_end_is_told(tiny_seeds: list[Path], tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, tiny_seeds[0])
    shelf.put("a.mkv")
    first = shelf.scan()
    # Its disk is damaged since, and nothing tells of it.
    path = shelf.media / "a.mkv"
    facts = path.stat()
    path.write_bytes(bytes(facts.st_size))
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))

    deep = shelf.scan(first.items, NO_WORKER, deep=True)

    assert deep.items == first.items
    assert [(each.code, each.message) for each in deep.diagnostics] == [
        ("EXS6011", "`lib:a.mkv` is not looked into: it is no media file that can be read")
    ]


def test_pauses_of_a_file_without_sound_are_its_dark_places(tmp_path: Path) -> None:
    path = tmp_path / "mute.mkv"
    dark = "drawbox=c=black:t=fill:enable='between(t,2,3)'"
    ffmpeg("-f", "lavfi", "-i", f"testsrc2=s=96x64:r=10,{dark}", "-t", 5, "-c:v", "mpeg4", f"file:{path}")

    found = look(str(path))

    assert isinstance(found, Looked)
    assert [pause.dark for pause in found.pauses] == [True]
    assert found.pauses[0].at_ms == pytest.approx(2500, abs=150)
    assert found.sounds == ()
