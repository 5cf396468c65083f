"""`exstv why CHANNEL --at T`: which lines of the station put an item there, and which progress it moved."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from exstv.cli.arguments import instant
from exstv.cli.line_up import USAGE, add_station, find_channel, published
from exstv.render.why import local_time, why
from exstv.timeline.query import item_at

HELP = "show what put an item there"

_CLOCK = "%Y-%m-%d %H:%M:%S"


def run(argv: Sequence[str]) -> int:
    """Explains one instant; exit code 2 for a channel that does not exist, 1 where nothing is planned."""
    parser = argparse.ArgumentParser(prog="exstv why", description=HELP)
    parser.add_argument("channel", help="number, key or name")
    parser.add_argument("--at", type=instant, default="now", metavar="T", help="ISO 8601, default: now")
    add_station(parser)
    args = parser.parse_args(argv)
    with published(args.station) as reader:
        channel = find_channel(reader, args.channel, "why")
        if channel is None:
            return USAGE
        item = item_at(reader.items(channel.key, args.at, args.at + 1), args.at)
        if item is None:
            at = local_time(channel, args.at, _CLOCK)
            sys.stderr.write(f"exstv why: nothing is planned on {channel.name} at {at}\n")
            return 1
        answer = list(why(reader, channel, item))
    # Plain lines: a table would fold a long path, and nobody could click it.
    for label, words in answer:
        sys.stdout.write(f"{label:<10} {words}\n")
    return 0
