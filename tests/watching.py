"""A station run as its user runs it, and a viewer in front of it: what the end-to-end tests share.

`Server` is `exstv` in a process of its own; `Capture` is what one viewer received and when; `check_stream` is
the stream check of issue 2, by an independent checker and by ffmpeg.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import imageio_ffmpeg
import psutil
from hls_rules import Judge
from pulse import Pulse

TSCHECK = Path(__file__).parents[1].parent / "shared" / "tools" / "tscheck.py"
POLL_SECONDS = 0.2
PATIENCE_SECONDS = 120.0
"""Only ends a hang: nothing here is meant to take this long."""
FORBIDDEN = ("discontinuity_indicator", "pcr_interval>40ms", "pat_change", "pmt_change", "pmt_version_bump")
_ALWAYS = "from=2000-01-01T00:00Z&to=2100-01-01T00:00Z"
_ADDRESS = re.compile(r"Page +(http://\S+)/")


class Server:
    """`exstv up` or `exstv serve` over a station, on a free port of the loopback interface.

    `through` is put before the command, to run it in another place.
    """

    def __init__(
        self, station: Path, command: str = "up", *, through: tuple[str, ...] = (), **environ: str
    ) -> None:
        self.station = station
        self.lines: list[str] = []
        self._told = threading.Condition()
        self.process = subprocess.Popen(
            [*through, sys.executable, "-m", "exstv", command, str(station)],
            env={
                **os.environ,
                "EXSTREAMTV_SERVER__HOST": "127.0.0.1",
                "EXSTREAMTV_SERVER__PORT": "0",
                **environ,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        try:
            found = _ADDRESS.search(self.wait_for_line("Page "))
        except BaseException:
            # Nobody else knows of it yet.
            self.process.kill()
            self.process.wait()
            raise
        assert found, self.log
        self.base = found[1]
        self.http = httpx.Client(base_url=self.base, timeout=PATIENCE_SECONDS)

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._told:
                self.lines.append(line)
                self._told.notify_all()
        with self._told:
            self._told.notify_all()

    @property
    def log(self) -> str:
        return "".join(self.lines)

    def wait_for_line(self, words: str, *, times: int = 1) -> str:
        """Waits until the server has said something so many times, and gives the last of those lines.

        What it has done may be seen before what it said of it is read here.
        """

        def said() -> list[str]:
            return [line for line in self.lines if words in line]

        with self._told:
            self._told.wait_for(
                lambda: len(said()) >= times or self.process.poll() is not None, PATIENCE_SECONDS
            )
            assert len(said()) >= times, f"{words!r} was said {len(said())} times of {times}:\n{self.log}"
            return said()[times - 1]

    def wait_for_match(self, pattern: str) -> re.Match[str]:
        """Waits until the server has said something that a pattern finds."""

        def found() -> re.Match[str] | None:
            return next((match for line in self.lines if (match := re.search(pattern, line))), None)

        with self._told:
            self._told.wait_for(lambda: found() or self.process.poll() is not None, PATIENCE_SECONDS)
            match = found()
        assert match is not None, f"never said {pattern!r}:\n{self.log}"
        return match

    def get(self, path: str) -> httpx.Response:
        return self.http.get(path)

    def as_run(self, number: int) -> list[dict[str, Any]]:
        """What it says that a channel has aired, the running entry last."""
        answer = self.get(f"/api/v1/channels/{number}/as-run?{_ALWAYS}")
        entries: list[dict[str, Any]] = answer.json()["entries"]
        return entries

    def wait_for_item(self, number: int) -> dict[str, Any]:
        """Waits until pictures of what is planned go out on a channel, and gives their running entry.

        A machine that is busy may begin with the slate.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            running = [entry for entry in self.as_run(number)[-1:] if entry["outcome"] == "stopped"]
            if running and running[0]["step"] == "item" and running[0]["media_id"] is not None:
                return running[0]
            assert time.monotonic() < deadline, f"no item of channel {number} was ever on:\n{self.log}"
            time.sleep(0.1)

    def until(self, path: str, *words: str) -> str:
        """Asks for a page until it holds some words, all of them at once."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while missing := [each for each in words if each not in (text := self.get(path).text)]:
            assert time.monotonic() < deadline, f"{missing} never came to {path}:\n{text}\n{self.log}"
            time.sleep(0.1)
        return text

    def encoders(self) -> list[psutil.Process]:
        """The ffmpeg processes that this server runs."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        return [child for child in children if "mpegts" in _cmdline(child)]

    def starts(self, item: str) -> int:
        """How many processes were started to play an item, by its title."""
        return sum(1 for line in self.lines if "process started" in line and line.rstrip().endswith(item))

    def late(self, channel: str = "") -> int:
        """How often the machine was too busy for what a channel, or any, wanted to play."""
        lines = [line for line in self.lines if f"off plan channel={channel}" in line]
        return sum(1 for line in lines if "outcome=" not in line or "=LATE" in line or "=NO_PLACE" in line)

    def stop(self) -> int:
        """Tells it to go, as Ctrl-C and a service manager do, and gives its exit code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(PATIENCE_SECONDS)
        finally:
            self.process.kill()
            self.close()

    def close(self) -> None:
        """Lets go of a server that has ended."""
        self.http.close()
        self._reader.join()
        assert self.process.stderr is not None
        self.process.stderr.close()


def _cmdline(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


@dataclass
class Capture:
    """What one viewer received: the bytes, and at which monotonic second each portion came.

    `stood` says for how long of a stretch of seconds the machine stood still meanwhile.
    """

    asked: float
    data: bytearray = field(default_factory=bytearray)
    arrivals: list[tuple[int, float]] = field(default_factory=list)
    ended: bool = False
    stood: Callable[[float, float], float] = lambda since, until: 0.0

    def silences(self) -> list[float]:
        """The seconds between two arrivals, without those in which the machine stood still."""
        return [b - a - self.stood(a, b) for (_, a), (_, b) in pairwise(self.arrivals)]


class Viewer:
    """One viewer of one channel, receiving in a thread until it leaves."""

    def __init__(self, server: Server, path: str) -> None:
        self._left = threading.Event()
        self._news = threading.Condition()
        self._pulse = Pulse()
        self.capture = Capture(time.monotonic(), stood=self._pulse.stood)
        self._thread = threading.Thread(target=self._watch, args=(server.base + path,))
        self._thread.start()

    def _watch(self, url: str) -> None:
        try:
            # A server that is killed ends its answers in the middle of a chunk.
            with self._pulse, contextlib.suppress(httpx.RemoteProtocolError, httpx.ReadError):
                self._receive(url)
        finally:
            with self._news:
                self.capture.ended = True
                self._news.notify_all()

    def _receive(self, url: str) -> None:
        with httpx.Client(timeout=PATIENCE_SECONDS) as client, client.stream("GET", url) as response:
            assert response.status_code == 200, response.status_code
            for portion in response.iter_raw():
                with self._news:
                    self.capture.arrivals.append((len(self.capture.data), time.monotonic()))
                    self.capture.data += portion
                    self._news.notify_all()
                if self._left.is_set():
                    return

    def wait_for_seconds(self, seconds: float) -> None:
        """Waits until the stream received is so many seconds long."""
        self.wait_for(lambda: stream_seconds(self.capture) >= seconds, seconds + PATIENCE_SECONDS)

    def wait_for(self, holds: Callable[[], bool], patience: float = PATIENCE_SECONDS) -> None:
        """Waits until something holds of what was received."""
        with self._news:
            done = self._news.wait_for(lambda: self.capture.ended or holds(), patience)
        assert done and not self.capture.ended, f"only {stream_seconds(self.capture)} s came"

    def wait_for_end(self) -> None:
        """Waits until the server ends the stream."""
        with self._news:
            assert self._news.wait_for(lambda: self.capture.ended, PATIENCE_SECONDS)

    def leave(self) -> Capture:
        """Stops watching and gives what was received."""
        self._left.set()
        self._thread.join(PATIENCE_SECONDS)
        return self.capture


def watch(server: Server, path: str, seconds: float) -> Capture:
    """Watches until the stream received is so many seconds long."""
    viewer = Viewer(server, path)
    try:
        viewer.wait_for_seconds(seconds)
    finally:
        capture = viewer.leave()
    return capture


def watch_in_time(server: Server, path: str, seconds: float) -> Capture:
    """Watches so many seconds that begin with what is planned there, and not with the slate in its place.

    Where the server says that the machine was too busy, another viewer looks again.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        late = server.late()
        capture = watch(server, path, seconds)
        if server.late() == late:
            return capture
        assert time.monotonic() < deadline, server.log


def stream_seconds(capture: Capture) -> float:
    """Length of what was received, by the first and the last frame's DTS."""
    first = _dts_forward(capture.data)
    last = _dts_backward(capture.data)
    return 0.0 if first is None or last is None else ((last - first) % (1 << 33)) / 90_000


def leads(capture: Capture) -> list[tuple[float, float]]:
    """For each arrival: seconds since the first one, and by how much the stream is longer than that."""
    frames = list(_video_dts(capture.data))
    first_at, first_dts = capture.arrivals[0][1], frames[0][1]
    found, place = [], 0
    ends = [offset for offset, _ in capture.arrivals[1:]] + [len(capture.data)]
    for (_, at), end in zip(capture.arrivals, ends, strict=True):
        while place + 1 < len(frames) and frames[place + 1][0] < end:
            place += 1
        length = ((frames[place][1] - first_dts) % (1 << 33)) / 90_000
        found.append((at - first_at, length - (at - first_at)))
    return found


def most_ahead(capture: Capture) -> float:
    """By how many seconds what was received was ever longer than the time since it was asked for.

    Whoever reads late has not received more for it.
    """
    late = capture.arrivals[0][1] - capture.asked
    return max(lead for _, lead in leads(capture)) - late


def least_ahead(capture: Capture, after: float) -> float:
    """By how many seconds at least it was longer, later than so many, than the time since the first arrival.

    Without the time in which the machine stood still.
    """
    begun = capture.arrivals[0][1]
    return min(lead + capture.stood(begun, begun + at) for at, lead in leads(capture) if at > after)


def check_stream(capture: Capture, folder: Path, frame_ms: float) -> dict[str, Any]:
    """The stream check, less its timing: what the independent checker and ffmpeg say of a capture."""
    whole = folder / "capture.ts"
    whole.write_bytes(capture.data)
    found = check_packets(whole, frame_ms)
    trimmed = folder / "trimmed.ts"
    trimmed.write_bytes(_without_torn_ends(capture.data))
    check_decoding(trimmed)
    return found


def check_packets(path: Path, frame_ms: float) -> dict[str, Any]:
    """The independent checker finds no event in a file, nor a step of more than a frame."""
    done = subprocess.run([sys.executable, TSCHECK, "--json", path], capture_output=True, check=False)
    found: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == 0, found
    assert not set(FORBIDDEN) & set(found["events"]), found
    assert abs(found["pid_0x100"]["max_dts_step"] * 1000 - frame_ms) < 0.2, found
    return found


def check_decoding(path: Path, *options: str) -> None:
    """ffmpeg decodes a file without a warning."""
    argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "warning", *options, "-i", path, "-f", "null", "-"]
    decoded = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert (decoded.returncode, decoded.stderr) == (0, "")


def poll_hls(server: Server, path: str, judge: Judge, seconds: float) -> dict[str, bytes]:
    """Asks for a playlist again and again and fetches what it lists; gives the segments in their order."""
    segments: dict[str, bytes] = {}
    # The first answer may have to wait for the channel.
    server.get(path)
    begun = time.monotonic()
    with Pulse() as pulse:
        judge.stood = pulse.stood
        while (now := time.monotonic()) < begun + seconds:
            answer = server.get(path)
            assert answer.status_code == 200, answer.text
            judge.answer(answer.headers, segment=False)
            playlist = judge.poll(answer.content, now)
            for entry in playlist.entries if playlist else ():
                if entry.uri not in segments:
                    found = server.get(urljoin(path, entry.uri))
                    judge.answer(found.headers, segment=True)
                    judge.segment(found.content)
                    segments[entry.uri] = found.content
            for uri in judge.owed(now):
                assert server.http.head(urljoin(path, uri)).status_code == 200, uri
            time.sleep(POLL_SECONDS)
    return segments


def _packets(data: bytes | bytearray, backward: bool = False) -> Any:
    places = range(0, len(data) - 187, 188)
    return reversed(places) if backward else places


def _begins(data: bytes | bytearray, at: int, pid: int) -> bool:
    return (data[at + 1] & 0x1F) << 8 | data[at + 2] == pid and bool(data[at + 1] & 0x40)


def _dts(data: bytes | bytearray, at: int) -> int:
    head = at + 4 + (1 + data[at + 4] if data[at + 3] & 0x20 else 0)
    stamp = head + (14 if data[head + 7] >> 6 == 3 else 9)
    b = data[stamp : stamp + 5]
    return (b[0] >> 1 & 7) << 30 | b[1] << 22 | b[2] >> 1 << 15 | b[3] << 7 | b[4] >> 1


def _video_dts(data: bytes | bytearray) -> Any:
    return ((at, _dts(data, at)) for at in _packets(data) if _begins(data, at, 0x100))


def _dts_forward(data: bytes | bytearray) -> int | None:
    return next((_dts(data, at) for at in _packets(data) if _begins(data, at, 0x100)), None)


def _dts_backward(data: bytes | bytearray) -> int | None:
    return next((_dts(data, at) for at in _packets(data, True) if _begins(data, at, 0x100)), None)


def _without_torn_ends(data: bytes | bytearray) -> bytes:
    """A capture stops anywhere: the last access unit on each PID may be half there."""
    last = {
        pid: next((at for at in _packets(data, True) if _begins(data, at, pid)), 0) for pid in (0x100, 0x101)
    }
    kept = bytearray()
    for at in _packets(data):
        pid = (data[at + 1] & 0x1F) << 8 | data[at + 2]
        if pid not in last or at < last[pid]:
            kept += data[at : at + 188]
    return bytes(kept)


@dataclass
class PacketTimes:
    """When by its own clock a stream holds what, in 90 kHz ticks, in the order of its packets.

    `video` and `audio` are DTS, `skews` by how much each sound follows the picture before it, `tables` the
    DTS of the picture before each table, by PID.
    """

    video: list[int] = field(default_factory=list)
    audio: list[int] = field(default_factory=list)
    skews: list[int] = field(default_factory=list)
    tables: dict[int, list[int]] = field(default_factory=lambda: {0: [], 0x11: [], 0x1000: []})


def packet_times(data: bytes | bytearray) -> PacketTimes:
    """Reads what each packet that begins something says of its time."""
    found = PacketTimes()
    for at in _packets(data):
        if _begins(data, at, 0x100):
            found.video.append(_dts(data, at))
        elif _begins(data, at, 0x101):
            found.audio.append(_dts(data, at))
            found.skews.append((found.audio[-1] - found.video[-1] + (1 << 32)) % (1 << 33) - (1 << 32))
        for pid, came in found.tables.items():
            if _begins(data, at, pid) and found.video:
                came.append(found.video[-1])
    return found
