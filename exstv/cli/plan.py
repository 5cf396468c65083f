"""`exstv plan [STATION]`: what would change on air, programme by programme. Publishes nothing.

Compiles the working tree with the progress of what is on air and compares it with what is on air, with
another timeline's file, or with the station as it was at a git revision. Exit codes: 0 safe, also where much
changes, 1 errors in the station, 3 where a programme on air now would be cut.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from compiler.checks.model import Checks
from compiler.checks.run import run_checks
from compiler.onair import OnAirFile
from compiler.pipeline import CompileRequest, compile_station
from compiler.publish import previous
from exstv.cli.arguments import STATE_HELP, given_state, instant
from exstv.cli.catalog import current_catalog
from exstv.cli.report import print_diagnostics
from exstv.cli.revision import commit_of, export
from exstv.clock import SystemClock, to_iso
from exstv.diagnostics import Diagnostic, Severity, has_errors
from exstv.errors import TimelineUnusable
from exstv.render.disk import wants_colour
from exstv.render.plan import Basis, render_plan_json, render_plan_markdown, render_plan_text
from exstv.settings import load_settings
from exstv.timeline import query, store
from exstv.timeline.beside import beside
from exstv.timeline.carried import CarriedState
from exstv.timeline.diff import Plan, difference
from exstv.timeline.model import Timeline
from exstv.units import DAY_MS

HELP = "show what would change on air"
UNSAFE = 3

_FILE_WIDTH = 120
"""Columns where no terminal says how many it has."""


@dataclass(frozen=True)
class _Sides:
    """The two timelines of a plan, what the old one is called, and from when on they are compared.

    `basis` is what the new one was made from.
    """

    old: Timeline
    new: Timeline
    against: str
    from_ms: int
    basis: Basis


def run(argv: Sequence[str]) -> int:
    """Shows the plan; exit code 3 if it would cut what is on air."""
    args = _parser().parse_args(argv)
    if args.now is None:
        args.now = SystemClock().now_ms()
    sides, found = _sides(args)
    print_diagnostics(found, sys.stderr)
    if sides is None or has_errors(found):
        return 1
    plan = difference(sides.old, sides.new, sides.from_ms)
    sys.stdout.write(_rendered(plan, sides, args.format))
    if not plan.cuts:
        return 0
    names = ", ".join(f"{each.channel.number} {each.channel.name}" for each in plan.cuts)
    sys.stderr.write(f"exstv plan: this would cut what is on air on {names}\n")
    return 0 if args.allow_cut else UNSAFE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="exstv plan", description=HELP)
    parser.add_argument("station", nargs="?", default="channels", type=Path, help="the station's folder")
    parser.add_argument(
        "--against",
        metavar="FILE|REV",
        help="a timeline's file, or a git revision of the station; default: what is on air",
    )
    parser.add_argument("--now", type=instant, metavar="ISO", help="plan as if it were then")
    parser.add_argument("--state", metavar="FILE|URL", help=STATE_HELP)
    parser.add_argument("--allow-cut", action="store_true", help="do not fail where what is on air is cut")
    parser.add_argument("--format", choices=("text", "json", "markdown"), default="text")
    return parser


def _sides(args: argparse.Namespace) -> tuple[_Sides | None, list[Diagnostic]]:
    settings, found = load_settings(args.station, os.environ)
    if has_errors(found):
        return None, found
    catalog, damaged = current_catalog(settings)
    on_air, lost = previous(settings.state_dir)
    state, progress, unread = _progress(args, on_air)
    found += [*damaged, *lost, *unread]
    if has_errors(unread):
        return None, found
    request = CompileRequest(
        root=args.station,
        catalog=catalog,
        now_ms=args.now,
        built_at_ms=args.now,
        previous=on_air,
        commit=commit_of(args.station),
        state=state,
    )
    result = compile_station(request)
    found += result.diagnostics
    if result.timeline is None or has_errors(found):
        return None, found
    old, against = _old(args, request, on_air)
    # Progress that was given begins at a junction: what plays until then is not this compile's to say.
    given = (anchor.at_ms for anchor in (state.channels.values() if state else ()))
    from_ms = max((args.now, *given))
    basis = Basis(
        now_ms=args.now,
        lock_digest=result.timeline.header.lock_digest,
        state=progress,
        digest=result.timeline.header.digest,
        findings=_findings(result.timeline, result.checks),
        checked=bool(result.checks),
        guides=beside(old, result.timeline, from_ms, from_ms + DAY_MS),
    )
    return _Sides(old, result.timeline, against, from_ms, basis), found


def _progress(
    args: argparse.Namespace, on_air: OnAirFile | None
) -> tuple[CarriedState | None, str, list[Diagnostic]]:
    """The progress that is planned with, in words too. A server that is away keeps nobody from a plan."""
    own = f"that of version {on_air.header.version}, on air here" if on_air else "none, as on a first start"
    state, unread = given_state(args.state)
    if state is not None:
        return state, f"that of {state.where}", unread
    if args.state is None or not args.state.startswith(("http://", "https://")):
        return None, own, unread
    why = unread[0].message
    assumed = msgspec.structs.replace(unread[0], severity=Severity.WARNING, help=f"assumed is {own}")
    return None, f"the server could not be asked ({why}); assumed is {own}", [assumed]


def _findings(timeline: Timeline, checks: Checks) -> list[Diagnostic]:
    """What the new timeline does not hold of the station's policies and tests."""
    if not checks:
        return []
    with tempfile.TemporaryDirectory(prefix="exstv-plan-") as folder:
        path = Path(folder, "timeline.duckdb")
        store.write(timeline, path)
        return run_checks(checks, path)


def _old(args: argparse.Namespace, request: CompileRequest, on_air: OnAirFile | None) -> tuple[Timeline, str]:
    """What the working tree is compared with, and what to call it."""
    if args.against is None:
        if on_air is None:
            raise TimelineUnusable(
                f"{args.station} has nothing on air to compare with; `exstv compile {args.station}`"
                " publishes it, `--against` compares with something else"
            )
        return query.load(on_air.path), f"version {on_air.header.version} on air"
    if Path(args.against).is_file():
        return query.load(Path(args.against)), args.against
    folder = Path(tempfile.mkdtemp(prefix="exstv-plan-"))
    try:
        commit = export(args.station, args.against, folder)
        result = compile_station(replace(request, root=folder, commit=commit))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if result.timeline is None:
        # One line: mistakes that were made and mended in the past are nobody's to look at now.
        first = next(each for each in result.diagnostics if each.severity is Severity.ERROR)
        raise TimelineUnusable(f"the station at `{args.against}` does not compile: {first.message}")
    return result.timeline, args.against


def _rendered(plan: Plan, sides: _Sides, format: str) -> str:
    window = f"{to_iso(plan.start_ms)[:16]}Z to {to_iso(plan.finish_ms)[:16]}Z"
    heading = f"{sides.new.header.station}: {sides.against} → working tree, {window}"
    if format == "json":
        return render_plan_json(plan, sides.basis)
    if format == "markdown":
        return render_plan_markdown(plan, heading, sides.basis)
    width = shutil.get_terminal_size((_FILE_WIDTH, 24)).columns
    return render_plan_text(plan, heading, width=width, colour=wants_colour(sys.stdout, os.environ))
