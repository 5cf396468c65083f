"""Names, groups and ids that players would make something else of are told where they are written."""

from __future__ import annotations

import pytest
from resolving import run

from exstv.diagnostics import Diagnostic

STATION = """\
channels:
  one: {{number: 1, name: {name}, schedule: day{more}}}
  two: {{number: 2, name: Two, schedule: day, id: two.harbour}}
schedules: {{day: {{kind: loop, items: [{{play: m}}]}}}}
"""


def found(name: str = "One", more: str = "") -> list[Diagnostic]:
    made, diagnostics = run(STATION.format(name=name, more=more))
    assert made is not None
    return diagnostics


@pytest.mark.parametrize("name", ["One", "24", "24-Hour Movies", "Channel 4", "Beta, the Second", "Één & Ω"])
def test_a_name_that_every_player_shows_is_no_matter(name: str) -> None:
    assert found(f"'{name}'") == []


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("24 Hour Movies", "Jellyfin shows `24 Hour Movies` as `Hour Movies`"),
        ("'2.5 - Beta, live'", "Jellyfin shows `2.5 - Beta, live` as `Beta, live`"),
        ("'The \"Best\"'", 'players list `The "Best"` as `The Best`'),
        ('"One\\nTwo"', "players list `One\nTwo` as `One Two`"),
    ],
)
def test_a_name_that_a_player_changes_is_told_where_it_is_written(written: str, message: str) -> None:
    (warning,) = found(written)

    assert (warning.code, warning.message) == ("EXS2081", message)
    assert (warning.span.line, warning.span.column) == (4, 26)


def test_a_group_that_a_playlist_cannot_hold_is_told_as_well() -> None:
    (warning,) = found(more=", group: '7\" Singles'")

    assert (warning.code, warning.message) == ("EXS2081", 'players list `7" Singles` as `7 Singles`')


@pytest.mark.parametrize(
    ("id_", "short", "long"),
    [
        ("two.harbour2", "two.harbour", "two.harbour2"),
        ("Two.Harbour.nl", "two.harbour", "Two.Harbour.nl"),
        ("two.har", "two.har", "two.harbour"),
    ],
)
def test_an_id_that_is_how_another_begins_is_told_at_the_shorter(id_: str, short: str, long: str) -> None:
    (warning,) = found(more=f", id: {id_}")

    assert (warning.code, warning.message) == ("EXS2082", f"the channel id `{short}` is how `{long}` begins")
    assert warning.span.line == (4 if short == id_ else 5)


@pytest.mark.parametrize("id_", ["one.harbour", "harbour.two", "xtwo.harbour", "two2.harbour"])
def test_ids_that_only_look_alike_are_no_matter(id_: str) -> None:
    assert found(more=f", id: {id_}") == []


def test_ids_that_differ_in_case_alone_are_one_id() -> None:
    _, (error,) = run(STATION.format(name="One", more=", id: TWO.harbour"))

    assert error.code == "EXS2020"
