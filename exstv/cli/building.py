"""`exstv compile` where something changed: the whole way from the files to the published timeline."""

from __future__ import annotations

import argparse
import importlib
import os
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from compiler.ahead import Ahead
from compiler.onair import OnAirFile
from compiler.pipeline import Compiled, CompileRequest, compile_into
from compiler.publish import NextFile, previous
from exstv.catalog.lock import read_lock
from exstv.catalog.model import Catalog
from exstv.cli import kept
from exstv.cli.arguments import given_state
from exstv.cli.compile import report, say
from exstv.cli.revision import commit_of
from exstv.cli.standing import Machine, deciding_facts, summary
from exstv.cli.text import Text
from exstv.diagnostics import Diagnostic, has_errors
from exstv.errors import PinnedMeanwhile
from exstv.files import IMPORTED_STATE
from exstv.timeline import versions
from exstv.timeline.model import Head


@dataclass(frozen=True)
class Site:
    """What a compile is told: its arguments, the station's text, this machine, what is read already."""

    args: argparse.Namespace
    text: Text
    machine: Machine
    read: Ahead


def build(site: Site, noted: Sequence[Diagnostic]) -> int:
    """Compiles and publishes, or does what else was asked for; 1 if the station has errors.

    `noted` is what is said besides.
    """
    words, diagnostics = _build(site)
    commit = site.text.commit
    kept.retire(site.machine.state_dir, [commit] if commit else [])
    report([*site.machine.diagnostics, *noted, *diagnostics], site.args.format)
    if words is None:
        return 1
    say(words, site.args.format)
    return 0


def _build(site: Site) -> tuple[str | None, list[Diagnostic]]:
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
            folder = versions.timeline_dir(site.machine.state_dir)
            folder.mkdir(parents=True, exist_ok=True)
        file = stack.enter_context(NextFile(folder, on_air))
        compiled = compile_into(request, file.begin)
        site.read.cache.save()
        found += compiled.diagnostics
        if compiled.head is None or has_errors(found):
            return None, found
        words, checked = _deliver(site, file, compiled, compiled.head, folder)
        found += checked
        return (None if has_errors(checked) else words), found


def _on_air(site: Site) -> tuple[OnAirFile | None, list[Diagnostic]]:
    """What the compile goes on from."""
    if site.args.cold or site.args.out is not None or site.args.state is not None:
        return None, []
    return previous(site.machine.state_dir)


def _request(site: Site, on_air: OnAirFile | None) -> tuple[CompileRequest | None, list[Diagnostic]]:
    """What the compiler is given; None: the progress that was asked for cannot be read."""
    args, text = site.args, site.text
    state, noted = given_state(args.state)
    if args.state is not None and state is None:
        return None, noted
    if text.lock is None and args.scan:
        catalog, scanned = _rescanned(site)
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
        cache=site.read.cache,
        state=state,
        facts=deciding_facts(args.horizon),
        ahead=site.read.station,
    )
    return request, [*noted, *scanned]


def _lock(site: Site) -> Path:
    return site.text.lock_path(site.machine.state_dir, site.machine.mode)


def _rescanned(site: Site) -> tuple[Catalog, list[Diagnostic]]:
    """The catalog after a scan of what is stale: only for that all settings are loaded."""
    settings, _ = importlib.import_module("exstv.settings").load_settings(site.args.station, os.environ)
    # A commit's lock is that commit's; state and media are this machine's, wherever the text stands.
    settings = settings.model_copy(update={"station": site.text.root.absolute()})
    rescan = importlib.import_module("exstv.cli.rescan")
    found: tuple[Catalog, list[Diagnostic]] = rescan.refreshed_catalog(
        settings, site.text.root, site.read.cache
    )
    return found


def _checked(compiled: Compiled, path: Path) -> list[Diagnostic]:
    """What policies and tests say of the timeline: only for them is loaded what asks them."""
    if not compiled.checks:
        return []
    run = importlib.import_module("compiler.checks.run")
    found: list[Diagnostic] = run.run_checks(compiled.checks, path)
    return found


def _deliver(
    site: Site, file: NextFile, compiled: Compiled, head: Head, folder: Path
) -> tuple[str, list[Diagnostic]]:
    """Brings the timeline where it is wanted and says so; with `--check`, what it is held to says more."""
    words = summary(head.header, len(head.channels), file.counts())
    if site.args.check:
        path = folder / "timeline.duckdb"
        file.place(head, path)
        return f"checked: {words}", _checked(compiled, path)
    if site.args.out is not None:
        file.place(head, site.args.out.absolute())
        return f"{site.args.out}: {words}", []
    state_dir = site.machine.state_dir
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
