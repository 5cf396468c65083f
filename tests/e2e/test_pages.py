"""The preview of a channel's page, as somebody in front of a browser sees it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import chromium
import pytest
from stations import LONG, write_station
from watching import Server

pytestmark = [
    pytest.mark.ffmpeg,
    pytest.mark.skipif(chromium.CHROMIUM is None and "CI" not in os.environ, reason="no Chromium on PATH"),
]
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


def test_a_preview_plays_in_the_browser_and_is_a_viewer_from_play_on(
    tmp_path: Path, put_on_air: Callable[..., Server]
) -> None:
    server = put_on_air(write_station(tmp_path / "seen", {"alpha": LONG}))
    with chromium.browsing(tmp_path / "profile") as tab:
        tab.look(width=1280, dark=False)
        tab.open(f"{server.base}/channels/1")
        assert server.get("/api/v1/sessions").json()["sessions"] == []
        assert tab.run(PLAY) == [320, "playing"]
        (session,) = server.get("/api/v1/sessions").json()["sessions"]
        assert (session["channel"], session["protocol"]) == ("alpha", "HLS")
        # The page was told, and told on: nobody loaded it anew, and the preview plays on.
        tab.run(TOLD)
        assert tab.run("document.querySelector('video').paused") is False
