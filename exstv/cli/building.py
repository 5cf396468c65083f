"""`exstv compile` where something changed: the whole way from the files to the published timeline."""

from __future__ import annotations

import argparse
import gc
import os
import tempfile
from pathlib import Path

from rich.console import Console

from compiler.cache import ParseCache
from compiler.checks.run import run_checks
from compiler.pipeline import CompileRequest, CompileResult, compile_station
from compiler.publish import previous, publish
from exstv.cli.catalog import current_catalog, refreshed_catalog
from exstv.cli.compile import report, say
from exstv.cli.revision import commit_of
from exstv.cli.scan import shown_progress
from exstv.cli.standing import deciding_facts, summary
from exstv.diagnostics import Diagnostic, has_errors
from exstv.settings import Settings, load_settings
from exstv.timeline import query, store
from exstv.timeline.model import Timeline

PARSE_CACHE = Path("cache", "parsed")
"""Below the state folder."""


def build(args: argparse.Namespace) -> int:
    """Compiles and publishes, or does what else was asked for; 1 if the station has errors."""
    settings, found = load_settings(args.station, os.environ)
    if has_errors(found):
        report(found, args.format)
        return 1
    # A compile makes millions of values and no cycles: looking for them would take a third of its time.
    gc.disable()
    try:
        result, noted = _compile(args, settings)
    finally:
        gc.enable()
    checked = _checked(result) if args.check else []
    report([*found, *noted, *result.diagnostics, *checked], args.format)
    if result.timeline is None or has_errors([*noted, *checked]):
        return 1
    say(_deliver(result.timeline, args, settings), args.format)
    return 0


def _compile(args: argparse.Namespace, settings: Settings) -> tuple[CompileResult, list[Diagnostic]]:
    if args.scan:
        with shown_progress(Console(stderr=True)) as progress:
            catalog, noted = refreshed_catalog(settings, args.station, progress)
    else:
        catalog, noted = current_catalog(settings)
    old: Timeline | None = None
    if not args.cold and args.out is None:
        old, lost = previous(settings.state_dir)
        noted += lost
    cache = ParseCache(settings.state_dir / PARSE_CACHE)
    request = CompileRequest(
        root=args.station,
        catalog=catalog,
        now_ms=args.now,
        built_at_ms=args.built_at,
        previous=old,
        horizon_ms=args.horizon,
        commit=commit_of(args.station),
        cache=cache,
        facts=deciding_facts(args.horizon),
    )
    result = compile_station(request)
    cache.save()
    return result, noted


def _checked(result: CompileResult) -> list[Diagnostic]:
    """What policies and tests say of the timeline that would be published."""
    if result.timeline is None or not result.checks:
        return []
    with tempfile.TemporaryDirectory(prefix="exstv-check-") as folder:
        path = Path(folder) / "timeline.duckdb"
        store.write(result.timeline, path)
        return run_checks(result.checks, path)


def _deliver(timeline: Timeline, args: argparse.Namespace, settings: Settings) -> str:
    """Brings the timeline where it is wanted, and says so."""
    made = len(timeline.channels), (len(timeline.programmes), len(timeline.items))
    if args.check:
        return f"checked: {summary(timeline.header, *made)}"
    if args.out is not None:
        store.write(timeline, args.out)
        return f"{args.out}: {summary(timeline.header, *made)}"
    reader = query.TimelineReader.open(publish(timeline, settings.state_dir))
    reader.close()
    return f"version {reader.header.version}: {summary(reader.header, *made)}"
