"""`exstv state` and `exstv status`: a station moves to another machine, and says how it is."""

from __future__ import annotations

import io
import shutil
import tarfile
from pathlib import Path

import pytest
from as_run import aired
from in_git import LATER, NOW, compiled, on_air, on_air_since_noon, rolled_back, titles
from repositories import Repository, machine

from exstv.asrun.entry import line_of
from exstv.asrun.files import as_run_dir, day_of, open_file
from exstv.cli import compile as compile_command
from exstv.cli import state, status
from exstv.clock import from_iso
from exstv.errors import CannotStart, ExstvError
from exstv.followed import Branch, Followed, write_followed
from exstv.timeline.lock import server_lock
from exstv.timeline.pins import read_pin


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    return on_air_since_noon(tmp_path)


def moved(repo: Repository, what: str, file: Path, now: str = LATER) -> int:
    return state.run([what, str(file), "--station", str(repo.work), "--now", now])


def on_another_machine(repo: Repository) -> None:
    """The same station without anything that its machine made."""
    shutil.rmtree(repo.work / ".exstv")


def test_a_station_goes_on_where_it_was_on_another_machine(
    repo: Repository, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = aired(0, 30, channel="one")
    log = open_file(as_run_dir(repo.work / ".exstv"), day_of(entry.finish_ms))
    log.parent.mkdir(parents=True)
    log.write_bytes(line_of(entry))
    # Unlike a first start it is not the day's first item that is next at that hour.
    assert compiled(repo, "2026-03-08T09:00Z") == 0
    before = titles(on_air(repo), "2026-03-08T12:00Z", 6)
    archive = tmp_path / "moving.tar.gz"
    assert moved(repo, "export", archive, "2026-03-08T11:00Z") == 0
    assert "positions of 1 channels\n1 days of the as-run log\n" in capsys.readouterr().out
    on_another_machine(repo)
    assert moved(repo, "import", archive) == 0
    assert compiled(repo, "2026-03-08T11:00Z") == 0
    assert titles(on_air(repo), "2026-03-08T12:00Z", 6) == before
    assert log.read_bytes() == line_of(entry)
    # It was gone on from, and the next compile goes on from that.
    assert not (repo.work / ".exstv" / "imported-state.json").exists()
    capsys.readouterr()
    assert moved(repo, "import", archive) == 0
    assert "0 days of the as-run log, 1 were here already" in capsys.readouterr().out


def test_a_pin_moves_with_the_lock_that_it_needs(
    repo: Repository, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = on_air(repo).header
    repo.edit("all.yaml", "name: One", "name: Two")
    assert (compiled(repo, NOW), rolled_back(repo, NOW)) == (0, 0)
    pin = read_pin(repo.work / ".exstv")
    archive = tmp_path / "moving.tar.gz"
    assert moved(repo, "export", archive) == 0
    assert f"the pin of version 1, at commit {first.commit}" in capsys.readouterr().out
    on_another_machine(repo)
    assert moved(repo, "import", archive) == 0
    assert read_pin(repo.work / ".exstv") == pin
    # Here the commit comes from the repository that is followed, as its mirror has it.
    mirror = repo.work / ".exstv" / "git" / "mirror.git"
    repo.git("clone", "--quiet", "--bare", str(repo.bare), str(mirror))
    assert compiled(repo, LATER) == 0
    header = on_air(repo).header
    assert (header.commit, header.lock_digest) == (first.commit, first.lock_digest)


def test_what_is_no_archive_is_told_and_changes_nothing(repo: Repository, tmp_path: Path) -> None:
    archive = tmp_path / "moving.tar.gz"
    assert moved(repo, "export", archive) == 0
    whole = archive.read_bytes()
    on_another_machine(repo)
    for bad, words in (
        (b"", "cannot be read"),
        (whole[: len(whole) // 2], "cannot be read|holds no"),
        (b"x" * 2000, "cannot be read"),
        (packed({"other": b""}), "holds no state.json"),
        (packed({"state.json": b"{"}), "cannot be used"),
        (packed({"state.json": b'{"format": 9}'}), "format 9"),
    ):
        archive.write_bytes(bad)
        with pytest.raises(ExstvError, match=words):
            moved(repo, "import", archive)
        assert not (repo.work / ".exstv" / "imported-state.json").exists()


def test_an_archive_writes_nothing_but_what_belongs_there(repo: Repository, tmp_path: Path) -> None:
    archive = tmp_path / "moving.tar.gz"
    assert moved(repo, "export", archive) == 0
    with tarfile.open(archive) as tar:
        state_json = tar.extractfile("state.json")
        assert state_json is not None
        names = {
            "state.json": state_json.read(),
            "../evil": b"",
            "as-run/../../evil": b"",
            "/evil": b"",
            "device_id": b"E5E17005",
            "timeline/current": b"v1.duckdb",
        }
    on_another_machine(repo)
    archive.write_bytes(packed(names))
    assert moved(repo, "import", archive) == 0
    made = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert not [name for name in made if "evil" in name or "device_id" in name or "current" in name]


def packed(files: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w:gz") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return written.getvalue()


def test_nothing_is_imported_under_a_running_server(repo: Repository, tmp_path: Path) -> None:
    archive = tmp_path / "moving.tar.gz"
    assert moved(repo, "export", archive) == 0
    with server_lock(repo.work / ".exstv"), pytest.raises(CannotStart, match="another server"):
        moved(repo, "import", archive)


def test_the_status_says_what_is_on_air_and_what_is_pinned(
    repo: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    commit = on_air(repo).header.commit
    capsys.readouterr()
    assert status.run(["--station", str(repo.work), "--now", NOW]) == 0
    said = capsys.readouterr().out
    assert said.startswith("version 1: 1 channels, ") and f"  commit {commit}, built " in said
    repo.edit("all.yaml", "name: One", "name: Two")
    assert (compiled(repo, NOW), rolled_back(repo, NOW)) == (0, 0)
    capsys.readouterr()
    assert status.run(["--station", str(repo.work), "--now", LATER]) == 0
    words = f"version 1 is pinned since 2026-03-06T12:00:00.000Z, by commit {commit}"
    assert words in capsys.readouterr().out


def test_the_status_fails_where_the_newest_commit_is_not_on_air(
    repo: Repository, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    station = machine(tmp_path / "machine", repo)
    shutil.copytree(repo.work / ".exstv", station / ".exstv")
    ask = ["--station", str(station), "--now", LATER]
    assert status.run(ask) == 1
    assert "the repository was not asked yet" in capsys.readouterr().out
    known = Branch(
        remote=str(repo.bare),
        branch="main",
        state=Followed.BROKEN,
        at_ms=from_iso(NOW),
        commit="c" * 40,
        words="all.yaml:3:5: this is not YAML",
    )
    write_followed(station / ".exstv", known)
    assert status.run(ask) == 1
    said = capsys.readouterr().out
    assert f"follows main of {repo.bare}, broken: all.yaml:3:5: this is not YAML" in said
    assert f"  newest commit {'c' * 40}, since 3h ago" in said


def test_a_check_leaves_what_was_imported_to_the_compile(repo: Repository, tmp_path: Path) -> None:
    archive = tmp_path / "moving.tar.gz"
    assert (moved(repo, "export", archive), moved(repo, "import", archive)) == (0, 0)
    waiting = repo.work / ".exstv" / "imported-state.json"
    assert compile_command.run([str(repo.work), "--now", LATER, "--check"]) == 0
    assert waiting.exists()
    assert compile_command.run([str(repo.work), "--now", LATER]) == 0
    assert not waiting.exists()
