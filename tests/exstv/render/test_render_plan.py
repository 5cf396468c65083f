"""Plans as text, Markdown and JSON; `UPDATE_GOLDEN=1` rewrites tests/golden/commands/plan.txt and plan.md."""

from __future__ import annotations

import json
import os
from pathlib import Path

import msgspec
import pytest
from line_ups import START, timeline

from exstv import codes
from exstv.diagnostics import Span
from exstv.render.plan import MAX_ROWS, Basis, render_plan_json, render_plan_markdown, render_plan_text
from exstv.timeline.beside import beside
from exstv.timeline.diff import Plan, difference
from exstv.timeline.model import Timeline
from exstv.units import DAY_MS, MINUTE_MS

BASIS = Basis(
    now_ms=START + 10 * MINUTE_MS,
    lock_digest="f" * 64,
    state="that of version 7, on air here",
    digest="d" * 64,
    findings=(
        codes.POLICY_FOUND.at(Span("all.yaml", 3), name="fresh", facts="channel b, id a|b"),
        codes.TEST_NOT_PLANNED.at(Span("all.yaml", 9), channel="b", at="sat 08:10"),
    ),
    checked=True,
)
GOLDEN = Path(__file__).parents[2] / "golden" / "commands"
HEADING = "Harbour TV: version 7 on air → working tree"


def sides() -> tuple[Timeline, Timeline]:
    """Six channels: one as it was, one of each kind of change."""
    old = timeline(
        [("News", 30), ("Canal", 60)],
        [("News", 30), ("Metropolis", 60), ("Canal", 30), ("Shorts [late]", 15)],
        [("News", 30), ("Canal", 60), ("Lighthouse", 90), ("Shorts", 30)],
        [("News", 60)],
        [("News", 60), ("Old | Show", 30)],
    )
    new = timeline(
        [("News", 30), ("Canal", 60)],
        [("News", 30), ("Two Bridges", 60), ("Canal", 40), ("Shorts [late]", 15), ("Extra", 10)],
        [("News", 30), ("Promo", 15), ("Canal", 60), ("Lighthouse", 90), ("Shorts", 30)],
        [("News", 20), ("Canal", 40)],
        [("News", 60)],
        [("Film", 90)],
    )
    renamed = msgspec.structs.replace(new.channels[4], name="Fifth", timezone="Europe/Amsterdam")
    return old, msgspec.structs.replace(new, channels=(*new.channels[:4], renamed, *new.channels[5:]))


@pytest.fixture
def plan() -> Plan:
    return difference(*sides(), START + 10 * MINUTE_MS)


def compare(name: str, shown: str) -> None:
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")


def test_the_text_is_as_it_was_read(plan: Plan) -> None:
    compare("plan.txt", render_plan_text(plan, HEADING, width=100, colour=False))


def test_the_markdown_is_as_it_was_read(plan: Plan) -> None:
    old, new = sides()
    guides = beside(old, new, plan.start_ms, plan.start_ms + DAY_MS)
    compare("plan.md", render_plan_markdown(plan, HEADING, BASIS._replace(guides=guides)))


def test_a_station_that_is_held_to_nothing_says_nothing_of_it(plan: Plan) -> None:
    assert "Policies" not in render_plan_markdown(plan, HEADING, BASIS._replace(checked=False))
    assert "all hold" in render_plan_markdown(plan, HEADING, BASIS._replace(findings=()))


def test_only_a_terminal_gets_colour(plan: Plan) -> None:
    assert "\x1b" not in render_plan_text(plan, HEADING, width=100, colour=False)
    assert "\x1b" in render_plan_text(plan, HEADING, width=100, colour=True)


def test_a_channel_without_changes_is_one_line(plan: Plan) -> None:
    assert "1 a  no change\n2 b" in render_plan_text(plan, HEADING, width=100, colour=False)


def test_a_long_list_is_cut_and_says_by_how_much() -> None:
    # Every second one is replaced, so that none is one of a run.
    old = timeline([(f"{'A' if n % 2 else 'K'}{n}", 15) for n in range(60)])
    new = timeline([(f"{'B' if n % 2 else 'K'}{n}", 15) for n in range(60)])
    plan = difference(old, new, START)
    left = f"… and {30 - MAX_ROWS} more"
    assert left in render_plan_text(plan, HEADING, width=100, colour=False)
    assert left in render_plan_markdown(plan, HEADING, BASIS)
    assert len(json.loads(render_plan_json(plan, BASIS))["channels"][0]["changes"]) == 30


def test_json_holds_times_counts_and_cuts(plan: Plan) -> None:
    found = json.loads(render_plan_json(plan, BASIS))
    assert found["cuts"] == 1
    assert (found["now"], found["digest"], found["state"]) == (
        "2026-01-01T08:10:00.000Z",
        BASIS.digest,
        BASIS.state,
    )
    assert [each["code"] for each in found["findings"]] == ["EXS5044", "EXS5048"]
    second, fourth = found["channels"][1], found["channels"][3]
    assert second["counts"] == {
        "added": 1,
        "removed": 0,
        "moved": 1,
        "replaced": 1,
        "changed": 1,
        "kept": 1,
    }
    assert second["changes"][0]["old"]["title"] == "Metropolis"
    assert second["changes"][0]["new"]["start_time"] == "2026-01-01T08:30:00.000Z"
    assert fourth["cut"]["title"] == "News"
    assert [channel["status"] for channel in found["channels"]] == [*["kept"] * 5, "added"]
