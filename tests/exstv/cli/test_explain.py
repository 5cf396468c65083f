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
    assert "no code EXS300; did you mean `EXS3" in captured.err


def test_a_terminal_gets_formatted_text(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert explain.run(["EXS3001"]) == 0
    assert "```" not in capsys.readouterr().out
