"""The web pages in Chromium: how they look, that everyone can read them, that they follow what happens.

Pictures of every page, on a phone and on a desk, light and dark, are left in `artefacts/pages`.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import chromium
import pytest
import uvicorn
from as_run import aired
from busy import busy
from msgspec.structs import replace

from exstv.diagnostics import Diagnostic, Label, Severity, Span
from exstv.server_settings import ServerSettings
from exstv.timeline.model import Timeline
from runtime.gate.gate import Gate
from runtime.status import ReloadStatus

if TYPE_CHECKING:
    from tests.runtime.conftest import Station

ROOT = Path(__file__).parents[3]
PICTURES = ROOT / "artefacts/pages"
LOOK = (ROOT / "tests/browser/look.js").read_text(encoding="utf-8")
AXE = ROOT / "tests/browser/node_modules/axe-core/axe.min.js"
PAGES = {
    "status": "/",
    "guide": "/guide",
    "search": "/guide?q=the 5",
    "channel": "/channels/2.5",
    "why": "/channels/2.5/why",
    "setup": "/setup",
}
PHONE, DESK = 360, 1280
SERIOUS = """
axe.run(document, {resultTypes: ["violations"]}).then(({violations}) => violations
  .filter(({impact}) => ["serious", "critical"].includes(impact))
  .map(({id, nodes}) => [id, ...nodes.map(({html}) => html)]))
"""
LIVE = """
new Promise((done) => {
  window.here = true;
  document.getElementById("why-evil").open = true;
  const seen = () => document.body.textContent.includes("7 viewers") && done([
    window.here, document.getElementById("why-evil").open, performance.getEntriesByType("navigation").length,
  ]);
  new MutationObserver(seen).observe(document.body, {childList: true, subtree: true});
  document.title = "watching";
})
"""


def missing() -> str:
    """Says what these tests lack on this machine; nothing if they can run."""
    if chromium.CHROMIUM is None:
        return "no Chromium on PATH"
    return "" if AXE.exists() else "no axe-core: run `make players`"


pytestmark = pytest.mark.skipif(bool(missing()) and "CI" not in os.environ, reason=missing())


@contextmanager
def served(station: Station) -> Iterator[str]:
    """The address of a station on the loopback interface, behind its gate, which ends with the block."""
    app = Gate(station.client.app, ServerSettings())
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = server.force_exit = True
        thread.join()
        listening.close()


@pytest.fixture
def lively(make_station: Callable[[Timeline], Any], timeline: Timeline) -> Station:
    """A station on which everything that the pages can show happens at once, with names that hardly fit."""
    first, second, third = timeline.channels
    long = replace(first, logo=None, name="Donaudampfschifffahrtsgesellschaft am Abend", group="Nostalgia")
    station: Station = make_station(replace(timeline, channels=(long, second, third)))
    written = station.folder / "retro.yaml"
    written.write_text("items:\n  - {play: sitcom}\n")
    label = Label(Span(str(written), 2, 12, 2, 18))
    wrong = Diagnostic("EXS3001", Severity.ERROR, "no source named `sitcom`", (label,))
    failed = ReloadStatus(ok=False, at_ms=station.clock.ms - 40_000, diagnostics=(wrong,))
    busy(station).says(reload=failed)
    item = next(each for each in timeline.items if each.start_ms > station.clock.ms - 3_600_000)
    plan = {"plan_start_ms": item.start_ms, "plan_finish_ms": item.finish_ms}
    why = "ffmpeg was killed by signal 9, and its machine is slow to start another"
    station.aired["retro"] = (aired(0, 20, channel="retro", step="fallback", reason=why, **plan),)
    return station


def test_pages_can_be_read_by_everyone_on_a_phone_and_on_a_desk(lively: Station, tmp_path: Path) -> None:
    assert not missing()
    axe = AXE.read_text(encoding="utf-8")
    wrong: dict[str, Any] = {}
    with served(lively) as base, chromium.browsing(tmp_path / "profile") as tab:
        for (name, path), width, dark in product(PAGES.items(), (PHONE, DESK), (False, True)):
            tab.look(width=width, dark=dark)
            tab.open(base + path)
            shown = f"{name}-{width}-{'dark' if dark else 'light'}"
            tab.picture(PICTURES / f"{shown}.png")
            wrong[shown] = tab.run(LOOK)
            if dark == (width == PHONE):
                # Every page at both widths, and in both colours; not all four, which would find the same.
                tab.run(axe + ";0")
                wrong[shown] += tab.run(SERIOUS)
            asked = [url for url in tab.requests if not url.startswith(("data:", base + "/"))]
            assert (asked, tab.complaints) == ([], []), shown
    assert {shown: words for shown, words in wrong.items() if words} == {}
    assert len(list(PICTURES.glob("*.png"))) >= len(wrong) == len(PAGES) * 4


def test_an_open_page_follows_what_happens_without_being_loaded_anew(lively: Station, tmp_path: Path) -> None:
    with served(lively) as base, chromium.browsing(tmp_path / "profile") as tab:
        tab.look(width=DESK, dark=False)
        tab.open(base + "/")
        assert "7 viewers" not in tab.run("document.body.textContent")
        status = lively.services.status().channels["retro"]
        # The page's first look at what is told may still be to come: the change comes behind it.
        tab.run("new Promise((told) => new EventSource('events').addEventListener('message', told))")
        lively.says(channels={"retro": replace(status, viewers=7)})
        lively.clock.ms += 2000
        assert tab.run(LIVE) == [True, True, 1]


def test_a_narrow_guide_is_a_list_and_a_wide_one_a_table(lively: Station, tmp_path: Path) -> None:
    with served(lively) as base, chromium.browsing(tmp_path / "profile") as tab:
        tops = {}
        for width in (PHONE, DESK):
            tab.look(width=width, dark=False)
            tab.open(base + "/guide")
            tops[width] = tab.run(
                "[...document.querySelectorAll('tbody tr:first-child td')].map((cell) => cell.offsetTop)"
            )
        assert len(set(tops[DESK])) == 1 and tops[PHONE] == sorted(set(tops[PHONE]))
        assert len(tops[PHONE]) == len(tops[DESK]) == 8
