"""Whatever a sequential schedule says, what is imported of it compiles, and every loss is told twice."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from generated import examples
from hypothesis import given
from hypothesis import strategies as st
from imported import scanned

from compiler.pipeline import CompileRequest, compile_station
from exstv.catalog.lock import read_lock
from exstv.cli.import_ import run
from exstv.clock import from_iso
from exstv.diagnostics import Severity
from exstv.importing.model import Wishes
from exstv.importing.systems import SYSTEMS
from exstv.importing.writing import dump

NOW_MS = from_iso("2026-03-06T12:00Z")
CONTENT = [
    {"collection": "Films", "key": "films", "order": "chronological"},
    {"search": None, "key": "Shorts", "order": "shuffle", "query": "tag:shorts"},
    {"search": None, "key": "noir", "order": "chronological", "query": 'show_title:"Noir Hour"'},
    {"marathon": None, "key": "tour", "searches": ["type:episode"], "group_by": "season"},
    {"playlist": "House", "playlist_group": "Station", "key": "house"},
]
KEYS = st.sampled_from(["films", "SHORTS", "noir", "tour", "house"])
SEQUENCES = st.sampled_from(["One", "two"])
AMOUNTS = st.one_of(st.integers(0, 9), st.sampled_from(["count", "count / 2", "random % 3", "3"]))
FLAGS = st.booleans()


def instruction(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """An instruction: the first field is always there, so is `content`; the others may be."""
    first, *others = fields
    always = {name: fields[name] for name in (first, "content", "season", "episode") if name in fields}
    return st.fixed_dictionaries(
        always, optional={name: fields[name] for name in others if name not in always}
    )


LOOKS = {
    "custom_title": st.sampled_from(["Late", "${HOME}", "a: b # c"]),
    "filler_kind": st.sampled_from(["none", "preroll", "postroll", "midroll"]),
    "disable_watermarks": FLAGS,
}
ENDS = {
    **LOOKS,
    "trim": FLAGS,
    "fallback": KEYS,
    "discard_attempts": st.integers(0, 3),
    "offline_tail": FLAGS,
    "stop_before_end": FLAGS,
}
PLAYING = st.one_of(
    instruction(all=st.none(), content=KEYS, **LOOKS),
    instruction(count=AMOUNTS, content=KEYS, **LOOKS),
    instruction(duration=st.sampled_from(["45 minutes", "01:30:00", "10s"]), content=KEYS, **ENDS),
    instruction(pad_to_next=st.sampled_from([7, 15, 30]), content=KEYS, **ENDS),
    instruction(pad_until=st.sampled_from(["06:00", "21:30"]), content=KEYS, tomorrow=FLAGS, **ENDS),
)
CONTROL = st.one_of(
    instruction(epg_group=FLAGS, advance=FLAGS),
    instruction(graphics_on=st.just("text/next.yml")),
    instruction(graphics_off=st.none()),
    instruction(watermark=FLAGS, name=st.just("Bug")),
    instruction(skip_items=AMOUNTS, content=KEYS),
    instruction(skip_to_item=st.none(), content=KEYS, season=st.integers(0, 2), episode=st.integers(0, 5)),
    instruction(wait_until=st.sampled_from(["06:00", "23:30"]), tomorrow=FLAGS, rewind_on_reset=FLAGS),
)
ROLLS = st.one_of(
    instruction(pre_roll=FLAGS, sequence=SEQUENCES),
    instruction(post_roll=FLAGS, sequence=SEQUENCES),
    instruction(mid_roll=FLAGS, sequence=SEQUENCES, expression=st.sampled_from(["true", "num > 1"])),
    instruction(sequence=SEQUENCES, repeat=st.integers(1, 3)),
    instruction(shuffle_sequence=SEQUENCES),
)
FILES = st.fixed_dictionaries(
    {
        "content": st.just(CONTENT),
        "sequence": st.fixed_dictionaries(
            {"One": st.lists(PLAYING | CONTROL, max_size=3), "two": st.lists(PLAYING, max_size=3)}
        ).map(lambda found: [{"key": key, "items": items} for key, items in found.items()]),
        "reset": st.lists(
            instruction(
                skip_to_item=st.none(), content=KEYS, season=st.integers(0, 2), episode=st.integers(0, 5)
            )
            | instruction(rewind=st.just("01:00:00"))
            | instruction(wait_until=st.sampled_from(["05:00", "23:00"])),
            max_size=3,
        ),
        "playout": st.tuples(
            st.lists(PLAYING | CONTROL | ROLLS, max_size=6), PLAYING, st.just({"repeat": True})
        ).map(lambda found: [*found[0], found[1], found[2]]),
    }
)


@examples(8)
@given(FILES)
def test_an_import_compiles(schedule: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path, station = Path(folder, "any.yml"), Path(folder, "station")
        path.write_text(json.dumps(schedule), encoding="utf-8")
        assert run(["ersatztv", str(path), "--out", str(station)]) == 0
        scanned(station)
        catalog, _ = read_lock(station / "catalog.lock")
        made = compile_station(CompileRequest(station, catalog, NOW_MS, NOW_MS, horizon_ms=3_600_000))
    assert [each for each in made.diagnostics if each.severity is Severity.ERROR] == []


@examples(100)
@given(FILES)
def test_every_loss_is_in_the_yaml(schedule: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "any.yml")
        path.write_text(json.dumps(schedule), encoding="utf-8")
        imported, found = SYSTEMS["ersatztv"](path, Wishes())
    assert imported is not None, found
    shown = dump(imported.rest)
    assert [each.message for each in found if each.message not in shown] == []
