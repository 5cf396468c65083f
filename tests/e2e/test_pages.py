"""The preview of a channel's page, as somebody in front of a browser sees it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import chromium
import httpx
import pytest
from stations import LONG, write_station
from watching import PATIENCE_SECONDS, Server

pytestmark = [
    pytest.mark.ffmpeg,
    pytest.mark.skipif(chromium.CHROMIUM is None and "CI" not in os.environ, reason="no Chromium on PATH"),
]
TOKEN = "of-no-use-to-anybody-else"
# As a click on the picture's own button does.
PLAY = """
new Promise((done) => {
  const video = document.querySelector("#preview video");
  video.muted = true;
  video.addEventListener("timeupdate", () => video.currentTime > 1 && done([video.videoWidth, "playing"]));
  video.addEventListener("error", () => done([0, video.error.message]));
  video.play().catch((why) => done([0, String(why)]));
})
"""
TOLD = """
new Promise((done) => {
  const now = document.getElementById("now");
  const seen = () => now.textContent.includes("1 viewer") ? done() : setTimeout(seen, 50);
  seen();
})
"""


def sessions(base: str) -> list[dict[str, Any]]:
    """Who watches, as the server tells it."""
    answer = httpx.get(f"{base}/api/v1/sessions", timeout=PATIENCE_SECONDS)
    found: list[dict[str, Any]] = answer.json()["sessions"]
    return found


def test_a_preview_plays_in_the_browser_and_is_a_viewer_from_play_on(
    tmp_path: Path, put_on_air: Callable[..., Server]
) -> None:
    folder = write_station(tmp_path / "seen", {"alpha": LONG})
    # Below a token: whatever leads beside it, a link, a style, a stream, leads to nothing.
    server = put_on_air(folder, EXSTREAMTV_SERVER__TOKEN=TOKEN)
    base = f"{server.base.partition('/t/')[0]}/t/{TOKEN}"
    with chromium.browsing(tmp_path / "profile") as tab:
        tab.look(width=1280, dark=False)
        tab.open(f"{base}/channels/1")
        assert sessions(base) == []
        assert tab.run(PLAY) == [320, "playing"]
        (session,) = sessions(base)
        assert (session["channel"], session["protocol"]) == ("alpha", "HLS")
        # The page was told, and told on: nobody loaded it anew, and the preview plays on.
        tab.run(TOLD)
        assert tab.run("document.querySelector('video').paused") is False
        assert [url for url in tab.requests if not url.startswith(("data:", "blob:", base))] == []
        assert tab.complaints == []
