"""What each policy finds in a written timeline: a diagnostic for each row, at the YAML that scheduled it.

What is over by `now` is no finding: nobody can mend it. A finding is made when it is called: run.py counts
all and calls those that it shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from typing import Any

import msgspec

from compiler.checks.model import DeadAir, FillerLoad, Policy, Query, Repeat
from compiler.checks.rows import Row, Timetable
from compiler.checks.tables import ask
from exstv import codes, duckdb
from exstv.clock import to_ms
from exstv.codes import Code
from exstv.diagnostics import Diagnostic, Span
from exstv.units import HOUR_MS, format_duration

Finding = Callable[[], Diagnostic]

_MOST_FACTS = 200
"""Characters of a row that a message shows."""


def dead_air(policy: Policy, rule: DeadAir, timetable: Timetable) -> Iterator[Finding]:
    """Each stretch of fallback or slate that is longer than it may be."""
    rows = timetable.rows("i.kind <> 'off_air' AND (i.filler_kind = 'fallback' OR i.media_id IS NULL)")
    for stretch in _stretches([row for row in rows if not _is_declared(row, rule)]):
        first, last = stretch[0], stretch[-1]
        length = last.finish_ms - first.start_ms
        if length > rule.max_ms and last.finish_ms > timetable.now_ms:
            what = "fallback" if first.media_id else "slate"
            yield partial(
                _at_row,
                policy,
                codes.DEAD_AIR,
                timetable,
                first,
                length=format_duration(length),
                what=what,
                at_ms=first.start_ms,
                most=format_duration(rule.max_ms),
            )


def repeats(policy: Policy, rule: Repeat, timetable: Timetable) -> Iterator[Finding]:
    """Each airing of an item that comes too soon after the one before."""
    where = "i.media_id IN (SELECT unnest(?)) AND i.filler_kind IS DISTINCT FROM 'fallback'"
    airings: dict[tuple[str, str | None], list[Row]] = {}
    for row in timetable.rows(where, [sorted(rule.members)]):
        earlier = airings.setdefault((row.channel, row.media_id), [])
        # What comes after a break is the same airing.
        if not (earlier and row.kind == "content" and earlier[-1].programme_id == row.programme_id):
            earlier.append(row)
    for rows in airings.values():
        for before, row in pairwise(rows):
            spacing = row.start_ms - before.start_ms
            if spacing < rule.least_ms and row.finish_ms > timetable.now_ms:
                yield partial(
                    _at_row,
                    policy,
                    codes.REPEATED_TOO_SOON,
                    timetable,
                    row,
                    at_ms=row.start_ms,
                    id=row.media_id or "",
                    spacing=format_duration(spacing),
                    least=format_duration(rule.least_ms),
                )


def filler_load(policy: Policy, rule: FillerLoad, timetable: Timetable) -> Iterator[Finding]:
    """Each hour of the channel's clock with more filler than it may have, at the clip that is too much."""
    load: dict[tuple[str, int], int] = {}
    guilty: dict[tuple[str, int], Row] = {}
    for row in timetable.rows("i.kind = 'filler'"):
        at = row.start_ms
        while at < row.finish_ms:
            hour = at - (at + timetable.walls[row.channel].offset(at)) % HOUR_MS
            until = min(row.finish_ms, hour + HOUR_MS)
            key = (row.channel, hour)
            load[key] = load.get(key, 0) + until - at
            if load[key] > rule.most_ms:
                guilty.setdefault(key, row)
            at = until
    for (channel, hour), row in guilty.items():
        if hour + HOUR_MS > timetable.now_ms:
            yield partial(
                _at_row,
                policy,
                codes.TOO_MUCH_FILLER,
                timetable,
                row,
                at_ms=hour,
                length=format_duration(load[channel, hour]),
                most=format_duration(rule.most_ms),
            )


def query(
    policy: Policy, rule: Query, timetable: Timetable, connection: duckdb.DuckDBPyConnection
) -> Iterator[Finding]:
    """Each row that a query gives. Raises what `ask` does."""
    columns, rows = ask(connection, rule.sql)
    for row in rows:
        facts = dict(zip((column.lower() for column in columns), row, strict=False))
        channel, start = facts.get("channel"), facts.get("start_time")
        if not isinstance(start, datetime) or channel not in timetable.walls:
            yield partial(_finding, policy, codes.POLICY_FOUND, policy.where, facts=_words(facts))
            continue
        at = to_ms(start.replace(tzinfo=UTC))
        if not timetable.is_past(channel, at):
            yield partial(_placed, policy, timetable, (channel, at), facts)


def _placed(
    policy: Policy, timetable: Timetable, place: tuple[str, int], facts: dict[str, Any]
) -> Diagnostic:
    """A finding with a channel and a time."""
    channel, at = place
    item = timetable.item(channel, at)
    span = timetable.span(timetable.feature(item)) if item else policy.where
    others = {name: value for name, value in facts.items() if name not in ("channel", "start_time")}
    when = f"`{channel}` at {timetable.local(channel, at)}"
    words = ", ".join(part for part in (when, _words(others)) if part)
    return _finding(policy, codes.POLICY_FOUND, span, facts=words)


def _words(facts: dict[str, Any]) -> str:
    words = ", ".join(f"{name} {_value(value)}" for name, value in facts.items())
    return words if len(words) <= _MOST_FACTS else f"{words[:_MOST_FACTS]}…"


def _value(value: Any) -> str:
    return f"`{value}`" if isinstance(value, str) else str(value)


def _at_row(
    policy: Policy, code: Code, timetable: Timetable, row: Row, *, at_ms: int, **facts: str
) -> Diagnostic:
    """A finding at the YAML that scheduled a playout item."""
    at = timetable.local(row.channel, at_ms)
    return _finding(policy, code, timetable.span(row), channel=row.channel, at=at, **facts)


def _finding(policy: Policy, code: Code, span: Span, **facts: str) -> Diagnostic:
    also = [(policy.span, "this policy")] if span != policy.where else []
    found = code.at(span, also=also, **facts, name=policy.name)
    return msgspec.structs.replace(found, severity=policy.severity)


def _is_declared(row: Row, rule: DeadAir) -> bool:
    """Tells whether one of the names that put an item there leaves its time to the fallback."""
    names = row.names
    return any(names[start : start + len(run)] == run for run in rule.declared for start in range(len(names)))


def _stretches(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Rows that follow each other on one channel without a gap."""
    stretch: list[Row] = []
    for row in rows:
        if stretch and (stretch[-1].channel, stretch[-1].finish_ms) != (row.channel, row.start_ms):
            yield stretch
            stretch = []
        stretch.append(row)
    if stretch:
        yield stretch
