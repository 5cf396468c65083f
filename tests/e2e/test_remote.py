"""Every type of source on air: scanned, compiled, played on one channel, and in no trouble a secret told."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from every_source import KINDS, PLAYED, SECRETS, House, Onlooker, house_of_all_sources, picture_of
from watching import PATIENCE_SECONDS, Server, Viewer, check_stream, stream_seconds

from exstv.clock import SystemClock, to_iso

pytestmark = pytest.mark.ffmpeg
PutOnAir = Callable[..., Server]
MakeClip = Callable[..., Path]

PAGES = (
    *("/", "/guide", "/setup", "/channels/8", "/channels/8/why", "/metrics", "/schema/openapi.json"),
    *("/iptv/channels.m3u", "/iptv/xmltv.xml", "/discover.json", "/lineup.json", "/lineup.xml"),
)
ANSWERS = (
    *("breakers", "catalog.lock", "channels", "channels/8", "channels/8/as-run", "channels/8/guide"),
    *("channels/8/items", "diagnostics", "guide", "now", "processes", "revision"),
    *("sessions", "sources", "state"),
)
"""Below `/api/v1`."""


@pytest.fixture
def segments(ffmpeg: str, make_clip: MakeClip, tmp_path: Path) -> list[bytes]:
    clip = make_clip(tmp_path / "live" / "cam.mp4", 100)
    pieces = ["-c", "copy", "-f", "hls", "-hls_time", "1", "-hls_list_size", "0"]
    pieces += ["-hls_segment_filename", str(clip.parent / "%03d.ts"), str(clip.parent / "list.m3u8")]
    subprocess.run([ffmpeg, "-loglevel", "error", "-i", str(clip), *pieces], check=True)
    return [path.read_bytes() for path in sorted(clip.parent.glob("*.ts"))]


@pytest.fixture
def house(tmp_path: Path, make_clip: MakeClip, segments: list[bytes]) -> Iterator[House]:
    with house_of_all_sources(tmp_path, make_clip, segments) as house:
        yield house


# What was too late on a busy machine comes round again a minute later.
@pytest.mark.timeout(600)
def test_a_channel_mixes_items_of_every_source_and_tells_no_secret(
    house: House, put_on_air: PutOnAir, tmp_path: Path
) -> None:
    with Onlooker(house.temporary) as onlooker:
        made = house.run("compile", "--scan")
        assert made.returncode == 0, made
        server = put_on_air(house.station, "serve", **house.environ)
        viewer = Viewer(server, "/iptv/channel/8.ts")
        wait_until_aired(server, PLAYED)
        viewer.wait_for_seconds(stream_seconds(viewer.capture) + 1)
        check_stream(viewer.leave(), tmp_path, 1000 / 30)
        pictures = pictures_of(server)
        pages = pages_of(server)
    assert server.stop() == 0
    # A machine that is slow may be late; nothing fails.
    assert server.log.count("off plan channel=mixed") == server.late("mixed"), server.log
    # Emby's film lies on this disk as well; the others came over HTTP.
    assert {name for name in KINDS if house.servers[name].count("/stream?")} == {"jelly"}
    assert house.servers["plex"].count("/library/parts/")
    # What only a source has to show, the file's neighbour too, comes by way of the server.
    assert {answer.content for answer in pictures} == {picture_of(name) for name in ("disk", *KINDS)}
    pages += [f"{answer.url} {answer.headers}" for answer in pictures]
    asked = [headers["X-Key"] for shelf in house.shelves.values() for _, headers in shelf.asked]
    assert set(asked) == {SECRETS["direct"], None}
    assert house.database is not None and "/search/movie" in house.database.asked
    # Who looked on has seen what plays, and by which addresses.
    assert any("http://127.0.0.1" in command for command in onlooker.commands)
    assert house.told_in([*pages, server.log, made.stderr, *onlooker.commands, *onlooker.files]) == []


def test_sources_that_fail_when_they_are_scanned_and_played_tell_no_secret(
    house: House, put_on_air: PutOnAir
) -> None:
    names = tuple(SECRETS)
    (house.station / "alone.yaml").write_text(channels_of_one_source(names))
    with Onlooker(house.temporary) as onlooker:
        made = house.run("compile", "--scan")
        assert made.returncode == 0, made
        server = put_on_air(house.station, "serve", **house.environ)
        lock = house.own_lock.read_bytes()
        assert all(f'"id":"{name}:' in lock.decode() for name in names)
        make_trouble(house)
        viewers = [Viewer(server, f"/iptv/channel/{number}.ts") for number, _ in enumerate(names, start=20)]
        for name, viewer in zip(names, viewers, strict=True):
            server.wait_for_line(f"off plan channel={name} outcome=")
            viewer.leave()
        done = house.run("scan", "--own")
        pictures = pictures_of(server)
        pages = pages_of(server)
    assert server.stop() == 0
    assert (done.returncode, house.own_lock.read_bytes()) == (0, lock)
    for name in names:
        assert f"`{name}" in done.stderr, name
    # Each in its own trouble; what is on this disk is not.
    assert sorted(answer.status_code for answer in pictures) == [200, 502, 502, 502]
    assert {answer.headers["Content-Type"].partition("/")[0] for answer in pictures} == {"image", "text"}
    pages += [f"{answer.url} {answer.headers} {answer.text}" for answer in pictures]
    told = [*pages, server.log, *onlooker.commands, *onlooker.files]
    assert house.told_in([*told, done.stdout, done.stderr]) == []


def make_trouble(house: House) -> None:
    """Each server fails in a way of its own: refuses, does not know, breaks, is not there."""
    house.shelves["iptv"].bodies.clear()
    house.shelves["direct"].query = "k=another"
    house.shelves["tube"].bodies.clear()
    house.servers["jelly"].trouble = "key"
    house.servers["emby"].trouble = "error"
    (house.station / "mounted" / "emby.mkv").unlink()
    house.stop("attic")
    house.stop("plex")


def channels_of_one_source(names: tuple[str, ...]) -> str:
    """A channel for each source, which plays what it has."""
    plays = {name: "films" if name == "iptv" else name for name in names}
    channels = "".join(
        f"  {name}: {{number: {number}, name: {name.title()}, schedule: {name}}}\n"
        for number, name in enumerate(names, start=20)
    )
    schedules = "".join(
        f"  {name}: {{kind: loop, items: [{{play: {plays[name]}, mode: flood}}]}}\n" for name in names
    )
    return f"channels:\n{channels}schedules:\n{schedules}"


def pages_of(server: Server) -> list[str]:
    """All that is told by HTTP."""
    assert server.process.poll() is None, f"it ended with {server.process.poll()}:\n{server.log}"
    now = {"at": to_iso(SystemClock().now_ms())}
    paths = (*PAGES, *(f"/api/v1/{name}" for name in ANSWERS))
    answers = [server.http.get(path, params=now if path.endswith("/why") else None) for path in paths]
    assert [answer.url.path for answer in answers if answer.status_code != 200] == []
    return [answer.text for answer in answers]


def pictures_of(server: Server) -> list[httpx.Response]:
    """All pictures that the guide says are ours."""
    guide = server.get("/iptv/xmltv.xml").text
    addresses = sorted(set(re.findall(r'<icon src="([^"]+/iptv/artwork/[^"]+)"', guide)))
    assert len(addresses) == len(("disk", *KINDS)), guide[:3000]
    return [server.get(address) for address in addresses]


def wait_until_aired(server: Server, collections: tuple[str, ...]) -> None:
    """Waits until an item of each collection was on air; what was too late comes round again."""
    deadline = time.monotonic() + 2 * PATIENCE_SECONDS
    while missing := set(collections) - set(aired(server)):
        assert time.monotonic() < deadline, f"{missing} never aired:\n{server.log}"
        time.sleep(0.1)


def aired(server: Server) -> list[str]:
    """The collections that the channel's items came from, in the order of airing."""
    lines = [line for line in server.lines if "on air channel=mixed step=item" in line]
    return [line.rsplit("›", 1)[-1].strip() for line in lines]
