"""`exstv why CHANNEL --at T`: which lines of the station put an item there."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from exstv.cli.arguments import instant
from exstv.cli.line_up import USAGE, add_station, find_channel, local_time, published
from exstv.timeline.model import Channel, PlayoutItem, Programme
from exstv.timeline.query import TimelineReader, item_at, programme_at
from exstv.units import format_duration

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
        programme = programme_at(reader.programmes(args.at, args.at + 1, channel.key), args.at)
        answer = _answer(reader, channel, item, programme)
    # Plain lines: a table would fold a long path, and nobody could click it.
    for label, words in answer:
        sys.stdout.write(f"{label:<10} {words}\n")
    return 0


def _answer(
    reader: TimelineReader, channel: Channel, item: PlayoutItem, programme: Programme | None
) -> list[tuple[str, str]]:
    what = [item.kind.value, *([item.filler_kind.value] if item.filler_kind else [])]
    points = f"{format_duration(item.in_point_ms)} to {format_duration(item.out_point_ms)}"
    rows = [
        ("item", f"{_media(reader, item)} ({' '.join(what)})"),
        ("on air", " to ".join(local_time(channel, at, _CLOCK) for at in (item.start_ms, item.finish_ms))),
        ("plays", points),
        ("because", item.rule),
        ("written", f"{item.file}:{item.line}"),
    ]
    if programme is not None:
        title = f"{programme.title}: {programme.sub_title}" if programme.sub_title else programme.title
        start, finish = (local_time(channel, at_ms) for at_ms in (programme.start_ms, programme.finish_ms))
        rows.insert(1, ("programme", f"{title}, {start} to {finish}"))
    return rows


def _media(reader: TimelineReader, item: PlayoutItem) -> str:
    if item.media_id is None:
        return "the built-in slate"
    media = reader.media([item.media_id]).get(item.media_id)
    return f"{media.title} [{media.id}]" if media else item.media_id
