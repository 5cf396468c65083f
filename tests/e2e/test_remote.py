"""Media of other servers on air: scanned, compiled, played among local ones, and no key told."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest
from serving import Shelf, Silent, listening, shelved
from stations import write_station
from watching import Server, Viewer, check_stream

pytestmark = pytest.mark.ffmpeg
PutOnAir = Callable[..., Server]
MakeClip = Callable[..., Path]

KEY = "k3y-of-the-house"
MIXED = """
sources:
  shelf: {{type: local, path: media, kind: movie}}
  iptv: {{type: m3u, url: "{base}/list.m3u?k=${{TV_KEY}}"}}
  direct:
    type: url
    items:
      id: talk
      title: Talk
      url: "{base}/talk.mp4?k=${{TV_KEY}}"
      headers: {{X-Key: "${{TV_KEY}}"}}
  attic: {{type: archive_org, url: "{archive}", items: duck}}
  tube: {{type: youtube, url: "{archive}/watch"}}
collections:
  films: {{from: iptv, where: "list_contains(tags, 'Films')"}}
  cams: {{from: iptv, where: "kind = 'live'"}}
channels:
  mixed: {{number: 8, name: Mixed, schedule: mixed}}
schedules:
  mixed:
    kind: loop
    items:
      - {{play: shelf, mode: one}}
      - {{play: films, mode: one}}
      - {{play: direct, mode: one}}
      - {{play: attic, mode: one}}
      - {{play: tube, mode: one}}
      - {{play: cams, mode: duration, duration: 3s}}
"""
LIST = """#EXTM3U
#EXTINF:3 tvg-id="film" group-title="Films",Film
{base}/film.mkv?k={key}
#EXTINF:-1 tvg-id="cam" group-title="Cams",Harbour Cam
{live}/{key}/cam.m3u8
"""
ITEM = b"""{
  "metadata": {"title": "Duck", "mediatype": "movies"},
  "files": [{"name": "duck.mp4", "source": "original", "format": "h.264", "size": "100000", "length": "3"}]
}"""
PAGE = b'<html><title>Duck</title><video src="/download/duck/duck.mp4"></video></html>'
SEGMENTS_LISTED = 6


@contextmanager
def live_stream(segments: list[bytes]) -> Iterator[str]:
    """An HLS stream that gets another piece of a second each second, and knows the key in its path."""
    begun = time.monotonic()

    class Handler(Silent):
        def do_GET(self) -> None:
            number = self.path.removeprefix(f"/{KEY}/").removesuffix(".ts")
            last = int(time.monotonic() - begun) + SEGMENTS_LISTED
            body = b""
            if self.path == f"/{KEY}/cam.m3u8":
                first = last - SEGMENTS_LISTED
                head = f"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:{first}\n"
                listed = "".join(f"#EXTINF:1,\n/{KEY}/{n}.ts\n" for n in range(first, last))
                body = (head + listed).encode()
            elif number.isdecimal() and int(number) < last:
                body = segments[int(number) % len(segments)]
            self.send_response(200 if body else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(ConnectionError):
                self.wfile.write(body)

    with listening(Handler) as address:
        yield address


@pytest.fixture
def segments(ffmpeg: str, make_clip: MakeClip, tmp_path: Path) -> list[bytes]:
    clip = make_clip(tmp_path / "live" / "cam.mp4", 100)
    pieces = ["-c", "copy", "-f", "hls", "-hls_time", "1", "-hls_list_size", "0"]
    pieces += ["-hls_segment_filename", str(clip.parent / "%03d.ts"), str(clip.parent / "list.m3u8")]
    subprocess.run([ffmpeg, "-loglevel", "error", "-i", str(clip), *pieces], check=True)
    return [path.read_bytes() for path in sorted(clip.parent.glob("*.ts"))]


def test_a_channel_mixes_what_is_here_with_what_is_on_other_servers(
    put_on_air: PutOnAir, make_clip: MakeClip, segments: list[bytes], tmp_path: Path
) -> None:
    folder = write_station(tmp_path / "mixed", {"alpha": (60,)})
    make_clip(folder / "media" / "Short (1961).mp4", 3)
    bodies = {f"/{name}": make_clip(tmp_path / name, 3).read_bytes() for name in ("film.mkv", "talk.mp4")}
    kept = {"/metadata/duck": ITEM, "/download/duck/duck.mp4": bodies["/talk.mp4"], "/watch": PAGE}
    with (
        shelved(Shelf(bodies, query=f"k={KEY}")) as shelf,
        shelved(Shelf(kept)) as archive,
        live_stream(segments) as live,
    ):
        bodies["/list.m3u"] = LIST.format(base=shelf.address, live=live, key=KEY).encode()
        (folder / "mixed.yaml").write_text(MIXED.format(base=shelf.address, archive=archive.address))
        server = put_on_air(folder, TV_KEY=KEY)
        viewer = Viewer(server, "/iptv/channel/8.ts")
        lines: set[str] = set()
        while len(aired(server)) < 7:
            lines |= {line for process in server.encoders() for line in cmdline(process)}
            time.sleep(0.1)
        viewer.wait_for_seconds(18)
        check_stream(viewer.leave(), tmp_path, 1000 / 30)
        pages = [server.get(path).text for path in ("/", "/guide", "/iptv/xmltv.xml", "/api/v1/state")]
    assert set(aired(server)) == {"shelf", "films", "direct", "attic", "tube", "cams"}
    # A machine that is slow may be late; nothing fails.
    off_plan = [line for line in server.lines if "off plan channel=mixed" in line]
    told = [line for line in off_plan if "outcome=" in line]
    assert all("outcome=NO_PLACE" in line or "outcome=LATE" in line for line in told), told
    assert any("127.0.0.1" in line for line in lines)
    files = [path.read_bytes().decode("latin-1") for path in folder.rglob("*") if path.is_file()]
    assert any("iptv:film" in text for text in files)
    for text in (*lines, *pages, *files, server.log):
        assert KEY not in text
    # Who asked for the talk was told by a header; nobody else was.
    assert {path.partition("?")[0]: headers["X-Key"] for path, headers in shelf.asked} == {
        "/list.m3u": None,
        "/film.mkv": None,
        "/talk.mp4": KEY,
    }


def aired(server: Server) -> list[str]:
    """The collections that the channel's items came from, in the order of airing."""
    lines = [line for line in server.lines if "on air channel=mixed step=item" in line]
    return [line.rsplit("›", 1)[-1].strip() for line in lines]


def cmdline(process: psutil.Process) -> list[str]:
    with suppress(psutil.NoSuchProcess):
        return process.cmdline()
    return []
