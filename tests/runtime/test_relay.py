"""The way from ffmpeg to other servers: what it brings, and what nobody gets to see of it."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import httpx
import msgspec
import psutil
import pytest
from serving import Shelf, Silent, listening, shelved
from stations import HD
from studio import Studio, assert_unbroken, capture, card, timeline_of, until

from exstv.sources import registry
from exstv.sources import relay as relays
from exstv.sources.base import Place, PlayableInput, ScanContext, ScanResult, UrlInput
from exstv.sources.relay import Relay
from exstv.timeline.model import Media, Source
from runtime.ffmpeg.binary import find_ffmpeg
from runtime.ffmpeg.command import EncodeSpec, encode_argv
from runtime.status import Step

TOKEN = "tok3n-of-the-house"
SMALL = msgspec.structs.replace(HD, width=160, height=90, frame_rate_num=25, preset="ultrafast")
MakeClip = Callable[..., Path]


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path)


@pytest.fixture
async def relay() -> AsyncIterator[Relay]:
    async with Relay() as relay:
        yield relay


async def played(relay: Relay, remote: UrlInput, in_point_ms: int = 0) -> subprocess.CompletedProcess[bytes]:
    """One second of a remote input, as a channel would play it."""
    opened = relay.open(remote)
    argv = encode_argv(EncodeSpec(find_ffmpeg(None), SMALL, opened.input, in_point_ms, 25))
    try:
        return await asyncio.to_thread(subprocess.run, argv, capture_output=True, timeout=60)
    finally:
        opened.close()


async def got(relay: Relay, remote: UrlInput, **headers: str) -> httpx.Response:
    opened = relay.open(remote)
    try:
        async with httpx.AsyncClient(trust_env=False) as client:
            return await client.get(opened.input.address, headers=headers)  # type: ignore[union-attr]
    finally:
        opened.close()


@pytest.mark.ffmpeg
async def test_a_film_on_a_server_is_sought_and_fetched_on_from_where_it_broke_off(
    relay: Relay, tmp_path: Path, make_clip: MakeClip
) -> None:
    film = make_clip(tmp_path / "film.mp4", 8, size="640x360").read_bytes()
    with shelved(
        Shelf({"/film.mp4": film}, query=f"t={TOKEN}", required={"X-Key": TOKEN}, breaks=2)
    ) as shelf:
        remote = UrlInput(url=f"{shelf.address}/film.mp4?t={TOKEN}", headers=(("X-Key", TOKEN),))
        done = await played(relay, remote, in_point_ms=4_000)
    assert done.returncode == 0 and len(done.stdout) > 10_000, done.stderr.decode()
    assert shelf.breaks == 0 and TOKEN not in done.stderr.decode()


@pytest.mark.ffmpeg
@pytest.mark.parametrize("live", [False, True])
async def test_an_hls_stream_comes_with_all_its_pieces_the_same_way(
    relay: Relay, tmp_path: Path, make_clip: MakeClip, live: bool
) -> None:
    film = make_clip(tmp_path / "film.mp4", 6)
    pieces = ["-c", "copy", "-f", "hls", "-hls_time", "1", "-hls_list_size", "0", str(tmp_path / "list.m3u8")]
    argv = [find_ffmpeg(None), "-loglevel", "error", "-i", str(film), *pieces]
    await asyncio.to_thread(subprocess.run, argv, check=True)
    bodies = {f"/{path.name}": path.read_bytes() for path in tmp_path.glob("*.ts")}
    text = (tmp_path / "list.m3u8").read_text()
    for name in bodies:
        text = text.replace(name[1:], f"{name[1:]}?t={TOKEN}")
    bodies["/list.m3u8"] = (text.replace("#EXT-X-ENDLIST", "") if live else text).encode()
    with shelved(Shelf(bodies, query=f"t={TOKEN}", required={"X-Key": TOKEN})) as shelf:
        url = f"{shelf.address}/list.m3u8?t={TOKEN}"
        done = await played(relay, UrlInput(url=url, headers=(("X-Key", TOKEN),), live=live))
    assert done.returncode == 0 and len(done.stdout) > 10_000, done.stderr.decode()
    assert len({path for path, _ in shelf.asked}) > 2


async def test_a_server_that_sends_us_elsewhere_does_not_give_our_key_away(relay: Relay) -> None:
    with shelved(Shelf({"/there": b"film"})) as elsewhere, shelved(Shelf({"/2": b"own"})) as own:
        own.redirects = {"/1": "/2", "/away": f"{elsewhere.address}/there", "/file": "file:///etc/passwd"}
        headers = (("X-Key", TOKEN), ("User-Agent", "player"))
        answers = [
            await got(relay, UrlInput(url=f"{own.address}{path}", headers=headers))
            for path in ("/1", "/away", "/file")
        ]
    assert [(answer.status_code, answer.content) for answer in answers] == [
        (200, b"own"),
        (200, b"film"),
        (502, b""),
    ]
    assert [headers["X-Key"] for _, headers in own.asked] == [TOKEN] * 4
    (_, told), *_ = elsewhere.asked
    assert told["X-Key"] is None and told.get_all("User-Agent") == ["player"]


async def test_ranges_and_refusals_are_passed_on_as_they_are(relay: Relay) -> None:
    with shelved(Shelf({"/film": bytes(range(100))})) as shelf:
        part = await got(relay, UrlInput(url=f"{shelf.address}/film"), Range="bytes=10-19")
        gone = await got(relay, UrlInput(url=f"{shelf.address}/gone"))
    assert (part.status_code, part.content) == (206, bytes(range(10, 20)))
    assert part.headers["content-range"] == "bytes 10-19/100"
    assert gone.status_code == 404


async def test_what_gives_no_answer_is_told_without_its_address(
    relay: Relay, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relays, "LARGEST_PLAYLIST", 1000)
    with shelved(Shelf({"/endless": b"#EXTM3U\n" * 1000})) as shelf:
        shelf.redirects = {"/round": "/round"}
        urls = [f"{shelf.address}/{name}?t={TOKEN}" for name in ("round", "endless")]
        urls += [f"http://127.0.0.1:9/{TOKEN}", f"ftp://tv.example/{TOKEN}", f"http://[{TOKEN}/"]
        answers = [await got(relay, UrlInput(url=url)) for url in urls]
    assert [answer.status_code for answer in answers] == [502] * 5
    ours = [record.getMessage() for record in caplog.records if record.name == relays.__name__]
    assert len(ours) == 5 and TOKEN not in "".join(ours)


async def test_a_name_is_good_for_nothing_once_its_process_has_ended(relay: Relay) -> None:
    with shelved(Shelf({"/film": b"film"})) as shelf:
        opened = relay.open(UrlInput(url=f"{shelf.address}/film"))
        address = opened.input.address  # type: ignore[union-attr]
        async with httpx.AsyncClient(trust_env=False) as client:
            statuses = [(await client.get(address)).status_code]
            statuses.append((await client.post(address)).status_code)
            opened.close()
            statuses.append((await client.get(address)).status_code)
    assert statuses == [200, 404, 404]


async def test_what_is_being_fetched_is_given_up_with_its_process(relay: Relay) -> None:
    asked, left = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    class Handler(Silent):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"a little")
            loop.call_soon_threadsafe(asked.set)
            # Nothing more comes; what is read here ends when the other side hangs up.
            self.rfile.read(1)
            loop.call_soon_threadsafe(left.set)

    with listening(Handler) as address:
        opened = relay.open(UrlInput(url=address))
        async with httpx.AsyncClient(trust_env=False) as client:
            request = client.build_request("GET", opened.input.address)  # type: ignore[union-attr]
            response = await client.send(request, stream=True)
            await asked.wait()
            opened.close()
            await left.wait()
            await response.aclose()


class RemoteSource:
    """A source on a server: a media's locator is an address, and the definition the key to it."""

    def __init__(self, name: str, definition: str, environ: Mapping[str, str]) -> None:
        self._key = json.loads(definition)["key"]

    def scan(self, context: ScanContext) -> ScanResult:
        raise AssertionError("a test compiles nothing")

    def resolve(self, media: Media, place: Place) -> PlayableInput:
        return UrlInput(url=f"{media.locator}?t={self._key}", headers=(("X-Key", self._key),))


@pytest.mark.ffmpeg
@pytest.mark.usefixtures("patient")
async def test_no_command_line_log_or_status_shows_the_key_of_what_plays(
    studio: Studio,
    tmp_path: Path,
    make_clip: MakeClip,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setitem(registry._TYPES, "remote", RemoteSource)
    caplog.set_level(logging.INFO)
    # As `exstv serve` has it: it would log every address.
    caplog.set_level(logging.WARNING, "httpx")
    film = make_clip(tmp_path / "film.mkv", 60, size="320x180").read_bytes()
    with shelved(Shelf({"/film.mkv": film}, query=f"t={TOKEN}", required={"X-Key": TOKEN})) as shelf:
        found = msgspec.structs.replace(card("film"), source="remote", locator=f"{shelf.address}/film.mkv")
        gone = msgspec.structs.replace(card("gone"), source="remote", locator=f"{shelf.address}/gone.mkv")
        timeline = timeline_of(studio.clock.now_ms() - 54_000, [gone, found, card("b")], 60_000, ("b",))
        remote = Source(name="remote", type="remote", definition=json.dumps({"key": TOKEN}))
        timeline = msgspec.structs.replace(timeline, sources=(*timeline.sources, remote))
        async with studio.on_air(timeline) as player:
            viewer = player.join()
            data = await capture(viewer, 200)
            status = await until(player, Step.ITEM, "film")
            lines = [" ".join(psutil.Process(pid).cmdline()) for pid in studio.running()]
            told = f"{status} {studio.pool.status()} {studio.aired}"
    assert_unbroken(data, tmp_path)
    assert any("127.0.0.1" in line and "media.mkv" in line for line in lines)
    assert any("404" in (entry.reason or "") for entry in studio.aired)
    for text in (*lines, told, caplog.text):
        assert TOKEN not in text
