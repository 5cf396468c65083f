"""`exstv guide [CHANNEL]`: what is on now and next on each channel, or one channel's coming day.

The rows are those of XMLTV and the status page: all ask exstv/timeline/query.py.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import groupby

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from exstv.cli.arguments import instant
from exstv.cli.line_up import USAGE, add_station, find_channel, published
from exstv.clock import to_iso
from exstv.render.why import local_time
from exstv.timeline.model import Channel, Programme
from exstv.timeline.query import TimelineReader, programme_at
from exstv.units import DAY_MS

HELP = "show what is on"

ON_NOW = "▶"
_DAY = "%A %d %B %Y"


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
            rows = _now_and_next(reader, args.at)
            heading, table = "", _line_up(reader.channels, rows)
        else:
            channel = find_channel(reader, args.channel, "guide")
            if channel is None:
                return USAGE
            rows = list(reader.programmes(args.at, args.at + DAY_MS, channel.key))
            heading, table = _heading(channel), _day(channel, rows, args.at)
    if args.format == "json":
        sys.stdout.write(_json(rows))
    else:
        console = Console(highlight=False)
        if heading:
            console.print(Text(heading, style="bold"))
        console.print(table)
    return 0


def _now_and_next(reader: TimelineReader, at_ms: int) -> list[Programme]:
    """Of each channel the programme that is on at an instant and the one after it, as far as planned."""
    found: list[Programme] = []
    on_now = reader.programmes(at_ms, at_ms + 1)
    for key, group in groupby(on_now, key=lambda row: row.channel):
        now = programme_at(list(group), at_ms)
        if now is not None:
            found += [now, *reader.programmes(now.finish_ms, now.finish_ms + 1, key)]
    return found


def _line_up(channels: Sequence[Channel], rows: Sequence[Programme]) -> Table:
    table = Table("", "Channel", "Now", "Next")
    by_channel: dict[str, list[Programme]] = {}
    for row in rows:
        by_channel.setdefault(row.channel, []).append(row)
    for channel in channels:
        cells = [_cell(channel, row) for row in by_channel.get(channel.key, [])]
        now, following, *_ = [*cells, Text()] if cells else [Text("nothing is planned"), Text()]
        table.add_row(Text(channel.number), Text(channel.name), now, following)
    return table


def _day(channel: Channel, rows: Sequence[Programme], at_ms: int) -> Table:
    """A row each, what is on now marked, and a heading where a day of the channel's clock begins."""
    table = Table("", "From", "To", "Programme", "")
    day = ""
    for row in rows:
        if (begun := local_time(channel, max(row.start_ms, at_ms), _DAY)) != day:
            day = begun
            table.add_section()
            table.add_row("", "", "", Text(day, style="italic"))
        times = (local_time(channel, row.start_ms), local_time(channel, row.finish_ms))
        is_on = row.start_ms <= at_ms
        # As Text: a title with brackets is no markup.
        title, sub_title = Text(row.title), Text(row.sub_title or "")
        table.add_row(ON_NOW if is_on else "", *times, title, sub_title, style="bold" if is_on else "")
    return table


def _heading(channel: Channel) -> str:
    return f"{channel.number} {channel.name} ({channel.timezone})"


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
