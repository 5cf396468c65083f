"""`exstv why` and `exstv guide` on written timelines; `UPDATE_GOLDEN=1` rewrites the golden text."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest
from line_ups import START, timeline

from exstv.cli import guide, why
from exstv.timeline import store
from exstv.timeline.model import FillerKind, ItemKind, Media, Timeline
from exstv.units import MINUTE_MS

GOLDEN = Path(__file__).parents[2] / "golden" / "commands" / "why.txt"
YAML = """channels: {a: {number: 1, name: A, schedule: day}}
schedules:
  day: {kind: loop, items: [{play: films, mode: flood}]}
filler:
  ident: {play: idents, mode: count, count: 1}
"""


def on_air() -> Timeline:
    """A pre-roll and a film of one decision, a film after that, and a fallback."""
    one = timeline([("Ident", 1), ("Film", 59), ("Canal", 60), ("Card", 30)])
    rules = (
        "a › calendar › day › films › ident",
        "a › calendar › day › films",
        "a › day › mix › films",
        "a › day › films › slate",
    )
    advances = (
        '{"cursor:films":[0,"films:Film"],"cursor:idents":[4,"films:Ident"],"loop:day":["films",1]}',
        "",
        '{"cursor:films":[2,[1950,"films:Canal"],null],"passed:films":{"films:Long":3,"films:Old":null},'
        '"seek:films":{"2026-11":1}}',
        "",
    )
    kinds = (FillerKind.PRE_ROLL, None, None, FillerKind.FALLBACK)
    items = [
        msgspec.structs.replace(
            item,
            rule=rule,
            advance=advance,
            kind=ItemKind.FILLER if kind else ItemKind.CONTENT,
            filler_kind=kind,
            line=5 if kind else 3,
        )
        for item, rule, advance, kind in zip(one.items, rules, advances, kinds, strict=True)
    ]
    items[1] = msgspec.structs.replace(items[1], programme_id=one.items[0].programme_id)
    first = msgspec.structs.replace(
        one.programmes[0],
        finish_ms=one.programmes[1].finish_ms,
        title="Tales",
        sub_title="Film",
        season=2,
        episode=3,
        rating="PG",
    )
    media = tuple(
        Media(id=f"films:{name}", source="films", kind="movie", title=name, duration_ms=1, locator="x")
        for name in ("Ident", "Film", "Canal", "Card")
    )
    return msgspec.structs.replace(
        one, items=tuple(items), programmes=(first, *one.programmes[2:]), media=media
    )


@pytest.fixture
def station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A station on air, in the folder from which the commands are run."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text(YAML, encoding="utf-8")
    store.publish(on_air(), tmp_path / ".exstv")
    return tmp_path


def asked(minutes: int, capsys: pytest.CaptureFixture[str]) -> str:
    at = f"2026-01-01T{8 + minutes // 60:02}:{minutes % 60:02}Z"
    assert why.run(["1", "--station", ".", "--at", at]) == 0
    return capsys.readouterr().out


def test_the_answer_is_as_it_was_read(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = "\n".join(asked(minutes, capsys) for minutes in (0, 30, 60, 130))
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(shown, encoding="utf-8")
    assert shown == GOLDEN.read_text(encoding="utf-8")


def test_content_shows_the_decision_that_its_pre_roll_began(
    station: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "moved      cursor films to Film [films:Film], cycle 1\n" in asked(30, capsys)


def test_fallback_has_no_progress_of_what_came_before(
    station: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "moved" not in asked(130, capsys)


def test_a_file_that_is_gone_is_only_named(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "| day: {kind: loop" in asked(30, capsys)
    (station / "a.yaml").unlink()
    shown = asked(30, capsys)
    assert ("written    a.yaml:3\n" in shown, "|" in shown) == (True, False)


def test_the_guide_marks_what_is_on_now_and_heads_each_day(
    station: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    late = timeline([("Film", 60), ("Canal", 60), ("Late", 600)], start_ms=START + 14 * 60 * MINUTE_MS)
    store.publish(late, station / ".exstv")
    assert guide.run(["a", "--station", ".", "--at", "2026-01-01T23:10Z"]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if "│" in line]
    assert [guide.ON_NOW in line for line in lines] == [False, True, False, False]
    days, programmes = (lines[0], lines[2]), (lines[1], lines[3])
    assert ["Thursday 01" in days[0], "Friday 02" in days[1]] == [True, True]
    assert ["Canal" in programmes[0], "Late" in programmes[1]] == [True, True]


def test_the_guide_of_many_channels_has_a_row_for_each(
    station: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    many = timeline(*[[("Film", 60), ("Canal", 60)]] * 20, [])
    header = msgspec.structs.replace(many.header, digest="many")
    store.publish(msgspec.structs.replace(many, header=header), station / ".exstv")
    assert guide.run(["--station", ".", "--at", "2026-01-01T08:10Z"]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if "│" in line]
    assert len(lines) == 21
    assert all("08:00 Film" in line and "09:00 Canal" in line for line in lines[:20])
    assert "nothing is planned" in lines[20]
