"""Which text of the station a compile reads: the folder that was named, a commit's, or what is pinned.

A commit's files are compiled from within their folder: what is said of them names them as the repository
does, and the same words in another commit are the same text. Settings, state and media stay the station's.
"""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from exstv import codes
from exstv.catalog.lock import counting_lock
from exstv.checkouts import NotCheckedOut, check_out, folder_of, mirror_dir
from exstv.cli.kept import lock_of
from exstv.diagnostics import Diagnostic, Span
from exstv.errors import TimelineUnusable
from exstv.timeline import versions
from exstv.timeline.pins import PIN, UNPINNED, Held, Pin, read_pin
from exstv.timeline.query import TimelineReader

Given = tuple["Text | None", list[Diagnostic]]


@dataclass(frozen=True)
class Text:
    """The folder that holds the station's files, their commit where that decides, and what is pinned.

    `lock` is the only lock that counts, None for that of the machine.
    """

    root: Path
    commit: str | None = None
    lock: Path | None = None
    held: Held = UNPINNED

    def lock_path(self, state_dir: Path, mode: str) -> Path:
        """The catalog lock that counts."""
        return self.lock or counting_lock(self.root.absolute(), state_dir, mode)


@contextlib.contextmanager
def the_text(args: argparse.Namespace, state_dir: Path) -> Iterator[Given]:
    """What a compile with such arguments reads, for as long as the block lasts; None: nothing, and why."""
    publishes = not (args.check or args.out)
    pin = read_pin(state_dir) if publishes else None
    if pin is not None and not _is_newer(args.at_commit, pin, state_dir):
        with _pinned(args, state_dir, pin) as found:
            yield found
    elif args.at_commit is not None:
        with inside(args, state_dir, args.at_commit, Text(Path(), args.at_commit, held=Held(pin))) as found:
            yield found
    else:
        yield Text(args.station), []


@contextlib.contextmanager
def inside(args: argparse.Namespace, state_dir: Path, commit: str, text: Text) -> Iterator[Given]:
    """Stands in the folder of a commit, made if it is not there yet."""
    for name in ("station", "out"):
        # Other paths stay what the user meant.
        if (path := getattr(args, name)) is not None:
            setattr(args, name, path.absolute())
    if args.state is not None and Path(args.state).exists():
        args.state = str(Path(args.state).absolute())
    try:
        folder = check_out(state_dir, commit, (f"--git-dir={mirror_dir(state_dir)}",), _last(state_dir))
    except NotCheckedOut as error:
        yield None, [codes.NOT_CHECKED_OUT.at(Span(str(args.station)), commit=commit, reason=str(error))]
        return
    with contextlib.chdir(folder):
        yield text, []


@contextlib.contextmanager
def _pinned(args: argparse.Namespace, state_dir: Path, pin: Pin) -> Iterator[Given]:
    """The pinned text; without one nothing is compiled, and the pinned version plays until it ends."""
    span = Span(str(versions.timeline_dir(state_dir) / PIN))
    help = "`exstv rollback --unpin` ends that"
    if pin.commit is None:
        what = "nothing else is compiled or published"
        yield None, [codes.PINNED.at(span, help=help, version=pin.version, what=what)]
        return
    what = f"its commit `{pin.commit[:12]}` is what is compiled"
    warning = codes.PINNED.at(span, help=help, version=pin.version, what=what)
    text = Text(Path(), pin.commit, lock_of(state_dir, pin.lock_digest), Held(pin, pin))
    with inside(args, state_dir, pin.commit, text) as (found, noted):
        yield found, [*noted, warning]


def _is_newer(commit: str | None, pin: Pin, state_dir: Path) -> bool:
    """Tells whether a commit ends a pin: neither what was known then, nor what is only rolled forward."""
    return commit not in (None, pin.followed, pin.commit, _commit_on_air(state_dir))


def _last(state_dir: Path) -> Path | None:
    """The folder of the commit that is on air."""
    commit = _commit_on_air(state_dir)
    return folder_of(state_dir, commit) if commit else None


def _commit_on_air(state_dir: Path) -> str | None:
    with contextlib.suppress(TimelineUnusable):
        path = versions.current(state_dir)
        if path is not None:
            reader = TimelineReader.open(path)
            reader.close()
            return reader.header.commit
    return None
