"""A live stream from another server, as a channel's viewer sees it."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path

import av
import msgspec
import pytest
from decoding import ffmpeg
from serving import Silent, listening
from studio import Studio, assert_unbroken, capture, card, timeline_of

from exstv.sources import registry
from exstv.sources.base import Place, PlayableInput, ScanContext, ScanResult, UrlInput
from exstv.timeline.model import Media, Source

SECONDS = 20
DARKEST, STEP = 20, 10
"""The stream's first second is so dark, and each other one so much lighter than the one before."""


class LiveSource:
    """A source whose items are live, at the address that is their locator."""

    def __init__(self, name: str, definition: str, environ: object) -> None:
        pass

    def scan(self, context: ScanContext) -> ScanResult:
        raise AssertionError("a test compiles nothing")

    def resolve(self, media: Media, place: Place) -> PlayableInput:
        return UrlInput(url=media.locator, live=True)


@contextmanager
def streaming(stream: bytes, seconds: float) -> Iterator[str]:
    """A server that gives each client the stream as it is shown, from its beginning, and then hangs up."""
    over = threading.Event()

    class Handler(Silent):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "video/mp2t")
            self.end_headers()
            begun, sent = time.monotonic(), 0
            with suppress(ConnectionError):
                while sent < len(stream) and not over.wait(0.05):
                    due = min(len(stream), int(len(stream) * (time.monotonic() - begun) / seconds))
                    self.wfile.write(stream[sent:due])
                    sent = due

    with listening(Handler) as address:
        try:
            yield address
        finally:
            over.set()


def seconds_shown(data: bytes) -> list[int]:
    """Which second each picture of the live stream says that it is, by its grey."""
    with av.open(io.BytesIO(data)) as container:
        lights = [frame.to_ndarray(format="yuv420p")[:90] for frame in container.decode(video=0)]
    return [round((light.mean() - DARKEST) / STEP) for light in lights if light.std() < 4]


@pytest.mark.ffmpeg
@pytest.mark.usefixtures("patient")
async def test_a_live_item_that_was_cued_early_goes_on_as_it_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(registry._TYPES, "live", LiveSource)
    grey = f"geq=lum='{DARKEST}+{STEP}*floor(T)':cb=128:cr=128"
    stream = ffmpeg(
        *("-f", "lavfi", "-i", f"color=gray:s=64x36:r=25:d={SECONDS},{grey}"),
        *("-f", "lavfi", "-i", f"sine=d={SECONDS}", "-c:v", "libx264", "-preset", "ultrafast", "-g", "10"),
        *("-c:a", "aac", "-f", "mpegts", "pipe:1"),
    )
    studio = Studio(tmp_path)
    with streaming(stream, SECONDS) as address:
        cam = msgspec.structs.replace(
            card("cam"), source="live", locator=f"{address}/cam.ts", duration_ms=None, kind="live"
        )
        # The film has eleven seconds left: the stream is there long before its turn.
        timeline = timeline_of(studio.clock.now_ms() - 49_000, [card("a"), cam], 60_000)
        timeline = msgspec.structs.replace(
            timeline, sources=(*timeline.sources, Source(name="live", type="live", definition="{}"))
        )
        async with studio.on_air(timeline) as player:
            data = await capture(player.join(), 340)
    assert_unbroken(data, tmp_path)
    shown = seconds_shown(data)
    assert len(shown) > 25
    assert all(later - earlier in (0, 1) for earlier, later in pairwise(shown))
