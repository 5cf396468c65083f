"""The formats for programs, SARIF and GitHub's workflow commands, and which one is the default."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

import exstv
from exstv import codes
from exstv.codes import CODES
from exstv.diagnostics import Diagnostic, Severity, Span
from exstv.render.explanations import explanation
from exstv.render.github import render_github
from exstv.render.registry import default_format
from exstv.render.sarif import render_sarif

PLACE = Span("channels/été 1.yaml", 8, 23, 8, 29)


def unknown(place: Span = PLACE) -> Diagnostic:
    return codes.UNKNOWN_COLLECTION.at(
        place,
        also=[(Span("channels/b.yaml", 5, 3, 5, 10), "a similar name is declared here")],
        help="did you mean `sitcoms`?",
        name="sitcom",
    )


def log(*found: Diagnostic) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(render_sarif(found))
    return read


def test_a_log_is_sarif_with_one_rule_a_code() -> None:
    found = log(unknown(), unknown(Span("a.yaml")), codes.EMPTY_COLLECTION.at(PLACE, name="x"))
    assert (found["version"], found["$schema"].endswith("sarif-2.1.0.json")) == ("2.1.0", True)
    (run,) = found["runs"]
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("exstv", exstv.__version__)
    assert [rule["id"] for rule in driver["rules"]] == ["EXS3001", "EXS3009"]
    assert [rule["defaultConfiguration"]["level"] for rule in driver["rules"]] == ["error", "warning"]
    assert driver["rules"][0]["help"]["markdown"] == explanation("EXS3001")
    results = run["results"]
    assert [driver["rules"][each["ruleIndex"]]["id"] for each in results] == [
        each["ruleId"] for each in results
    ]
    assert run["columnKind"] == "unicodeCodePoints"


def test_a_result_says_where_and_what_to_do() -> None:
    (result,) = log(unknown())["runs"][0]["results"]
    assert result["level"] == "error"
    assert result["message"] == {"text": "no collection or source named `sitcom`\ndid you mean `sitcoms`?"}
    (location,) = result["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "channels/%C3%A9t%C3%A9%201.yaml"},
        "region": {"startLine": 8, "startColumn": 23, "endLine": 8, "endColumn": 29},
    }
    (related,) = result["relatedLocations"]
    assert related["message"] == {"text": "a similar name is declared here"}
    assert related["physicalLocation"]["artifactLocation"]["uri"] == "channels/b.yaml"


def test_a_place_without_width_has_no_end() -> None:
    (result,) = log(unknown(Span("/srv/a b.yaml", 3, 1, 3, 1)))["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place == {
        "artifactLocation": {"uri": "file:///srv/a%20b.yaml"},
        "region": {"startLine": 3, "startColumn": 1},
    }


def test_a_sound_station_closes_what_was_reported() -> None:
    (run,) = log()["runs"]
    assert (run["results"], run["tool"]["driver"]["rules"]) == ([], [])


def test_the_words_for_severities_are_sarifs() -> None:
    assert {each.value for each in Severity} <= {"none", "note", "warning", "error"}


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_can_be_a_rule(code: str) -> None:
    found = Diagnostic(code, Severity.NOTE, "x", unknown().labels)
    (rule,) = log(found)["runs"][0]["tool"]["driver"]["rules"]
    assert rule["shortDescription"]["text"]
    assert "<!--" not in rule["help"]["text"]


def test_a_workflow_command_is_one_line_with_file_line_and_column() -> None:
    assert render_github([unknown()]) == (
        "::error file=channels/été 1.yaml,line=8,col=23,title=EXS3001::"
        "no collection or source named `sitcom`%0Adid you mean `sitcoms`?\n"
    )


def test_what_a_workflow_command_would_read_is_escaped() -> None:
    place = Span("a,b:c%d.yaml", 1, 1, 1, 2)
    (line,) = render_github([codes.UNKNOWN_COLLECTION.at(place, name="50%\r\n::error::x")]).splitlines()
    assert line.startswith("::error file=a%2Cb%3Ac%25d.yaml,line=1,")
    assert line.endswith("named `50%25%0D%0A::error::x`")


def test_each_severity_is_a_command_of_github() -> None:
    found = [
        Diagnostic("EXS3001", severity, "x", unknown(Span("a", line)).labels)
        for line, severity in enumerate(Severity, start=1)
    ]
    assert re.findall("^::([a-z]+) ", render_github(found), re.MULTILINE) == ["error", "warning", "notice"]


@pytest.mark.parametrize(
    ("environ", "format"),
    [({}, "text"), ({"GITHUB_ACTIONS": "true"}, "github"), ({"GITHUB_ACTIONS": ""}, "text")],
)
def test_a_workflow_gets_its_own_format(environ: dict[str, str], format: str) -> None:
    assert default_format(environ) == format
