"""ErsatzTV's SQLite database: its channels, and the classic schedules that they play.

What the tables mean was read in ErsatzTV's own model of them. What an item plays is database_content.py's. A
playout of another kind is told: a sequential one is a file, which is imported by itself.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ruamel.yaml.comments import CommentedMap

from exstv import codes
from exstv.diagnostics import Span
from exstv.importing.amounts import MOST
from exstv.importing.contents import SOURCE, libraries
from exstv.importing.database_content import DatabaseContents
from exstv.importing.model import Imported, Names, Outcome, Report, Wishes
from exstv.importing.sqlite_file import Database, Row, number, opened, text
from exstv.importing.stations import channel_number, channel_of, station_of
from exstv.importing.writing import flow, listing, mapping, plain, put, quoted
from exstv.units import format_duration, format_time_of_day

_FLEXIBLE = 1
_TAILS = {0: "none", 1: "offline"}
_TIME = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})(?:\.\d+)?")
_PLACES = {
    "pre_roll": "PreRollFillerId",
    "mid_roll": "MidRollFillerId",
    "post_roll": "PostRollFillerId",
    "tail": "TailFillerId",
    "fallback": "FallbackFillerId",
}


def import_database(path: Path, wishes: Wishes) -> Outcome:
    """What a database becomes, or why it cannot be read."""
    report = Report()
    try:
        with opened(path) as database:
            maker = _Maker(database, Span(str(path)), report, wishes.taken)
            maker.make()
    except sqlite3.Error as error:
        return None, [
            codes.IMPORT_SHAPE.at(Span(str(path)), reason=f"it is no database of ErsatzTV: {error}")
        ]
    if not maker.channels:
        reason = "none of its channels has a classic schedule"
        return None, [*report.diagnostics, codes.IMPORT_SHAPE.at(Span(str(path)), reason=reason)]
    rest = mapping(
        {
            "channels": maker.channels,
            "schedules": maker.schedules,
            "collections": maker.contents.document,
            "filler": maker.contents.filler or None,
        }
    )
    # The channels that have no entry.
    put(rest, "channels", rest["channels"], report.comment())
    name = Names([SOURCE]).new(path.stem)
    return Imported(name, station_of("ErsatzTV", wishes), libraries(), rest), report.diagnostics


class _Maker:
    """Makes channels and schedules out of the tables; owns their documents."""

    def __init__(self, database: Database, where: Span, report: Report, taken: Iterable[str]) -> None:
        self.channels, self.schedules = CommentedMap(), CommentedMap()
        self.contents = DatabaseContents(database, where, report, taken)
        self._database = database
        self._where = where
        self._report = report
        self._names, self._schedule_names = Names(taken), Names(taken)
        self._made: dict[int, str] = {}
        """The names of schedules by their ids."""
        self._kinds = {
            kind: database.by_id(f"ProgramSchedule{kind}Item") for kind in ("Multiple", "Duration", "Flood")
        }

    def make(self) -> None:
        """Every channel with a classic schedule; of the others it is told why not."""
        playouts = self._database.by_id("Playout", "ChannelId")
        schedules = self._database.by_id("ProgramSchedule")
        alternates = {row.get("PlayoutId") for row in self._database.rows("ProgramScheduleAlternate")}
        for row in self._database.rows("Channel"):
            name = plain(text(row, "Name")) or "Channel"
            playout = playouts.get(row.get("Id"))
            schedule = schedules.get(playout.get("ProgramScheduleId")) if playout else None
            if schedule is None:
                self._report.lose(self._where, f"the channel `{name}`: {_why_not(playout)}")
                continue
            if playout and playout.get("Id") in alternates:
                self._report.lose(
                    self._where, f"the alternate schedules of `{name}`: its `calendar` says them"
                )
            self._channel(row, name, self._schedule(schedule))

    def _channel(self, row: Row, name: str, schedule: str) -> None:
        fallback = self.contents.preset(row.get("FallbackFillerId"), "fallback")
        if row.get("WatermarkId"):
            self._report.lose(self._where, f"the watermark of `{name}`")
        key = self._names.new(name.lower())
        made = channel_of(
            key,
            Wishes(),
            number=channel_number(text(row, "Number")),
            name=name,
            group=plain(text(row, "Group")) or None,
            schedule=schedule,
            fallback=fallback,
            enabled=False if row.get("IsEnabled") == 0 else None,
        )
        put(self.channels, key, made[key], self._report.comment(), depth=1)

    def _schedule(self, row: Row) -> str:
        id_ = number(row, "Id")
        if id_ in self._made:
            return self._made[id_]
        name = self._schedule_names.new(text(row, "Name"))
        items = [
            item
            for item in self._database.rows("ProgramScheduleItem")
            if item.get("ProgramScheduleId") == row.get("Id")
        ]
        waiting = self._report.comment()
        self.contents.begin(keep_parts=bool(number(row, "KeepMultiPartEpisodesTogether")))
        entries: list[tuple[str, Any]] = []
        for index, item in enumerate(sorted(items, key=lambda each: number(each, "Index")), start=1):
            entry = self._entry(item, row, f"item {index} of `{name}`")
            entries.append((self._report.comment(), entry))
        if not entries:
            entries = [("it has no items", flow(wait_until=quoted("00:00")))]
        self.schedules[name] = mapping(
            {
                "kind": "loop",
                "shuffle_items": True if number(row, "ShuffleScheduleItems") else None,
                "random_start_point": True if number(row, "RandomStartPoint") else None,
                "items": listing(entries, 3),
            }
        )
        if waiting:
            self._report.explain(waiting)
        self._made[id_] = name
        return name

    def _entry(self, item: Row, schedule: Row, what: str) -> CommentedMap:
        words = self.contents.words(item, what)
        words |= self._amount(item, what)
        start = _ms(text(item, "StartTime"))
        if start is not None:
            words["start"] = quoted(format_time_of_day(start))
            own = item.get("FixedStartTimeBehavior")
            behaviour = number(schedule, "FixedStartTimeBehavior") if own is None else own
            words["start_behaviour"] = "flexible" if behaviour == _FLEXIBLE else None
        filler = {place: self.contents.preset(item.get(column), place) for place, column in _PLACES.items()}
        words["filler"] = flow(**filler) if any(filler.values()) else None
        title = plain(text(item, "CustomTitle"))
        hidden = "hidden" if number(item, "GuideMode") else None
        words["guide"] = flow(title=title or None, show=hidden) if title or hidden else None
        return flow(**words)

    def _amount(self, item: Row, what: str) -> dict[str, Any]:
        """How much an entry plays, which a table for each mode tells."""
        id_ = item.get("Id")
        if id_ in self._kinds["Flood"]:
            return {"mode": "flood"}
        if (multiple := self._kinds["Multiple"].get(id_)) is not None:
            count = text(multiple, "Count").strip()
            if number(multiple, "MultipleMode") or count in ("0", "count"):
                return {"mode": "multiple", "count": "all"}
            if count.isascii() and count.isdigit() and len(count) <= 6 and int(count) <= MOST:
                return {"mode": "multiple", "count": int(count)}
            self._report.lose(self._where, f"{what}: the expression `{count}`: one item plays")
            return {}
        if (lasting := self._kinds["Duration"].get(id_)) is not None:
            length = _ms(text(lasting, "PlayoutDuration")) or 60_000
            if number(lasting, "DiscardToFillAttempts"):
                self._report.lose(self._where, f"{what}: `discard to fill`: what does not fit comes next")
            tail = _TAILS.get(number(lasting, "TailMode"))
            return {"mode": "duration", "duration": format_duration(length), "tail": tail}
        return {}


def _why_not(playout: Row | None) -> str:
    if playout is None:
        return "it has no playout"
    if file := text(playout, "ScheduleFile"):
        return f"`exstv import ersatztv {file}` imports what it plays"
    return "it plays blocks or a script"


def _ms(time: str) -> int | None:
    """A time as .NET writes it, like `20:00:00`."""
    found = _TIME.fullmatch(time)
    if found is None:
        return None
    hours, minutes, seconds = (int(part) for part in found.groups())
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 if hours < 24 and minutes < 60 > seconds else None
