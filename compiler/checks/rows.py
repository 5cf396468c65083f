"""What findings say of a timeline's rows: what is on the air, since when, and which YAML put it there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from compiler.lower.wall import WallClock
from exstv import duckdb
from exstv.diagnostics import Span
from exstv.nodes import Mapping, Node, walk

_COLUMNS = """
SELECT i.channel, epoch_ms(i.start_time), epoch_ms(i.finish_time), i.kind, i.filler_kind, i.media_id, m.title,
    m.kind, i.rule, i.file, i.line, i.programme_id
FROM timeline.playout_item i LEFT JOIN timeline.media m ON m.id = i.media_id
"""
RULE_SIGN = " › "


class Row(NamedTuple):
    """A playout item with what is known of its media."""

    channel: str
    start_ms: int
    finish_ms: int
    kind: str
    filler_kind: str | None
    media_id: str | None
    title: str | None
    media_kind: str | None
    rule: str
    file: str
    line: int
    programme_id: str | None

    @property
    def names(self) -> tuple[str, ...]:
        """The names that put it there, without the channel's."""
        return tuple(self.rule.split(RULE_SIGN)[1:])

    @property
    def words(self) -> str:
        """What it is, for a message."""
        what = f"`{self.title}` ({self.media_id})" if self.title is not None else "the slate"
        if self.kind == "off_air":
            return "off air"
        return f"{what}, {(self.filler_kind or self.kind).replace('_', '-')}"


class Timetable:
    """One written timeline; owns what is remembered of its zones and places."""

    now_ms: int

    def __init__(self, connection: duckdb.DuckDBPyConnection, nodes: Iterable[Node]) -> None:
        self._connection = connection
        self._nodes = tuple(nodes)
        self._spans: dict[tuple[str, int], Span] | None = None
        zones = connection.execute("SELECT key, timezone FROM timeline.channel").fetchall()
        clocks = {zone: WallClock(zone, 0) for _, zone in zones}
        self.walls: dict[str, WallClock] = {key: clocks[zone] for key, zone in zones}
        row = connection.execute("SELECT epoch_ms(compiled_for) FROM timeline.timeline").fetchone()
        self.now_ms = row[0] if row else 0
        self._open = dict(
            connection.execute(
                "SELECT channel, epoch_ms(max(start_time)) FROM timeline.programme"
                " WHERE start_time <= make_timestamp_ms(?) GROUP BY channel",
                [self.now_ms],
            ).fetchall()
        )

    def is_past(self, channel: str, at_ms: int) -> bool:
        """Tells whether a programme that begins at an instant was over before `now`: nobody can mend it."""
        since: int = self._open.get(channel, self.now_ms)
        return at_ms < since

    def item(self, channel: str, at_ms: int) -> Row | None:
        """The playout item at an instant."""
        where = "WHERE i.channel = ? AND i.start_time <= make_timestamp_ms(?)"
        where += " AND i.finish_time > make_timestamp_ms(?)"
        row = self._connection.execute(f"{_COLUMNS} {where}", [channel, at_ms, at_ms]).fetchone()
        return Row(*row) if row else None

    def feature(self, item: Row) -> Row:
        """What a viewer came for at an item: itself, or the content of the programme that it is filler of."""
        if item.kind != "filler" or item.programme_id is None:
            return item
        where = (
            "WHERE i.channel = ? AND i.programme_id = ? AND i.kind = 'content'"
            " ORDER BY epoch_ms(i.start_time) < ?, abs(epoch_ms(i.start_time) - ?) LIMIT 1"
        )
        values = [item.channel, item.programme_id, item.start_ms, item.start_ms]
        row = self._connection.execute(f"{_COLUMNS} {where}", values).fetchone()
        return Row(*row) if row else item

    def rows(self, where: str, values: Iterable[Any] = ()) -> list[Row]:
        """Playout items that a condition lets through, by channel, in order."""
        sql = f"{_COLUMNS} WHERE {where} ORDER BY i.channel, i.start_time"
        return [Row(*row) for row in self._connection.execute(sql, list(values)).fetchall()]

    def title(self, channel: str, at_ms: int) -> str:
        """What the guide lists at an instant."""
        row = self._connection.execute(
            "SELECT title FROM timeline.programme WHERE channel = ? AND start_time <= make_timestamp_ms(?)"
            " AND finish_time > make_timestamp_ms(?)",
            [channel, at_ms, at_ms],
        ).fetchone()
        return str(row[0]) if row else ""

    def local(self, channel: str, at_ms: int) -> str:
        """An instant on a channel's clock: `2026-03-06 20:00`, with seconds only where there are any."""
        moment = self.walls[channel].local(at_ms)
        return moment.strftime("%Y-%m-%d %H:%M:%S" if moment.second else "%Y-%m-%d %H:%M")

    def span(self, row: Row) -> Span:
        """The YAML that scheduled it: the outermost thing that is written from its line on."""
        if self._spans is None:
            self._spans = {}
            for node in self._nodes:
                self._note(node, self._spans)
        return self._spans.get((row.file, row.line), Span(row.file, row.line, 1, row.line, 1))

    @staticmethod
    def _note(node: Node, spans: dict[tuple[str, int], Span]) -> None:
        for part in walk(node):
            spans.setdefault((part.span.file, part.span.line), part.span)
            if isinstance(part, Mapping):
                for key, _ in part.entries:
                    spans.setdefault((key.span.file, key.span.line), key.span)
