from __future__ import annotations

import pytest

from exstv import codes
from exstv.diagnostics import Diagnostic, Span
from exstv.render.registry import FORMATS, render
from exstv.render.text import MAX_SHOWN, Look, render_text

RETRO = [
    "channels:",
    "  retro:",
    "    number: 42",
    "collections:",
    "  sitcoms: {from: home}",
    "  b: 1",
    "schedules:",
    "  day: {items: {play: sitcom}}",
    "",
]
SLATE = ["filler:", "  slate: {play: cards}"]
FILES = {"channels/retro.yaml": RETRO, "channels/slate.yaml": SLATE}


def span(line: int, column: int, width: int, file: str = "channels/retro.yaml") -> Span:
    return Span(file, line, column, line, column + width)


def unknown() -> Diagnostic:
    return codes.UNKNOWN_COLLECTION.at(
        span(8, 23, 6),
        label="not declared in this station",
        also=[(span(5, 3, 7), "a similar name is declared here")],
        help="did you mean `sitcoms`?",
        note="names are case-sensitive",
        name="sitcom",
    )


def test_a_diagnostic_shows_both_places_with_help_and_note() -> None:
    assert (
        render_text([unknown()], FILES.get)
        == """\
error[EXS3001]: no collection or source named `sitcom`
 --> channels/retro.yaml:8:23
  |
5 |   sitcoms: {from: home}
  |   ------- a similar name is declared here
...
8 |   day: {items: {play: sitcom}}
  |                       ^^^^^^ not declared in this station
  = help: did you mean `sitcoms`?
  = note: names are case-sensitive

1 error in 1 file
"""
    )


def test_a_label_in_another_file_has_its_own_head() -> None:
    diagnostic = codes.DUPLICATE_NAME.at(
        span(5, 3, 7),
        also=[(span(2, 3, 5, "channels/slate.yaml"), "first declared here")],
        kind="x",
        name="y",
    )
    text = render_text([diagnostic], FILES.get)
    assert " ::: channels/slate.yaml:2:3\n  |\n2 |   slate: {play: cards}\n  |   -----" in text


def test_diagnostics_are_sorted_by_place_and_counted() -> None:
    later = codes.UNKNOWN_KEY.at(span(6, 3, 1), key="b")
    warning = codes.EMPTY_COLLECTION.at(span(2, 3, 5, "channels/slate.yaml"), name="slate")
    text = render_text([warning, unknown(), later], FILES.get)
    assert text.index("EXS2001") < text.index("EXS3001") < text.index("EXS3009")
    assert text.endswith("\n2 errors, 1 warning in 2 files\n")


def test_at_most_fifty_are_shown_and_the_rest_is_counted() -> None:
    many = [codes.UNKNOWN_KEY.at(Span("a", line), key=str(line)) for line in range(1, 1 + MAX_SHOWN + 7)]
    text = render_text(many, FILES.get)
    assert text.count("error[") == MAX_SHOWN
    assert "… and 7 more\n" in text
    assert text.endswith("57 errors in 1 file\n")


def test_a_file_that_cannot_be_shown_still_has_its_place() -> None:
    text = render_text([codes.UNKNOWN_KEY.at(Span("gone.yaml", 3, 4), key="x")], FILES.get)
    assert " --> gone.yaml:3:4\n\n1 error" in text


@pytest.mark.parametrize("line", [0, 99])
def test_a_line_that_is_no_longer_there_is_left_out(line: int) -> None:
    found = codes.UNKNOWN_KEY.at(Span("channels/slate.yaml", line, 400, line, 500), key="x")
    assert "^" not in render_text([found], FILES.get)


def test_a_long_line_is_clipped_around_the_caret() -> None:
    line = "x" * 300 + "GUILTY" + "y" * 300
    found = codes.UNKNOWN_KEY.at(Span("long", 1, 301, 1, 307), key="GUILTY")
    _, _, _, source, carets, *_ = render_text([found], {"long": [line]}.get, Look(width=60)).split("\n")
    assert len(source) <= 60 + len("1 | ")
    assert source[4] == source[-1] == "…"
    assert source[carets.index("^") : carets.rindex("^") + 1] == "GUILTY"


def test_a_long_line_with_a_mistake_at_its_start_is_clipped_at_its_end() -> None:
    found = codes.UNKNOWN_KEY.at(Span("long", 1, 1, 1, 7), key="GUILTY")
    _, _, _, source, carets, *_ = render_text(
        [found], {"long": ["GUILTY" + "y" * 300]}.get, Look(width=60)
    ).split("\n")
    assert (source[4:10], source[-1], carets[4:]) == ("GUILTY", "…", "^^^^^^")


def test_wide_characters_and_tabs_keep_the_caret_in_place() -> None:
    found = codes.UNKNOWN_KEY.at(Span("wide", 1, 5, 1, 6), key="x")
    _, _, _, source, carets, *_ = render_text([found], {"wide": ["\t電視 x"]}.get).split("\n")
    # A wide character takes two columns of the terminal.
    assert carets.index("^") == source.index("x") + 2


def test_a_span_of_several_lines_is_marked_on_its_first() -> None:
    found = codes.UNKNOWN_KEY.at(Span("channels/retro.yaml", 2, 3, 5, 9), key="x")
    assert "  |   ^^^^^^\n" in render_text([found], FILES.get)


def test_an_escape_sequence_never_reaches_the_terminal() -> None:
    found = codes.UNKNOWN_KEY.at(Span("evil\x1b[2J", 1, 1, 1, 2), key="\x1b[31m\n")
    text = render_text([found], {"evil\x1b[2J": ["\x1b]0;title\x07"]}.get)
    assert "\x1b" not in text
    assert "\x07" not in text


def test_colour_is_only_used_when_asked_for() -> None:
    assert "\x1b" not in render_text([unknown()], FILES.get)
    assert "\x1b[1;31merror[EXS3001]\x1b[0m" in render_text([unknown()], FILES.get, Look(colour=True))


def test_the_concise_format_is_one_line_each() -> None:
    assert render([unknown()], "concise", FILES.get) == (
        "channels/retro.yaml:8:23: error[EXS3001] no collection or source named `sitcom`;"
        " did you mean `sitcoms`?\n"
    )


def test_the_json_format_is_one_object_a_line() -> None:
    first, second = render([unknown(), unknown()], "json", FILES.get).splitlines()
    assert first == second
    assert '"code":"EXS3001"' in first
    assert '"primary":false' in first


@pytest.mark.parametrize("format", [format for format in FORMATS if format != "sarif"])
def test_without_diagnostics_there_is_nothing_to_write(format: str) -> None:
    assert render([], format, FILES.get) == ""


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(ValueError, match="no format named 'xml'"):
        render([unknown()], "xml", FILES.get)
