"""`exstv compile` where something changed: the whole way from the files to the published timeline."""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from compiler.cache import ParseCache
from compiler.checks.run import run_checks
from compiler.onair import OnAirFile
from compiler.pipeline import Compiled, CompileRequest, compile_into
from compiler.publish import NextFile, previous
from exstv.catalog.lock import read_lock
from exstv.cli import kept
from exstv.cli.arguments import given_state
from exstv.cli.compile import report, say
from exstv.cli.rescan import refreshed_catalog
from exstv.cli.revision import commit_of
from exstv.cli.standing import deciding_facts, summary
from exstv.cli.text import Text
from exstv.diagnostics import Diagnostic, has_errors
from exstv.errors import PinnedMeanwhile
from exstv.files import IMPORTED_STATE
from exstv.settings import Settings, load_settings
from exstv.timeline import versions
from exstv.timeline.model import Head

PARSE_CACHE = Path("cache", "parsed")
"""Below the state folder."""


@dataclass(frozen=True)
class _Site:
    """Where a compile happens: its arguments, the station's text, and this machine."""

    args: argparse.Namespace
    text: Text
    settings: Settings


def build(args: argparse.Namespace, text: Text, noted: Sequence[Diagnostic]) -> int:
    """Compiles and publishes, or does what else was asked for; 1 if the station has errors.

    `noted` is what is said besides.
    """
    settings, found = load_settings(args.station, os.environ)
    if has_errors(found):
        report(found, args.format)
        return 1
    # A commit's lock is that commit's; state and media are this machine's, wherever the text stands.
    settings = settings.model_copy(update={"station": text.root.absolute()})
    words, diagnostics = _build(_Site(args, text, settings))
    kept.retire(settings.state_dir, [text.commit] if text.commit else [])
    report([*found, *noted, *diagnostics], args.format)
    if words is None:
        return 1
    say(words, args.format)
    return 0


def _build(site: _Site) -> tuple[str | None, list[Diagnostic]]:
    """What was made, in words; None: nothing."""
    on_air, found = _on_air(site)
    request, noted = _request(site, on_air)
    found += noted
    if request is None:
        return None, found
    with ExitStack() as stack:
        if site.args.check:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="exstv-check-")))
        elif site.args.out is not None:
            folder = site.args.out.absolute().parent
        else:
            folder = versions.timeline_dir(site.settings.state_dir)
            folder.mkdir(parents=True, exist_ok=True)
        file = stack.enter_context(NextFile(folder, on_air))
        compiled = compile_into(request, file.begin)
        if request.cache is not None:
            request.cache.save()
        found += compiled.diagnostics
        if compiled.head is None or has_errors(found):
            return None, found
        words, checked = _deliver(site, file, compiled, compiled.head, folder)
        found += checked
        return (None if has_errors(checked) else words), found


def _on_air(site: _Site) -> tuple[OnAirFile | None, list[Diagnostic]]:
    """What the compile goes on from."""
    if site.args.cold or site.args.out is not None or site.args.state is not None:
        return None, []
    return previous(site.settings.state_dir)


def _request(site: _Site, on_air: OnAirFile | None) -> tuple[CompileRequest | None, list[Diagnostic]]:
    """What the compiler is given; None: the progress that was asked for cannot be read."""
    args, settings, text = site.args, site.settings, site.text
    state, noted = given_state(args.state)
    if args.state is not None and state is None:
        return None, noted
    cache = ParseCache(settings.state_dir / PARSE_CACHE)
    if text.lock is None and args.scan:
        catalog, scanned = refreshed_catalog(settings, text.root, cache)
    else:
        catalog, scanned = read_lock(_lock(site))
    request = CompileRequest(
        root=text.root,
        catalog=catalog,
        now_ms=args.now,
        built_at_ms=args.built_at,
        previous=on_air,
        horizon_ms=args.horizon,
        commit=text.commit or commit_of(text.root),
        cache=cache,
        state=state,
        facts=deciding_facts(args.horizon),
    )
    return request, [*noted, *scanned]


def _lock(site: _Site) -> Path:
    return site.text.lock_path(site.settings.state_dir, site.settings.catalog.mode)


def _deliver(
    site: _Site, file: NextFile, compiled: Compiled, head: Head, folder: Path
) -> tuple[str, list[Diagnostic]]:
    """Brings the timeline where it is wanted and says so; with `--check`, what it is held to says more."""
    words = summary(head.header, len(head.channels), file.counts())
    if site.args.check:
        path = folder / "timeline.duckdb"
        file.place(head, path)
        return f"checked: {words}", run_checks(compiled.checks, path) if compiled.checks else []
    if site.args.out is not None:
        file.place(head, site.args.out.absolute())
        return f"{site.args.out}: {words}", []
    state_dir = site.settings.state_dir
    # Before what is made from it: killed in between, a version would have none to go back with.
    kept.keep_lock(state_dir, _lock(site), head.header.lock_digest)
    try:
        path = file.publish(head, state_dir, site.text.held)
    except PinnedMeanwhile as error:
        return str(error), []
    if site.args.state == str(state_dir / IMPORTED_STATE):
        # What is on air now has gone on from there.
        Path(site.args.state).unlink(missing_ok=True)
    number = int(path.stem.removeprefix("v"))
    return f"version {number}: {words}", []
