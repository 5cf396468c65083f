"""A headless Chromium that tests steer: pages at a size, in light or dark, with pictures of them.

It is steered over a pipe by the DevTools protocol, so it needs neither a driver nor a port.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium")
PATIENCE_SECONDS = 60.0
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--mute-audio"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-dev-shm-usage", "--hide-scrollbars", "--autoplay-policy=no-user-gesture-required"),
)


class Tab:
    """One page of the browser."""

    def __init__(self, asking: int, told: int) -> None:
        self._asking, self._told = asking, told
        self._buffer = b""
        self._count = 0
        self._session: str | None = None
        self.requests: list[str] = []
        """Addresses that were asked for since the last `open`."""
        self.complaints: list[str] = []
        """What the browser said against the page, a breach of its policy for one."""
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """What the browser answers to one command."""
        self._count += 1
        message = {"id": self._count, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._asking, json.dumps(message).encode() + b"\0")
        while (heard := self._hear()).get("id") != self._count:
            self._note(heard)
        assert "error" not in heard, (method, heard)
        found: dict[str, Any] = heard["result"]
        return found

    def look(self, *, width: int, dark: bool) -> None:
        """Makes the window so wide, and the reader one who likes it dark or light."""
        mobile = width < 600
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=800,
            deviceScaleFactor=1,
            mobile=mobile,
        )
        liked = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", features=[liked])

    def script(self, on: bool) -> None:
        """Lets the pages that follow run scripts, or not."""
        self.ask("Emulation.setScriptExecutionDisabled", value=not on)

    def open(self, url: str) -> None:
        """Goes to a page and waits until it is there as a whole."""
        self.requests.clear()
        self.ask("Page.navigate", url=url)
        while (heard := self._hear()).get("method") != "Page.loadEventFired":
            self._note(heard)

    def run(self, script: str) -> Any:
        """What an expression is worth on the page, waiting for a promise."""
        done = self.ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    def picture(self, path: Path) -> None:
        """Writes what the whole page looks like as a PNG."""
        shown = self.ask("Page.captureScreenshot", captureBeyondViewport=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(shown["data"]))

    def _hear(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            more = os.read(self._told, 1 << 16)
            assert more, "the browser has ended"
            self._buffer += more
        message, _, self._buffer = self._buffer.partition(b"\0")
        heard: dict[str, Any] = json.loads(message)
        return heard

    def _note(self, heard: dict[str, Any]) -> None:
        if heard.get("method") == "Network.requestWillBeSent":
            self.requests.append(heard["params"]["request"]["url"])
        if heard.get("method") == "Log.entryAdded":
            self.complaints.append(heard["params"]["entry"]["text"])


@contextmanager
def browsing(profile: Path) -> Iterator[Tab]:
    """A tab of a browser of the test's own, which ends with the block."""
    assert CHROMIUM is not None
    (asks, asking), (told, tells) = _pipe(), _pipe()
    # The browser reads commands from descriptor 3 and answers on 4.
    argv = [CHROMIUM, *FLAGS, "--remote-debugging-pipe", f"--user-data-dir={profile}"]
    browser = subprocess.Popen(
        ["bash", "-c", f'exec "$@" 3<&{asks} 4>&{tells}', "bash", *argv],
        pass_fds=(asks, tells),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    os.close(asks)
    os.close(tells)
    try:
        yield Tab(asking, told)
    finally:
        # The session is the browser's own: its helpers go with it.
        os.killpg(browser.pid, signal.SIGKILL)
        browser.wait(PATIENCE_SECONDS)
        os.close(asking)
        os.close(told)


def _pipe() -> tuple[int, int]:
    """A pipe whose ends are none of the descriptors that the browser wants."""
    ends = os.pipe()
    reading, writing = (fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends)
    for end in ends:
        os.close(end)
    return reading, writing
