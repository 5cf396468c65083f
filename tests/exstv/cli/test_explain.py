from __future__ import annotations

import pytest

from exstv.cli import explain


def test_a_code_is_explained_with_both_examples(capsys: pytest.CaptureFixture[str]) -> None:
    assert explain.run(["exs3001"]) == 0
    page = capsys.readouterr().out
    assert page.startswith("# EXS3001: ")
    assert page.count("```yaml") == 2


def test_notes_to_the_tests_are_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert explain.run(["EXS1001"]) == 0
    assert capsys.readouterr().out.startswith("# EXS1001: ")


def test_our_own_failure_has_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert explain.run(["EXS9000"]) == 0
    assert "report it" in capsys.readouterr().out


def test_an_unknown_code_is_wrong_usage_with_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    assert explain.run(["EXS300"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "no code EXS300; did you mean `EXS3001`?" in captured.err


@pytest.mark.parametrize("code", ["3001", "EX3001", "exs-3001"])
def test_a_number_is_enough(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert explain.run([code]) == 0
    assert capsys.readouterr().out.startswith("# EXS3001: ")


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("EX001", "a code looks like `EXS3001`"),
        ("soup", "a code looks like `EXS3001`"),
        ("EXS9001", "did you mean `EXS1001`?"),
        ("EXS900", "did you mean `EXS9000`?"),
        ("EXS30012", "a code looks like `EXS3001`"),
    ],
)
def test_a_suggestion_is_near_or_there_is_none(
    code: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert explain.run([code]) == 2
    assert capsys.readouterr().err.startswith(f"exstv explain: no code {code.upper()}; {hint}")


def test_a_terminal_gets_formatted_text(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert explain.run(["EXS3001"]) == 0
    assert "```" not in capsys.readouterr().out
