"""`exstv doctor` tries the repository that is followed, in time, and tells no secret of it."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

import pytest
from repositories import Repository, repository

from exstv.cli.checks import Finding, Level
from exstv.cli.main import main
from exstv.cli.remote import check_remote
from exstv.clock import SystemClock
from exstv.git_settings import GitSettings
from exstv.settings import load_settings


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    work = tmp_path / "work"
    work.mkdir()
    (work / "station.yaml").write_text("station: {name: A}\n")
    return repository(work, tmp_path / "bare.git")


def finding(tmp_path: Path, seconds: float = 60.0, **git: object) -> Finding:
    """What is found of a remote by a machine that has never fetched it, and fetches nothing now."""
    folder = tmp_path / "machine"
    folder.mkdir(exist_ok=True)
    settings = load_settings(folder, {})[0]
    settings = settings.model_copy(update={"git": GitSettings.model_validate(git)})
    (found,) = check_remote(settings, SystemClock(), seconds)
    assert not list(folder.iterdir())
    return found


def test_a_repository_that_can_be_followed_is(repo: Repository, tmp_path: Path) -> None:
    head = repo.git("rev-parse", "HEAD")
    found = finding(tmp_path, remote=str(repo.bare))
    assert found == Finding(Level.OK, "git", f"`main` of {repo.bare} is at {head[:12]}")


def test_a_machine_that_follows_nothing_is_asked_nothing(tmp_path: Path) -> None:
    assert list(check_remote(load_settings(tmp_path, {})[0], SystemClock())) == []


def test_a_branch_that_is_not_there_fails(repo: Repository, tmp_path: Path) -> None:
    found = finding(tmp_path, remote=str(repo.bare), branch="tv")
    assert found.level is Level.FAIL and found.text.endswith("cannot be followed: it has no branch `tv`")


def test_a_repository_that_is_not_there_fails(tmp_path: Path) -> None:
    found = finding(tmp_path, remote=str(tmp_path / "none.git"))
    assert found.level is Level.FAIL and "does not appear to be a git repository" in found.text


def test_one_that_cannot_be_reached_fails_and_its_password_is_not_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    found = finding(tmp_path, remote=f"http://tv:hunter22@127.0.0.1:{port}/a.git")
    assert found.level is Level.FAIL and f"127.0.0.1:{port}" in found.text
    assert "hunter22" not in found.text + found.advice


def test_one_that_never_answers_is_given_up(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        found = finding(tmp_path, 0.5, remote=f"git://127.0.0.1:{silent.getsockname()[1]}/a.git")
    assert found.level is Level.FAIL and "git did not end within" in found.text


def test_where_it_has_to_be_signed_an_unsigned_commit_fails(
    repo: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, trusted, ours = tmp_path / "key", tmp_path / "trusted", tmp_path / "gitconfig"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    trusted.write_text(f"editor@example.org {key.with_suffix('.pub').read_text()}")
    ours.write_text(f'[gpg]\nformat = ssh\n[gpg "ssh"]\nallowedSignersFile = {trusted}\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(ours))
    found = finding(tmp_path, remote=str(repo.bare), signed_only=True)
    assert found.level is Level.FAIL and found.text.startswith("nobody has signed ")
    for name, value in (("gpg.format", "ssh"), ("user.signingkey", str(key)), ("commit.gpgsign", "true")):
        repo.git("config", name, value)
    signed = repo.commit("signed")
    repo.push()
    found = finding(tmp_path, remote=str(repo.bare), signed_only=True)
    assert found.text == f"`main` of {repo.bare} is at {signed[:12]}, signed"


@pytest.mark.ffmpeg
def test_the_doctor_tells_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config.yaml").write_text(f"git: {{remote: {tmp_path / 'none.git'}}}\n")
    assert main(["doctor", str(tmp_path)]) == 1
    assert f"fail git: `main` of {tmp_path / 'none.git'} cannot be followed" in capsys.readouterr().out
