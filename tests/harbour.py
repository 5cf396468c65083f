"""A small station in a folder, for tests that edit and compile it again and again."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import msgspec

from compiler.load import load
from compiler.onair import OnAirFile, OnAirMemory
from compiler.parse import parse
from compiler.pipeline import CompileRequest, compile_into, compile_station
from compiler.publish import NextFile
from compiler.validate import declared_sources, validate
from exstv.catalog.model import Catalog
from exstv.clock import from_iso
from exstv.diagnostics import has_errors
from exstv.sources.scan import ScanSite, scan_station
from exstv.timeline.model import Timeline
from exstv.timeline.versions import timeline_dir

NOW = from_iso("2026-03-06T12:07Z")
STATION = """
station: {name: Harbour, timezone: Europe/Amsterdam, horizon: 1d, history: 1d, defaults: {fallback: slate}}
sources:
  cards:
    type: lavfi
    items:
      - {id: a, title: Alpha, video: black, duration: 47m, kind: movie}
      - {id: b, title: Beta, video: black, duration: 32m, kind: movie}
      - {id: c, title: Gamma, video: black, duration: 21m, kind: movie}
      - {id: slate, title: Slate, video: black, duration: 7m}
collections:
  films: {from: cards, where: "kind = 'movie'"}
filler:
  slate: {play: stand_by, mode: loop}
"""
COLLECTIONS = 'collections:\n  stand_by: {items: ["cards:slate"]}\n'
CHANNEL = """
channels:
  c{n}: {{number: {n}, name: Channel {n}, schedule: s{n}}}
schedules:
  s{n}:
    kind: loop
    items:
      - {{play: films, order: shuffle, mode: flood}}
      - {{play: films, order: shuffle, mode: one, start: "20:00"}}
"""


class Harbour:
    """A station in a folder, and short words for compiling it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "station"
        self.state = folder / "state"
        self.root.mkdir(parents=True)
        timeline_dir(self.state).mkdir(parents=True)
        self.write("station", dedent(STATION))
        self.write("stand_by", COLLECTIONS)
        for n in (1, 2, 3):
            self.write(f"channel-{n}", CHANNEL.format(n=n))
        documents, _ = validate(parse(load(self.root)[0])[0])
        site = ScanSite(media_root=self.root, state_dir=self.state, environ={})
        self.catalog, _, _ = scan_station(declared_sources(documents), Catalog(), site)

    def write(self, name: str, text: str) -> None:
        (self.root / f"{name}.yaml").write_text(text, encoding="utf-8")

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.root / f"{name}.yaml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def request(self, now_ms: int, previous: OnAirFile | OnAirMemory | None) -> CompileRequest:
        return CompileRequest(self.root, self.catalog, now_ms, now_ms, previous)

    def compile(self, now_ms: int, old: Timeline | None = None, *, copying: bool = True) -> Timeline:
        """In memory; without copying every channel is scheduled anew from the junction."""
        if old is not None and not copying:
            blank = tuple(msgspec.structs.replace(channel, recipe="") for channel in old.channels)
            old = msgspec.structs.replace(old, channels=blank)
        result = compile_station(self.request(now_ms, OnAirMemory(old) if old else None))
        assert not has_errors(result.diagnostics), result.diagnostics
        assert result.timeline is not None
        return result.timeline

    def publish(self, now_ms: int, old: Path | None = None) -> Path:
        """Into a file."""
        on_air = OnAirFile(old) if old else None
        with NextFile(timeline_dir(self.state), on_air) as file:
            compiled = compile_into(self.request(now_ms, on_air), file.begin)
            assert compiled.head is not None
            return file.publish(compiled.head, self.state)
