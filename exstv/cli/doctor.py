"""`exstv doctor [STATION]`: looks at this machine and this station, and says what to do about it."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from compiler.pipeline import CompileRequest, compile_station
from exstv.cli import checks
from exstv.cli.catalog import lock_path
from exstv.cli.checks import Finding, Level
from exstv.cli.looks import look_at
from exstv.cli.remote import check_remote
from exstv.cli.scan import read_sources
from exstv.cli.trial import Trial, check_source
from exstv.clock import Clock, SystemClock
from exstv.settings import Settings, load_settings

HELP = "check this machine and this station"
_COLOURS = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "bold red"}


def run(argv: Sequence[str]) -> int:
    """Prints every finding as it is made; exit code 1 if anything fails."""
    parser = argparse.ArgumentParser(prog="exstv doctor", description=HELP)
    parser.add_argument("station", nargs="?", default="channels", type=Path, help="the station's folder")
    args = parser.parse_args(argv)
    console = Console(highlight=False, soft_wrap=True)
    failed = False
    for finding in examine(args.station, SystemClock()):
        _print(console, finding)
        failed = failed or finding.level is Level.FAIL
    return 1 if failed else 0


def examine(station: Path, clock: Clock) -> Iterator[Finding]:
    """Every finding about a station on this machine."""
    settings, diagnostics = load_settings(station, os.environ)
    yield checks.check_diagnostics("config", diagnostics, f"see `exstv compile {station}`")
    ffmpeg, findings = checks.check_ffmpeg(settings.ffmpeg.path)
    yield from findings
    yield checks.check_font()
    yield checks.check_port(settings.server.host, settings.server.port)
    if settings.station.is_dir():
        yield from checks.check_state_dir(settings.state_dir)
    yield from check_remote(settings, clock)
    yield from _examine_station(station, settings, ffmpeg, clock.now_ms())
    yield checks.check_timeline(settings.state_dir, clock.now_ms())


def _examine_station(station: Path, settings: Settings, ffmpeg: str | None, now_ms: int) -> Iterator[Finding]:
    sources, _ = read_sources(station)
    catalog, findings = checks.check_catalog(lock_path(settings), station, sources)
    request = CompileRequest(root=station, catalog=catalog, now_ms=now_ms, built_at_ms=now_ms)
    compiled = compile_station(request)
    advice = f"see `exstv compile {station}`"
    yield checks.check_diagnostics("station", compiled.diagnostics, advice)
    yield from findings
    for source in sources:
        yield from look_at(source, catalog, settings.media_root, os.environ)
    if ffmpeg is None or compiled.timeline is None:
        # Without an encoder or a profile nothing can be tried; both are reported above.
        return
    yield from checks.check_encoders(ffmpeg, compiled.timeline.profiles)
    yield from checks.check_hardware(ffmpeg, compiled.timeline.profiles)
    profile = compiled.timeline.profiles[0]
    trial = Trial(ffmpeg=ffmpeg, profile=profile, settings=settings, environ=os.environ, now_ms=now_ms)
    for source in sources:
        yield check_source(source, catalog, trial)


def _print(console: Console, finding: Finding) -> None:
    line = Text(f"{finding.level:<5}", style=_COLOURS[finding.level])
    line.append(f"{finding.subject}: {finding.text}", style="default")
    console.print(line)
    if finding.advice:
        console.print(Text(f"     {finding.advice}", style="dim"))
