"""`exstv scan [STATION] [SOURCE …]`: asks the sources what they hold and writes the station's catalog.lock.

With `--own` it writes the lock that this machine keeps in `state_dir` instead, as a running server does. The
scan itself is exstv/sources/scan.py's; here are the arguments, the progress and the summary.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn
from rich.progress import Progress as RichProgress

from compiler.documents.declared import Documents
from compiler.listed import external_urls
from compiler.load import load
from compiler.parse import parse
from compiler.validate import declared_sources, validate
from exstv.catalog.lock import LOCK_NAME, read_lock, write_lock
from exstv.catalog.model import Catalog
from exstv.cli.catalog import current_catalog, keep_own
from exstv.cli.committing import commit_lock, push
from exstv.cli.report import print_diagnostics
from exstv.codes import did_you_mean
from exstv.diagnostics import Diagnostic, has_errors, suggest
from exstv.errors import ExstvError
from exstv.settings import Settings, load_settings
from exstv.sources.scan import Progress, ScanSite, ScanSummary, SourceSummary, prune, scan_station, silent
from exstv.timeline.model import Source

HELP = "ask the sources what they hold and write catalog.lock"
USAGE = 2
_COUNTS = ("found", "new", "changed", "missing", "failed")


def run(argv: Sequence[str]) -> int:
    """Scans; exit code 1 if a definition is wrong or no source could be scanned, 2 for an unknown source."""
    parser = _parser()
    args = parser.parse_args(argv)
    if args.push and not args.commit:
        parser.error("--push goes with --commit")
    settings, diagnostics = load_settings(args.station, os.environ)
    if args.files is not None:
        settings = settings.model_copy(update={"station": args.files.absolute()})
    documents, found = read_documents(args.files or args.station)
    sources = declared_sources(documents)
    print_diagnostics([*diagnostics, *found], sys.stderr)
    if has_errors([*diagnostics, *found]):
        return 1
    only = set(args.source) or None
    names = [source.name for source in sources]
    for name in sorted((only or set()) - set(names)):
        hint = did_you_mean(suggest(name, names))
        sys.stderr.write(f"exstv scan: no source named `{name}`{'; ' + hint if hint else ''}\n")
        return USAGE
    if args.own and settings.catalog.mode == "locked":
        raise ExstvError(f"{args.station} has `catalog: {{mode: locked}}`: only its catalog.lock counts")
    return _scan(_Site(settings, documents, args), only)


def read_sources(station: Path) -> tuple[tuple[Source, ...], list[Diagnostic]]:
    """The sources that a station declares, with every mistake of its files."""
    documents, found = read_documents(station)
    return declared_sources(documents), found


def read_documents(station: Path) -> tuple[Documents, list[Diagnostic]]:
    """All that a station declares, with every mistake of its files."""
    files, loaded = load(station)
    trees, parsed = parse(files)
    documents, validated = validate(trees)
    return documents, [*loaded, *parsed, *validated]


def fetched(
    urls: Mapping[str, str], catalog: Catalog, only: set[str] | None
) -> tuple[Catalog, list[Diagnostic]]:
    """The catalog with programme lists fetched anew: of all these schedules, or of `only` some."""
    # Not imported above: an HTTP client takes long to load, and most stations have no such list.
    lists = importlib.import_module("exstv.sources.lists")
    result: tuple[Catalog, list[Diagnostic]] = lists.fetch_lists(urls, catalog, only)
    return result


def scan_site(settings: Settings) -> ScanSite:
    """This machine, as its settings say."""
    return ScanSite(media_root=settings.media_root, state_dir=settings.state_dir, environ=os.environ)


@contextmanager
def shown_progress(console: Console) -> Iterator[Progress]:
    """A bar for each source while it is scanned; nothing where no terminal looks."""
    if not console.is_terminal:
        yield silent
        return
    columns = (
        TextColumn("[bold]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[what]}", markup=False),
    )
    with RichProgress(*columns, console=console, transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def show(source: str, done: int, total: int, what: str) -> None:
            if source not in tasks:
                tasks[source] = bars.add_task(source, what="")
            bars.update(tasks[source], completed=done, total=total, what=what)

        yield show


def describe(summary: SourceSummary) -> str:
    """`films: 12 found, 2 new, 1 missing`."""
    if summary.error is not None:
        return f"{summary.name}: not scanned: {summary.error}"
    counts = {name: getattr(summary, name) for name in _COUNTS}
    shown = [f"{count} {name}" for name, count in counts.items() if count or name == "found"]
    return f"{summary.name}: {', '.join(shown)}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="exstv scan", description=HELP)
    parser.add_argument("station", nargs="?", default="channels", type=Path, help="the station's folder")
    parser.add_argument("source", nargs="*", help="only these sources; default: all")
    parser.add_argument(
        "--deep",
        action="store_true",
        help="decode all files of local sources for their loudness and pauses; takes hours",
    )
    parser.add_argument("--prune", action="store_true", help="forget items that are missing")
    written = parser.add_mutually_exclusive_group()
    written.add_argument("--own", action="store_true", help="write this machine's own lock, in state_dir")
    written.add_argument(
        "--commit",
        action="store_true",
        help="go on from the lock that counts here, and commit catalog.lock to git",
    )
    parser.add_argument(
        "--files", type=Path, metavar="FOLDER", help="the station's files are here; STATION has the settings"
    )
    parser.add_argument("--push", action="store_true", help="with --commit: push it, too")
    return parser


@dataclass(frozen=True)
class _Site:
    """What is scanned, on which machine, and what was asked for."""

    settings: Settings
    documents: Documents
    args: argparse.Namespace

    @property
    def station(self) -> Path:
        return self.settings.station


def _scan(site: _Site, only: set[str] | None) -> int:
    args, settings = site.args, site.settings
    # A damaged lock is what a scan repairs: what can still be read of it saves probing.
    goes_on = args.own or args.commit
    before, _ = current_catalog(settings) if goes_on else read_lock(site.station / LOCK_NAME)
    with shown_progress(Console(stderr=True)) as progress:
        catalog, summary, diagnostics = scan_station(
            declared_sources(site.documents),
            before,
            scan_site(settings),
            only=only,
            progress=progress,
            deep=args.deep,
        )
    urls = external_urls(site.documents)
    if only is None and (urls or catalog.lists):
        catalog, missed = fetched(urls, catalog, None)
        diagnostics += missed
    if args.prune:
        catalog = prune(catalog, only)
    shallow = _not_deep(site.documents, only) if args.deep else []
    failed = has_errors(diagnostics) or _all_failed(summary)
    words = [] if failed and goes_on else _keep(site, catalog, summary)
    print_diagnostics(diagnostics, sys.stderr)
    sys.stdout.writelines(f"{line}\n" for line in (*map(describe, summary.sources), *shallow, *words))
    return 1 if failed else 0


def _not_deep(documents: Documents, only: set[str] | None) -> list[str]:
    """Of sources that were named: which of them have no files to look into."""
    named = [source for source in declared_sources(documents) if source.name in (only or ())]
    reason = "not looked into, since `--deep` is for sources of the type `local`"
    return [f"{source.name}: {reason}" for source in named if source.type != "local"]


def _keep(site: _Site, catalog: Catalog, summary: ScanSummary) -> list[str]:
    """Writes the lock that was asked for, and says what came of it."""
    folder = site.settings.state_dir if site.args.own else site.station
    path = folder / LOCK_NAME
    written = keep_own(site.settings, catalog) if site.args.own else write_lock(path, catalog)
    words = [f"{path}: {len(catalog.items)} in all{'' if written else ', unchanged'}"]
    if site.args.commit:
        commit = commit_lock(site.station, _message(summary))
        words.append(f"committed as {commit}" if commit else "git has this catalog.lock already")
        if site.args.push:
            push(site.station)
            words.append("pushed")
    return words


def _message(summary: ScanSummary) -> str:
    """What the commit says: its subject, and each source."""
    news = sum(each.new + each.changed for each in summary.sources)
    lines = "\n".join(map(describe, summary.sources))
    return f"Scan the sources: {news} new or changed\n\n{lines}"


def _all_failed(summary: ScanSummary) -> bool:
    return bool(summary.sources) and all(source.error is not None for source in summary.sources)
