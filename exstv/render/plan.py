"""A plan as a table for a terminal, as Markdown for a pull request, as JSON for a script.

Pure: a Plan in, text out; times are on each channel's wall clock, in JSON UTC. Programmes that move together
are one row. What a change is, is exstv/timeline/diff.py's.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from exstv.clock import to_iso, to_utc
from exstv.diagnostics import Diagnostic
from exstv.timeline.beside import BesideRow
from exstv.timeline.diff import Change, ChangeKind, ChannelPlan, Plan
from exstv.timeline.model import Programme
from exstv.units import format_duration

MAX_ROWS = 20
"""Rows of one channel in text and Markdown; JSON has all."""
MAX_BESIDE = 60
"""Rows of both guides of one channel; a comment has some 60 kB."""
UNCHANGED = "no change"
_CLOCK, _DATE = "%H:%M:%S", "%a %d %b"
_WHEN = f"{_DATE} {_CLOCK}"
_STYLES = {
    ChangeKind.ADDED: "green",
    ChangeKind.REMOVED: "red",
    ChangeKind.REPLACED: "yellow",
    ChangeKind.MOVED: "cyan",
    ChangeKind.CHANGED: "",
}


class Basis(NamedTuple):
    """What a plan stands on, and what else is known of the new timeline.

    With the same `now`, lock and progress (`state`, in words) a compile publishes the timeline of this
    `digest`. `findings` are those of policies and tests, `guides` both guides of each channel.
    """

    now_ms: int
    lock_digest: str
    state: str
    digest: str
    findings: Sequence[Diagnostic] = ()
    checked: bool = False
    """Whether the station has any policy or test."""
    guides: Mapping[str, Sequence[BesideRow]] = {}


class Row(NamedTuple):
    """One line of a channel's changes; `programmes` counts what it stands for."""

    kind: ChangeKind
    when: str
    programme: str
    detail: str
    programmes: int


def render_plan_text(plan: Plan, heading: str, *, width: int, colour: bool) -> str:
    """A heading, then each channel: one line, and a table where it changes."""
    written = io.StringIO()
    console = Console(
        file=written,
        width=width,
        highlight=False,
        force_terminal=colour,
        color_system="standard" if colour else None,
        legacy_windows=False,
    )
    console.print(Text(heading, style="bold"))
    for channel in plan.channels:
        console.print(Text.assemble((f"{_named(channel)}  ", "bold"), summary(channel)))
        if channel.cut is not None:
            console.print(Text(f"  {cut_words(channel)}", style="bold red"))
        if channel.changes:
            console.print(_table(channel))
    return "".join(f"{line.rstrip()}\n" for line in written.getvalue().splitlines())


def render_plan_markdown(plan: Plan, heading: str, basis: Basis) -> str:
    """The same as Markdown: a heading, what it stands on, and tables for each channel that changes."""
    return "\n".join(_markdown(plan, heading, basis)) + "\n"


def render_plan_json(plan: Plan, basis: Basis) -> str:
    """Everything as one JSON object, instants as ISO 8601 in UTC."""
    found = {
        "start_time": to_iso(plan.start_ms),
        "finish_time": to_iso(plan.finish_ms),
        "now": to_iso(basis.now_ms),
        "lock_digest": basis.lock_digest,
        "state": basis.state,
        "digest": basis.digest,
        "cuts": len(plan.cuts),
        "findings": basis.findings,
        "channels": [_channel_data(channel) for channel in plan.channels],
    }
    return msgspec.json.format(msgspec.json.encode(found)).decode() + "\n"


def summary(channel: ChannelPlan) -> str:
    """`2 added, 14 moved`, `no change`, `new channel: 30 added`."""
    counts = [f"{number} {kind.value}" for kind in ChangeKind if (number := channel.count(kind))]
    words = ", ".join(counts)
    if channel.was is None or channel.becomes is None:
        status = "new channel" if channel.was is None else "channel removed"
        return f"{status}: {words}" if words else status
    settings = f"other {', '.join(channel.settings)}" if channel.settings else ""
    return "; ".join(part for part in (words, settings) if part) or UNCHANGED


def cut_words(channel: ChannelPlan) -> str:
    """What would be cut on the air, and where it should have ended."""
    cut = channel.cut
    if cut is None:
        return ""
    return f"cuts what is on air: {title(cut)}, planned until {_local(channel, cut.finish_ms, _CLOCK)}"


def title(programme: Programme) -> str:
    """`Show: Episode`, or the title alone."""
    return f"{programme.title}: {programme.sub_title}" if programme.sub_title else programme.title


def rows(channel: ChannelPlan) -> Iterator[Row]:
    """The channel's changes in order of time, what moves together as one."""
    for (kind, shift), together in groupby(channel.changes, key=_run):
        changes = list(together)
        if kind is ChangeKind.MOVED and len(changes) > 1:
            first, last = (each.new for each in (changes[0], changes[-1]))
            names = " … ".join(title(each) for each in (first, last) if each)
            detail = f"{len(changes)} programmes, {_shift(shift)}"
            yield Row(kind, _local(channel, changes[0].start_ms), names, detail, len(changes))
        else:
            yield from (_row(channel, change) for change in changes)


def _run(change: Change) -> tuple[ChangeKind, int]:
    if change.old is None or change.new is None:
        return change.kind, 0
    return change.kind, change.new.start_ms - change.old.start_ms


def _row(channel: ChannelPlan, change: Change) -> Row:
    shown = change.new or change.old
    return Row(
        change.kind,
        _local(channel, change.start_ms),
        title(shown) if shown else "",
        _detail(channel, change),
        1,
    )


def _detail(channel: ChannelPlan, change: Change) -> str:
    old, new = change.old, change.new
    if old is None or new is None:
        return ""
    if change.kind is ChangeKind.REPLACED:
        return f"instead of {title(old)}"
    if change.kind is ChangeKind.MOVED:
        form = (
            _CLOCK if _local(channel, old.start_ms, _DATE) == _local(channel, new.start_ms, _DATE) else _WHEN
        )
        return f"{_shift(new.start_ms - old.start_ms)}, from {_local(channel, old.start_ms, form)}"
    longer = (new.finish_ms - new.start_ms) - (old.finish_ms - old.start_ms)
    if longer:
        return f"{format_duration(abs(longer))} {'longer' if longer > 0 else 'shorter'}"
    return f"was called {title(old)}" if title(old) != title(new) else "other breaks, filler or facts"


def _shift(shift_ms: int) -> str:
    return f"{format_duration(abs(shift_ms))} {'later' if shift_ms > 0 else 'earlier'}"


def _local(channel: ChannelPlan, at_ms: int, form: str = _WHEN) -> str:
    return to_utc(at_ms).astimezone(ZoneInfo(channel.channel.timezone)).strftime(form)


def _named(channel: ChannelPlan) -> str:
    return f"{channel.channel.number} {channel.channel.name}"


def _shown(channel: ChannelPlan) -> tuple[list[Row], int]:
    """The first rows, and how many programmes the others stand for."""
    found = list(rows(channel))
    return found[:MAX_ROWS], sum(row.programmes for row in found[MAX_ROWS:])


def _table(channel: ChannelPlan) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(ratio=3, overflow="fold")
    table.add_column(ratio=2, overflow="fold")
    shown, more = _shown(channel)
    for row in shown:
        cells = (f"  {row.when}", row.kind.value, row.programme, row.detail)
        # As Text: a title with brackets is no markup.
        table.add_row(*(Text(cell) for cell in cells), style=_STYLES[row.kind])
    if more:
        table.add_row(Text(f"  … and {more} more"))
    return table


def _markdown(plan: Plan, heading: str, basis: Basis) -> Iterator[str]:
    yield f"## {_cell(heading)}"
    yield ""
    lock = basis.lock_digest[:12]
    yield f"As of {to_iso(basis.now_ms)}, lock `{lock}`, progress: {_cell(basis.state)}."
    if basis.checked:
        yield from _findings(basis.findings)
    for channel in plan.channels:
        yield ""
        yield f"**{_cell(_named(channel))}**: {summary(channel)}"
        if channel.cut is not None:
            yield ""
            yield f"⚠ {_cell(cut_words(channel))}"
        if channel.changes:
            yield from _markdown_table(channel)
            yield from _side_by_side(channel, basis.guides.get(channel.channel.key, ()))


def _findings(findings: Sequence[Diagnostic]) -> Iterator[str]:
    yield ""
    yield f"Policies and tests: {f'{len(findings)} found' if findings else 'all hold'}."
    for each in findings:
        place = f"{each.span.file}:{each.span.line}"
        yield f"- {each.severity.value}: {_cell(each.message)} ({_cell(place)})"


def _side_by_side(channel: ChannelPlan, guide: Sequence[BesideRow]) -> Iterator[str]:
    if not guide:
        return
    yield ""
    yield "<details><summary>The next 24 hours side by side</summary>"
    yield ""
    yield "| when | now | then |"
    yield "| --- | --- | --- |"
    for row in guide[:MAX_BESIDE]:
        old, new = (_cell(title(each)) if each else "" for each in (row.old, row.new))
        yield f"| {_local(channel, row.start_ms)} | {old} | {new if old != new else '='} |"
    if len(guide) > MAX_BESIDE:
        yield ""
        yield f"… and {len(guide) - MAX_BESIDE} more"
    yield ""
    yield "</details>"


def _markdown_table(channel: ChannelPlan) -> Iterator[str]:
    shown, more = _shown(channel)
    yield ""
    yield "| when | change | programme | |"
    yield "| --- | --- | --- | --- |"
    for row in shown:
        yield f"| {row.when} | {row.kind.value} | {_cell(row.programme)} | {_cell(row.detail)} |"
    if more:
        yield ""
        yield f"… and {more} more"


def _cell(text: str) -> str:
    """Text that Markdown shows as it is: no table cell, markup, tag or mention of its own."""
    return re.sub(r"([\\`*_{}\[\]<>|#@~])", r"\\\1", " ".join(text.split()))


def _channel_data(channel: ChannelPlan) -> dict[str, Any]:
    return {
        "channel": channel.channel.key,
        "number": channel.channel.number,
        "name": channel.channel.name,
        "status": "added" if channel.was is None else "removed" if channel.becomes is None else "kept",
        "settings": channel.settings,
        "counts": {kind.value: channel.count(kind) for kind in ChangeKind} | {"kept": channel.kept},
        "cut": _programme_data(channel.cut),
        "changes": [
            {"kind": each.kind.value, "old": _programme_data(each.old), "new": _programme_data(each.new)}
            for each in channel.changes
        ],
    }


def _programme_data(programme: Programme | None) -> dict[str, Any] | None:
    if programme is None:
        return None
    return {
        "id": programme.id,
        "kind": programme.kind.value,
        "title": programme.title,
        "sub_title": programme.sub_title,
        "start_time": to_iso(programme.start_ms),
        "finish_time": to_iso(programme.finish_ms),
    }
