"""Many ways to be no media file: each costs one diagnostic, leads nowhere else, and the scan goes on."""

from __future__ import annotations

import os
import socket
import struct
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from shelf import Shelf

pytestmark = [
    pytest.mark.ffmpeg,
    pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such files"),
]

BOMB = (
    '<!DOCTYPE m [<!ENTITY a "aa"><!ENTITY b "&a;&a;"><!ENTITY c "&b;&b;">]><movie><title>&c;</title></movie>'
)
SPARSE_BYTES = 4 * 1024**3


class Ear:
    """A port that nobody has a reason to connect to; owns its socket and counts who does."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.heard = 0
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.heard += 1
            connection.close()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()


@pytest.fixture
def ear() -> Iterator[Ear]:
    opened = Ear()
    yield opened
    opened.close()


def box(kind: bytes, payload: bytes, size: int | None = None) -> bytes:
    """An MP4 box, with another size than it has if so wanted."""
    return struct.pack(">I", len(payload) + 8 if size is None else size) + kind + payload


FTYP = box(b"ftyp", b"isom\0\0\2\0isomiso2mp41")
MVHD = box(b"mvhd", bytes(12) + struct.pack(">II", 1000, 1000) + bytes(80))


def referring_movie(address: str) -> bytes:
    """An MP4 whose samples lie in another file, as its data reference says."""
    url = box(b"url ", bytes(4) + address.encode() + b"\0")
    dinf = box(b"dinf", box(b"dref", bytes(4) + struct.pack(">I", 1) + url))
    entry = bytes(6) + struct.pack(">H", 1) + bytes(16) + struct.pack(">HH", 32, 32) + bytes(50)
    stbl = box(b"stbl", box(b"stsd", bytes(4) + struct.pack(">I", 1) + box(b"mp4v", entry)))
    mdhd = box(b"mdhd", bytes(12) + struct.pack(">II", 1000, 1000) + bytes(4))
    hdlr = box(b"hdlr", bytes(8) + b"vide" + bytes(13))
    trak = box(b"trak", box(b"mdia", mdhd + hdlr + box(b"minf", dinf + stbl)))
    return FTYP + box(b"moov", MVHD + trak)


def texts(outside: Path, port: int) -> dict[str, str]:
    """What names other files or servers, in a film's clothes."""
    web = f"http://127.0.0.1:{port}"
    begin, end = "#EXTM3U\n#EXT-X-TARGETDURATION:9\n", "\n#EXT-X-ENDLIST\n"
    call = "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
    dash = '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011">'
    return {
        "text.mkv": "No film, but words.\n" * 500,
        "page.mp4": f"<html><img src='{web}/a.jpg'></html>",
        "hls-web.mkv": f"{begin}#EXTINF:9,\n{web}/a.ts{end}",
        "hls-key.ts": f'{begin}#EXT-X-KEY:METHOD=AES-128,URI="{web}/k"\n#EXTINF:9,\ngood.mkv{end}',
        "hls-file.ts": f"{begin}#EXTINF:9,\nfile://{outside}{end}",
        "hls-near.mkv": f"{begin}#EXTINF:9,\ngood.mkv{end}",
        "concat-file.mkv": f"ffconcat version 1.0\nfile '{outside}'\n",
        "concat-near.mkv": "ffconcat version 1.0\nfile good.mkv\n",
        "concat-web.mp4": f"ffconcat version 1.0\nfile {web}/a.mkv\n",
        "call.mkv": f"{call}m=video {port} RTP/AVP 96\n",
        "dash.mp4": f"{dash}<BaseURL>{web}/</BaseURL></MPD>",
        "list.mov": f"[playlist]\nFile1={web}/a.mp4\nNumberOfEntries=1\n",
        "link.mov": f"RTSPtext\n{web}/a.mp4\n",
        "script.avs": f'DirectShowSource("{web}/a.avi")\nImport("{outside}")\n',
        "subtitle.mkv": "1\n00:00:00,000 --> 00:00:09,000\nHello\n",
        "graph.mkv": f"movie={outside}\n",
        "meta.mkv": ";FFMETADATA1\ntitle=x\n",
    }


def blobs(film: bytes, port: int) -> dict[str, bytes]:
    """What is damaged, or never was a film."""
    endless = b"".join(struct.pack(">I", 0x7FFFFFF0) + b"moov" for _ in range(2000))
    return {
        "empty.mkv": b"",
        "head.mkv": film[:400],
        "byte.ts": b"\x47",
        "noise.mp4": bytes(number * 7919 % 251 for number in range(9000)),
        "ebml.mkv": film[:40] + b"\xff" * 4000,
        "cut.mp4": FTYP + box(b"mdat", bytes(500)),
        "moov.mp4": FTYP + endless,
        "deep.mp4": FTYP + box(b"moov", b"", 0) + box(b"trak", b"", 0) * 5000,
        "long.mp4": FTYP + struct.pack(">I4sQ", 1, b"moov", 2**63 - 1),
        "refers-web.mp4": referring_movie(f"http://127.0.0.1:{port}/a"),
        "picture.mkv": b"\x89PNG\r\n\x1a\n" + bytes(300),
        "packed.mkv": b"PK\x03\x04" + bytes(300),
        "squeezed.mkv": b"\x1f\x8b\x08" + bytes(300),
        "zeroes.mpg": bytes(70_000),
    }


def odd_files(shelf: Shelf, outside: Path) -> Iterator[socket.socket]:
    """What is no file, or not one of this folder."""
    folder = shelf.media
    os.mkfifo(folder / "pipe.mkv")
    for name in ("sparse.mkv", "sparse.ts", "sparse.mp4"):
        with (folder / name).open("wb") as stream:
            stream.truncate(SPARSE_BYTES)
    (folder / "device.mkv").symlink_to("/dev/zero")
    (folder / "out.mkv").symlink_to(outside)
    (folder / "self.mkv").symlink_to("self.mkv")
    (folder / "dead.mkv").symlink_to("nothing.mkv")
    (folder / "circle").symlink_to(folder)
    (folder / "folder.mkv").mkdir()
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.mkv")).write_bytes(b"x")
    shelf.write("good.nfo", BOMB)
    shelf.write("good.chapters.xml", BOMB.replace("movie", "Chapters"))
    shelf.put("show/S01E01.mkv")
    (folder / "show" / "tvshow.nfo").symlink_to(outside)
    # A path of a socket is short, and the folder's may be long.
    with socket.socket(socket.AF_UNIX) as listening:
        before = Path.cwd()
        os.chdir(folder)
        try:
            listening.bind("socket.mkv")
        finally:
            os.chdir(before)
        yield listening


def test_each_costs_one_diagnostic_and_leads_nowhere(
    tiny_seeds: list[Path], tmp_path: Path, ear: Ear
) -> None:
    shelf = Shelf(tmp_path, tiny_seeds[0])
    shelf.put("good.mkv")
    outside = tmp_path / "outside.mkv"
    outside.write_bytes(tiny_seeds[0].read_bytes())
    # Reading it would set the first of these again: the file system keeps it at most as old as the second.
    os.utime(outside, (1, 2))
    for name, text in texts(outside, ear.port).items():
        shelf.write(name, text)
    for name, data in blobs(tiny_seeds[0].read_bytes(), ear.port).items():
        shelf.write(name, data)
    broken = {*texts(outside, ear.port), *blobs(b"", ear.port)}
    broken |= {
        "pipe.mkv",
        "socket.mkv",
        "sparse.mkv",
        "sparse.ts",
        "sparse.mp4",
        "device.mkv",
        "out.mkv",
        "self.mkv",
    }
    broken |= {
        "dead.mkv",
        "circle",
        "folder.mkv",
        "caf?.mkv",
        "good.nfo",
        "good.chapters.xml",
        "show/tvshow.nfo",
    }

    for _ in odd_files(shelf, outside):
        first = shelf.scan()

    assert {item.locator for item in first.items} == {"good.mkv", "show/S01E01.mkv"}
    told = Counter(each.span.file.removeprefix("lib:") for each in first.diagnostics)
    assert told == dict.fromkeys(broken, 1)
    assert len(broken) >= 30
    assert ear.heard == 0
    assert outside.stat().st_atime_ns == 1_000_000_000
    # They are left alone until they are other files; where reading failed, it may have been the disk.
    assert shelf.scan(first.items) == first
    assert shelf.opened == ["head.mkv"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_closed_file_is_asked_for_again_once_it_is_open(tiny_seeds: list[Path], tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, tiny_seeds[0])
    shelf.put("closed.mkv")
    (shelf.media / "closed.mkv").chmod(0)

    first = shelf.scan()
    assert [each.message for each in first.diagnostics] == ["`lib:closed.mkv` is left out: permission denied"]

    (shelf.media / "closed.mkv").chmod(0o644)
    assert len(shelf.scan(first.items).items) == 1
