"""Every station of this repository, compiled cold and compared with tests/golden.

Those of EVENINGS play items of seconds: two short looks at one evening. Of any other the guide of a broadcast
day is shown, or of the days in DAYS. `UPDATE_GOLDEN=1 pytest tests/test_golden.py` rewrites the files; read
the diff before it is committed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from guide_rules import broken_rules
from plain_xmltv import render

from compiler.pipeline import CompileRequest, compile_station
from exstv.catalog.lock import LOCK_NAME, read_lock
from exstv.clock import from_iso, to_utc
from exstv.diagnostics import Diagnostic, Severity
from exstv.timeline.model import Channel, PlayoutItem, Presentation, Programme, Timeline
from exstv.units import DAY_MS, MINUTE_MS

REPOSITORY = Path(__file__).parents[1]
GOLDEN = REPOSITORY / "tests" / "golden"
NOW_MS = from_iso("2026-03-06T18:30Z")
# Around eight in the evening where the stations are, short enough for a diff to be read.
SHOWN = tuple((from_iso(f"2026-03-06T{hour}:55Z"), 10 * MINUTE_MS) for hour in ("18", "19"))
EXAMPLES = sorted(path.parent.name for path in (REPOSITORY / "examples").glob("*/catalog.lock"))
STATIONS = ["channels", *(f"examples/{name}" for name in EXAMPLES)]
EVENINGS = ("channels", "examples/local-files")
DAYS = {
    "examples/language": ("2026-03-06", "2026-03-07", "2026-12-25"),
    "examples/calendar-and-events": ("2026-03-06", "2026-03-27", "2026-04-05", "2026-12-25"),
    "examples/saturday-blocks": ("2026-03-06", "2026-03-07"),
    "examples/weekly-slots": ("2026-03-06", "2026-03-07"),
}
MOST = 44
"""How many programmes of a day are shown; of a longer day its beginning and its evening."""
BEGINNING, EVENING_FROM, EVENING_UNTIL = 8, 17, 23
MOST_CLIPS = 8


def test_there_are_stations_and_no_golden_file_is_left_over() -> None:
    assert len(STATIONS) >= 2
    assert {path.stem for path in GOLDEN.glob("*.txt")} == {Path(name).name for name in STATIONS}


@pytest.mark.parametrize("name", STATIONS)
def test_a_station_gives_its_golden_timeline(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # File names in rules are as the user gave the station, so it is given as a user in the repository would.
    monkeypatch.chdir(REPOSITORY)
    if name in EVENINGS:
        lines = [*rendered(compiled(name, NOW_MS)[0])]
    else:
        lines = [line for day in DAYS.get(name, ("2026-03-06",)) for line in rendered_day(name, day)]
    shown = "\n".join(lines) + "\n"
    path = GOLDEN / f"{Path(name).name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")


def compiled(name: str, now_ms: int) -> tuple[Timeline, list[Diagnostic]]:
    """A station's timeline from `now` on, whose guide breaks no rule, and the warnings and notes about it."""
    catalog, damaged = read_lock(Path(name) / LOCK_NAME)
    assert damaged == []
    result = compile_station(CompileRequest(Path(name), catalog, now_ms, now_ms))
    assert [one.message for one in result.diagnostics if one.severity is Severity.ERROR] == []
    assert result.timeline is not None
    timeline, media = result.timeline, {each.id: each for each in result.timeline.media}
    assert broken_rules("".join(render(timeline.channels, timeline.programmes, media))) == []
    return timeline, list(result.diagnostics)


def rendered(timeline: Timeline) -> Iterator[str]:
    """The guide of an evening with the items of each programme, and a digest for all the rest."""
    for channel in timeline.channels:
        yield headed(channel)
        programmes = [one for one in timeline.programmes if one.channel == channel.key and is_shown(one)]
        for programme in programmes:
            yield f"  {clock(channel, programme.start_ms)} {titled(programme)}"
            for item in timeline.items:
                if item.channel == channel.key and item.programme_id == programme.id:
                    yield f"      {described(channel, item)}"
        yield ""


def rendered_day(name: str, day: str) -> Iterator[str]:
    """What a cold compile at five in the morning UTC has to say, and the guide of the 24 hours from then."""
    now_ms = from_iso(f"{day}T05:00Z")
    timeline, found = compiled(name, now_ms)
    yield f"{to_utc(now_ms):%A, %d %B %Y}"
    yield from (f"{one.severity}[{one.code}]: {one.message}" for one in found)
    yield ""
    items = {
        key: [*of_one]
        for key, of_one in groupby(timeline.items, lambda item: (item.channel, item.programme_id))
    }
    for channel in timeline.channels:
        yield headed(channel)
        yield from looks(timeline, channel)
        programmes = [
            one
            for one in timeline.programmes
            if one.channel == channel.key and now_ms < one.finish_ms and one.start_ms < now_ms + DAY_MS
        ]
        for programme in programmes:
            if len(programmes) <= MOST or is_telling(channel, programme, programmes):
                start = clock(channel, programme.start_ms)
                parts = summed(items[channel.key, programme.id])
                yield f"  {start} {titled(programme)} | {' · '.join(parts)}"
            elif programme is programmes[BEGINNING]:
                yield "  …"
        yield ""


def looks(timeline: Timeline, channel: Channel) -> Iterator[str]:
    """How a channel looks and sounds, and how some of its items do, where anything is declared."""
    for one in timeline.presentations:
        if one.channel != channel.key or one.plain == Presentation():
            continue
        said = [f"audio {' '.join(one.audio_languages)}"] if one.audio_languages else []
        if one.subtitle_mode != "none":
            languages = " ".join(one.subtitle_languages)
            said.append(f"subtitles {one.subtitle_mode} {languages} {one.subtitle_render}")
        if one.watermark_image:
            also = " also in filler" if one.watermark_during_filler else ""
            place = f"{one.watermark_position} {one.watermark_width} {one.watermark_opacity:g}{also}"
            said.append(f"watermark {one.watermark_image} {place}")
        yield f"  look {one.id}: {', '.join(said)}"


def is_telling(channel: Channel, programme: Programme, programmes: list[Programme]) -> bool:
    """Whether a programme of a long day is at its beginning or in its evening."""
    start = to_utc(programme.start_ms).astimezone(ZoneInfo(channel.timezone))
    return programme in programmes[:BEGINNING] or EVENING_FROM <= start.hour < EVENING_UNTIL


def summed(items: list[PlayoutItem]) -> Iterator[str]:
    """The items of a programme in one line; clips that go on and on are counted."""
    for place, of_place in groupby(items, lambda item: item.filler_kind):
        runs = [[*run] for _, run in groupby(of_place, lambda item: item.media_id)]
        shown = runs if len(runs) <= MOST_CLIPS else [[item for run in runs for item in run]]
        for run in shown:
            length = lasting(sum(item.finish_ms - item.start_ms for item in run))
            times = f" in {len(run)}" if len(run) > 1 else ""
            more = " and others" if shown is not runs else ""
            look = f" (look {run[0].presentation})" if run[0].presentation is not None else ""
            yield f"{f'{place} ' if place else ''}{run[0].media_id or 'slate'}{more} {length}{times}{look}"


def headed(channel: Channel) -> str:
    return f"{channel.number} {channel.name} ({channel.timezone}) {channel.digest[:16]}"


def titled(programme: Programme) -> str:
    return f"{programme.title}: {programme.sub_title}" if programme.sub_title else programme.title


def is_shown(programme: Programme) -> bool:
    return any(programme.start_ms < start + length and programme.finish_ms > start for start, length in SHOWN)


def described(channel: Channel, item: PlayoutItem) -> str:
    length = f"{(item.finish_ms - item.start_ms) / 1000:g}s"
    media = item.media_id or "slate"
    return f"{clock(channel, item.start_ms)} {media} {length} | {item.rule} | {item.file}:{item.line}"


def lasting(length_ms: int) -> str:
    minutes, rest_ms = divmod(length_ms, MINUTE_MS)
    return f"{minutes}:{rest_ms // 1000:02}" + (f".{rest_ms % 1000:03}" if rest_ms % 1000 else "")


def clock(channel: Channel, at_ms: int) -> str:
    return to_utc(at_ms).astimezone(ZoneInfo(channel.timezone)).strftime("%H:%M:%S")
