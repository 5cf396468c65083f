"""A player in a real browser: hls.js in headless Chromium, on a page of another origin than the server's.

`make players` installs hls.js; Chromium is the machine's. The page tells by itself what happened: there is no
driver.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from chromium import CHROMIUM, FLAGS
from serving import Silent, listening

FOLDER = Path(__file__).parent / "browser"
HLS_JS = FOLDER / "node_modules/hls.js/dist/hls.min.js"
PATIENCE_SECONDS = 60.0


def missing() -> str:
    """Says what a browser test lacks on this machine; nothing if it can run."""
    if CHROMIUM is None:
        return "no Chromium on PATH"
    return "" if HLS_JS.exists() else "no hls.js: run `make players`"


def play(playlist: str, seconds: float, profile: Path, *, look: bool = False) -> dict[str, Any]:
    """Plays for so many seconds after the first one and gives the page's report.

    It says how bright each picture is only if it is to `look`, which takes a slow machine's time.
    """
    assert CHROMIUM is not None
    told: list[bytes] = []
    done = threading.Event()
    with _pages(told, done) as base:
        url = f"{base}/?{urlencode({'src': playlist, 'seconds': seconds} | ({'look': ''} if look else {}))}"
        browser = subprocess.Popen(
            [CHROMIUM, *FLAGS, f"--user-data-dir={profile}", url],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            assert done.wait(seconds + PATIENCE_SECONDS), "the page never reported"
        finally:
            # The session is the browser's own: its helpers go with it.
            os.killpg(browser.pid, signal.SIGKILL)
            browser.wait(PATIENCE_SECONDS)
    report: dict[str, Any] = json.loads(told[0])
    return report


@contextmanager
def _pages(told: list[bytes], done: threading.Event) -> Iterator[str]:
    files = {"/": FOLDER / "player.html", "/hls.js": HLS_JS}

    class Handler(Silent):
        def do_GET(self) -> None:
            path = files.get(self.path.partition("?")[0])
            self.send_response(200 if path else 404)
            kind = "text/javascript" if path == HLS_JS else "text/html; charset=utf-8"
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(path.read_bytes() if path else b"")

        def do_POST(self) -> None:
            told.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(204)
            self.end_headers()
            done.set()

    with listening(Handler) as address:
        yield address
