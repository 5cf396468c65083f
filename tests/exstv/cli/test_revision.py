import subprocess
from pathlib import Path

import pytest

from exstv.cli.revision import commit_of


def git(folder: Path, *args: str) -> str:
    author = ["-c", "user.name=A", "-c", "user.email=a@b.example"]
    done = subprocess.run(["git", "-C", folder, *author, *args], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_a_station_in_git_stands_at_its_commit_and_an_edit_shows(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    station = tmp_path / "station.yaml"
    station.write_text("station: {}\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "First")
    head = git(tmp_path, "rev-parse", "HEAD")
    assert commit_of(tmp_path) == head
    station.write_text("station: {name: A}\n")
    assert commit_of(tmp_path) == f"{head}-dirty"


def test_a_station_outside_of_git_has_no_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert commit_of(tmp_path) is None


def test_a_machine_without_git_has_no_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commit_of(tmp_path) is None
