"""What commands that look at the published timeline share: opening it, finding a channel by its names."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from exstv.cli.report import print_diagnostics
from exstv.codes import did_you_mean
from exstv.diagnostics import has_errors, suggest
from exstv.errors import TimelineUnusable
from exstv.settings import load_settings
from exstv.timeline import versions
from exstv.timeline.model import Channel
from exstv.timeline.query import TimelineReader

USAGE = 2


def add_station(parser: argparse.ArgumentParser) -> None:
    """The option that says whose timeline is meant."""
    help = "the station's folder; default: channels"
    parser.add_argument("--station", default="channels", type=Path, metavar="DIR", help=help)


def state_of(station: Path) -> Path:
    """Where a station's timelines and logs are. Raises TimelineUnusable for settings that are wrong."""
    settings, found = load_settings(station, os.environ)
    print_diagnostics(found, sys.stderr)
    if has_errors(found):
        raise TimelineUnusable(f"the settings of {station} do not say where its timeline is")
    return settings.state_dir


def published_path(station: Path, state_dir: Path) -> Path:
    """The file that a station has on air. Raises TimelineUnusable if there is none."""
    path = versions.current(state_dir)
    if path is None:
        raise TimelineUnusable(f"{station} has no timeline yet; `exstv compile {station}` makes one")
    return path


@contextmanager
def published(station: Path) -> Iterator[TimelineReader]:
    """The timeline that a station has on air. Raises TimelineUnusable, also for settings that are wrong."""
    reader = TimelineReader.open(published_path(station, state_of(station)))
    try:
        yield reader
    finally:
        reader.close()


def find_channel(reader: TimelineReader, wanted: str, command: str) -> Channel | None:
    """The channel with this number, key or name; None if there is none, which stderr is told."""
    names = {channel.name.casefold(): channel for channel in reader.channels}
    names |= {channel.key.casefold(): channel for channel in reader.channels}
    names |= {channel.number: channel for channel in reader.channels}
    found = names.get(wanted.casefold())
    if found is None:
        hint = did_you_mean(suggest(wanted.casefold(), names))
        sys.stderr.write(f"exstv {command}: no channel `{wanted}`{'; ' + hint if hint else ''}\n")
    return found
