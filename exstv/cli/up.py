"""`exstv up [STATION]`: scans what changed, compiles, serves, and follows edits of the station."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from exstv.cli import compile as compile_command
from exstv.cli.report import print_diagnostics
from exstv.cli.serve import serve
from exstv.clock import SystemClock
from exstv.diagnostics import has_errors
from exstv.errors import CannotStart
from exstv.git_settings import shown_remote
from exstv.settings import Settings, load_settings
from exstv.timeline import versions
from exstv.timeline.lock import server_lock
from runtime.app import newest_commit
from runtime.mirror import CannotFollow

HELP = "scan what changed, compile, serve, and follow edits"


def run(argv: Sequence[str]) -> int:
    """Serves until told to stop; a station with errors plays its last good timeline, if it has one."""
    parser = argparse.ArgumentParser(prog="exstv up", description=HELP)
    parser.add_argument("station", nargs="?", default="channels", type=Path, help="the station's folder")
    args = parser.parse_args(argv)
    settings, diagnostics = load_settings(args.station, os.environ)
    if has_errors(diagnostics):
        # Defaults in place of what was meant could open the station to the network.
        print_diagnostics(diagnostics, sys.stderr)
        return 1
    # Before anything is published: whoever plays from this folder already would follow it.
    with server_lock(settings.state_dir):
        return _up(settings, args.station)


def _up(settings: Settings, station: Path) -> int:
    if settings.git.remote is not None:
        return _up_by_git(settings, station)
    code = compile_command.run([str(station), "--scan"])
    if code != 0:
        if versions.current(settings.state_dir) is None:
            return code
        sys.stderr.write("exstv up: the station does not compile; its last good timeline goes on air\n")
    # The server compiles once more where it failed, so that the page shows what is wrong until it is mended.
    return serve(settings, station, watch=True, compile_first=code != 0)


def _up_by_git(settings: Settings, station: Path) -> int:
    """Goes on air with what was good last, at once; only the first time the newest commit is waited for."""
    if versions.current(settings.state_dir) is None:
        remote, branch = shown_remote(settings.git.remote or ""), settings.git.branch
        try:
            commit = asyncio.run(newest_commit(settings, SystemClock()))
        except CannotFollow as error:
            raise CannotStart(f"nothing was fetched from `{branch}` of {remote} yet: {error}") from error
        code = compile_command.run([str(station), "--scan", "--at-commit", commit])
        if code != 0:
            return code
    return serve(settings, station, watch=False)
