"""Why an item is where it is, in words: what `exstv why` and the guide's page say, from the timeline alone.

Queries DuckDB, and reads the one line of the station that is to be shown, if it is still there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from exstv.clock import to_utc
from exstv.render.disk import reading
from exstv.render.text import ReadSource
from exstv.timeline.model import Channel, FillerKind, ItemKind, PlayoutItem, Programme
from exstv.timeline.query import TimelineReader, programme_at
from exstv.units import format_duration

_CLOCK = "%Y-%m-%d %H:%M:%S"
_SIGN = " › "
_CURSOR, _PASSED, _SEEK = "cursor:", "passed:", "seek:"
# Each of these is a decision of its own; other filler was decided with the item that it belongs to.
_ALONE = (FillerKind.TAIL, FillerKind.FALLBACK)

Answer = Iterator[tuple[str, str]]
"""Labels and words; without a label a line goes on."""


def why(reader: TimelineReader, channel: Channel, item: PlayoutItem) -> Answer:
    """What an item is, which lines of the station put it there, and which progress it moved."""
    yield from _item(reader, channel, item)
    yield from _because(item, reading(reader))
    yield from _moved(reader, item)


def local_time(channel: Channel, at_ms: int, form: str = "%H:%M") -> str:
    """An instant on the channel's wall clock."""
    return to_utc(at_ms).astimezone(ZoneInfo(channel.timezone)).strftime(form)


def _item(reader: TimelineReader, channel: Channel, item: PlayoutItem) -> Answer:
    what = [item.kind.value, *([item.filler_kind.value] if item.filler_kind else [])]
    yield "item", f"{_media(reader, item.media_id)} ({' '.join(what)})"
    programmes = reader.programmes(item.start_ms, item.start_ms + 1, channel.key)
    programme = programme_at(programmes, item.start_ms)
    if programme is not None:
        times = (local_time(channel, at_ms) for at_ms in (programme.start_ms, programme.finish_ms))
        yield "programme", f"{_title(programme)}, {' to '.join(times)}"
    yield "on air", " to ".join(local_time(channel, at, _CLOCK) for at in (item.start_ms, item.finish_ms))
    yield "plays", f"{format_duration(item.in_point_ms)} to {format_duration(item.out_point_ms)}"


def _title(programme: Programme) -> str:
    title = f"{programme.title}: {programme.sub_title}" if programme.sub_title else programme.title
    numbers = [
        f"{word} {number}"
        for word, number in (("season", programme.season), ("episode", programme.episode))
        if number is not None
    ]
    facts = [*numbers, *([programme.rating] if programme.rating else [])]
    return f"{title} ({', '.join(facts)})" if facts else title


def _because(item: PlayoutItem, read_source: ReadSource) -> Answer:
    yield "because", _SIGN.join(_chain(item))
    yield "written", f"{item.file}:{item.line}"
    lines = read_source(item.file)
    if lines is not None and item.line <= len(lines):
        yield "", f"| {lines[item.line - 1].strip()}"


def _chain(item: PlayoutItem) -> Iterator[str]:
    """The names of a rule, each with what it names: `channel a`, `schedule day`, `entry news`."""
    first, *names = item.rule.split(_SIGN)
    yield f"channel {first}"
    last = names.pop() if item.filler_kind is not None and len(names) > 1 else None
    if names and names[0] in ("calendar", "events"):
        yield names.pop(0)
    for index, name in enumerate(names):
        if index == 0 and len(names) > 1:
            yield f"schedule {name}"
        else:
            yield f"entry {name}" if index == len(names) - 1 else name
    if last is not None:
        yield f"filler {last}"


def _moved(reader: TimelineReader, item: PlayoutItem) -> Answer:
    """The progress that the decision behind an item moved, in words."""
    label = "moved"
    for key, value in sorted(_advance(reader, item).items()):
        for words in _progress(reader, key, value):
            yield label, words
            label = ""


def _advance(reader: TimelineReader, item: PlayoutItem) -> dict[str, Any]:
    """What the decision changed; it is kept with the first item of the decision."""
    items: Sequence[PlayoutItem] = (item,)
    if item.filler_kind not in _ALONE and item.kind is not ItemKind.OFF_AIR and not item.advance:
        programmes = reader.programmes(item.start_ms, item.start_ms + 1, item.channel)
        start = min((each.start_ms for each in programmes), default=item.start_ms)
        items = reader.items(item.channel, start, item.start_ms + 1)
    advance = next((each.advance for each in reversed(items) if each.advance), "")
    return dict(msgspec.json.decode(advance)) if advance else {}


def _progress(reader: TimelineReader, key: str, value: Any) -> Iterator[str]:
    """One entry of the scheduling state (compiler/schedule/state.py), as far as it is a cursor's."""
    if key.startswith(_CURSOR):
        name = key.removeprefix(_CURSOR)
        if value is None:
            yield f"cursor {name} starts afresh"
        else:
            unit = _unit(value)
            place = _media(reader, unit) if unit else "its place"
            yield f"cursor {name} to {place}, cycle {int(value[0]) + 1}"
    elif key.startswith(_PASSED) and isinstance(value, dict):
        name = key.removeprefix(_PASSED)
        passed = (_media(reader, unit) for unit, ordinal in sorted(value.items()) if ordinal is not None)
        yield from (f"cursor {name} passed over {unit}" for unit in passed)
    elif key.startswith(_SEEK) and isinstance(value, dict):
        yield from (f"cursor {key.removeprefix(_SEEK)} sought, by `{id_}`" for id_ in sorted(value))


def _unit(value: Sequence[Any]) -> str | None:
    """The unit that a cursor was moved to: its last, or what its key names."""
    for found in (value[2] if len(value) > 2 else None, value[1] if len(value) > 1 else None):
        last = found[-1] if isinstance(found, list) and found else found
        if isinstance(last, str):
            return last
    return None


def _media(reader: TimelineReader, media_id: str | None) -> str:
    if media_id is None:
        return "the built-in slate"
    media = reader.media([media_id]).get(media_id)
    return f"{media.title} [{media.id}]" if media else media_id
