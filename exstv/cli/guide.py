"""`exstv guide [CHANNEL]`: what is on now and next on each channel, or one channel's coming day.

The rows are those of XMLTV and the status page: all ask exstv/timeline/query.py.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from exstv.cli.arguments import instant
from exstv.cli.line_up import USAGE, add_station, find_channel, local_time, published
from exstv.clock import to_iso
from exstv.timeline.model import Channel, Programme
from exstv.timeline.query import TimelineReader, programme_at
from exstv.units import DAY_MS

HELP = "show what is on"


def run(argv: Sequence[str]) -> int:
    """Shows the guide; exit code 2 for a channel that does not exist."""
    parser = argparse.ArgumentParser(prog="exstv guide", description=HELP)
    parser.add_argument("channel", nargs="?", help="number, key or name; default: all channels, now and next")
    parser.add_argument("--at", type=instant, default="now", metavar="T", help="ISO 8601, default: now")
    add_station(parser)
    parser.add_argument("--format", choices=("text", "json"), default="text")
    args = parser.parse_args(argv)
    with published(args.station) as reader:
        if args.channel is None:
            rows = [row for channel in reader.channels for row in _now_and_next(reader, channel, args.at)]
            heading, table = "", _line_up(reader, rows)
        else:
            channel = find_channel(reader, args.channel, "guide")
            if channel is None:
                return USAGE
            rows = list(reader.programmes(args.at, args.at + DAY_MS, channel.key))
            heading, table = _heading(channel, args.at), _day(channel, rows, args.at)
    if args.format == "json":
        sys.stdout.write(_json(rows))
    else:
        console = Console(highlight=False)
        if heading:
            console.print(Text(heading, style="bold"))
        console.print(table)
    return 0


def _now_and_next(reader: TimelineReader, channel: Channel, at_ms: int) -> list[Programme]:
    """The programme that is on at an instant and the one after it, as far as the timeline reaches."""
    rows = reader.programmes(at_ms, at_ms + 1, channel.key)
    now = programme_at(rows, at_ms)
    if now is None:
        return []
    following = reader.programmes(now.finish_ms, now.finish_ms + 1, channel.key)
    return [now, *following]


def _line_up(reader: TimelineReader, rows: Sequence[Programme]) -> Table:
    table = Table("", "Channel", "Now", "Next")
    for channel in reader.channels:
        cells = [_cell(channel, row) for row in rows if row.channel == channel.key]
        now, following, *_ = [*cells, Text()] if cells else [Text("nothing is planned"), Text()]
        table.add_row(Text(channel.number), Text(channel.name), now, following)
    return table


def _day(channel: Channel, rows: Sequence[Programme], at_ms: int) -> Table:
    table = Table("From", "To", "Programme", "")
    for row in rows:
        times = (local_time(channel, row.start_ms), local_time(channel, row.finish_ms))
        style = "bold" if row.start_ms <= at_ms else ""
        # As Text: a title with brackets is no markup.
        table.add_row(*times, Text(row.title), Text(row.sub_title or ""), style=style)
    return table


def _heading(channel: Channel, at_ms: int) -> str:
    date = local_time(channel, at_ms, "%A %d %B %Y")
    return f"{channel.number} {channel.name}, {date} ({channel.timezone})"


def _cell(channel: Channel, row: Programme) -> Text:
    title = f"{row.title}: {row.sub_title}" if row.sub_title else row.title
    return Text(f"{local_time(channel, row.start_ms)} {title}")


def _json(rows: Sequence[Programme]) -> str:
    """A JSON list of programmes with instants as ISO 8601."""
    found = []
    for row in rows:
        fields = msgspec.structs.asdict(row)
        start, finish = fields.pop("start_ms"), fields.pop("finish_ms")
        found.append({**fields, "start_time": to_iso(start), "finish_time": to_iso(finish)})
    return msgspec.json.format(msgspec.json.encode(found)).decode() + "\n"
