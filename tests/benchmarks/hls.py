"""HLS: how soon there is a first segment, and what a playlist costs after a week of watching."""

from __future__ import annotations

import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from measuring import ROUNDS, Result, typical_seconds
from station import on_air

from runtime.mpegts.packet import CLOCK
from runtime.mpegts.segment import Facts, Segmenter
from runtime.mpegts.stream import Unit

PLAYLIST = "/iptv/channel/1.m3u8"
GROUP_SECONDS, RATE = 2, 30
MINUTE, WEEK = 60, 7 * 24 * 3600
REQUESTS = 1000
FIRST_SEGMENT_S, REQUEST_MS = 1.0, 1.0


def measure() -> Iterator[Result]:
    """Seconds and milliseconds beside what issue 4 promises."""
    yield _first_segment()
    young, old = _request_ms(MINUTE), _request_ms(WEEK)
    yield Result("HLS playlist after a week of session", old, REQUEST_MS, "ms", "the promise")
    yield Result("HLS playlist after a week of session", old, young, "ms", "the same after a minute")


def _first_segment() -> Result:
    """From the GET of the playlist of a channel that is off air to the last byte of its first segment."""
    took = []
    for _ in range(ROUNDS):
        # A server each: a channel that was watched lingers.
        with tempfile.TemporaryDirectory() as folder, on_air(Path(folder)) as server:
            base = f"http://127.0.0.1:{server.port}"
            began = time.perf_counter()
            text = _get(base + PLAYLIST).decode()
            name = next(line for line in text.splitlines() if line.endswith(".ts"))
            _get(f"{base}/iptv/channel/{name}")
            took.append(time.perf_counter() - began)
    return Result("cold GET of HLS to its first segment", median(took), FIRST_SEGMENT_S, "s", "the promise")


def _get(url: str) -> bytes:
    with urllib.request.urlopen(url) as answer:
        body: bytes = answer.read()
    return body


def _request_ms(seconds: int) -> float:
    """One playlist of a session that has lasted so long, in simulated time."""
    segmenter = Segmenter(GROUP_SECONDS * CLOCK, 1_795_000_000, 0)
    frame = b"p" * 188
    for second in range(seconds):
        first = second * CLOCK
        units = [
            Unit(frame, first + n * CLOCK // RATE, n == 0 and second % GROUP_SECONDS == 0, True)
            for n in range(0, RATE, RATE // 2)
        ]
        segmenter.publish(units, Facts(lambda tick: tick // 90, lambda first, last: b""))

    def ask() -> None:
        for _ in range(REQUESTS):
            segmenter.playlist("1/run-").encode()

    return typical_seconds(ask) / REQUESTS * 1000
