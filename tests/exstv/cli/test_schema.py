from __future__ import annotations

from pathlib import Path

import pytest

from exstv.cli import schema

COMMITTED = Path(__file__).parents[3] / schema.DEFAULT_PATH


def test_the_committed_schema_is_what_the_models_say() -> None:
    assert schema.run(["--check", str(COMMITTED)]) == 0


def test_a_schema_that_differs_or_is_not_there_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "below" / "station.schema.json"
    assert schema.run(["--check", str(path)]) == 1
    assert schema.run(["--write", str(path)]) == 0
    assert schema.run(["--check", str(path)]) == 0
    path.write_text(path.read_text(encoding="utf-8").replace("Harbour", "Harbor"), encoding="utf-8")
    assert schema.run(["--check", str(path)]) == 1
    assert "exstv schema --write" in capsys.readouterr().err


def test_a_path_that_cannot_be_written_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert schema.run(["--write", str(tmp_path)]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_without_options_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert schema.run([]) == 0
    assert capsys.readouterr().out == COMMITTED.read_text(encoding="utf-8")
