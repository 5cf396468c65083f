"""`exstv rollback` of a station in git: rules come back, positions do not, and nothing else goes on air."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from in_git import LATER, NOW, compiled, on_air, on_air_since_noon, rolled_back, titles
from repositories import Repository

from exstv.cli import compile as compile_command
from exstv.clock import from_iso
from exstv.timeline import query, versions
from exstv.timeline.pins import read_pin


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    return on_air_since_noon(tmp_path)


def test_rules_come_back_and_positions_do_not(repo: Repository) -> None:
    first = on_air(repo)
    assert titles(first, NOW, 6) == ["C", "D", "E", "A", "B", "C"]
    repo.edit("all.yaml", "play: cards", "play: few")
    assert compiled(repo, NOW) == 0
    bad = on_air(repo)
    assert bad.header.version == 2 and set(titles(bad, NOW, 6)) == {"D", "E"}
    assert rolled_back(repo, LATER) == 0
    back = on_air(repo)
    assert (back.header.version, back.header.commit) == (3, first.header.commit)
    # What was shown meanwhile was shown, and the cards go on where they stood.
    assert titles(back, NOW, 6) == titles(bad, NOW, 6)
    assert titles(back, LATER, 6) == ["C", "D", "E", "A", "B", "C"]
    pin = read_pin(repo.work / ".exstv")
    assert pin is not None and (pin.version, pin.commit) == (1, first.header.commit)


def test_a_revert_brings_the_rules_back_and_goes_on(repo: Repository) -> None:
    repo.edit("all.yaml", "play: cards", "play: few")
    assert compiled(repo, NOW) == 0
    repo.git("revert", "--no-edit", "HEAD")
    assert compiled(repo, LATER) == 0
    assert titles(on_air(repo), LATER, 6) == ["C", "D", "E", "A", "B", "C"]


def test_what_is_pinned_stays_until_it_is_unpinned(
    repo: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    repo.edit("all.yaml", "name: One", "name: Two")
    assert compiled(repo, NOW) == 0
    assert rolled_back(repo, NOW) == 0
    assert [each.name for each in on_air(repo).channels] == ["One"]
    repo.edit("all.yaml", "name: Two", "name: Three")
    capsys.readouterr()
    # A day later the pinned rules are rolled forward, and the edit still waits.
    assert compiled(repo, "2026-03-07T12:00Z") == 0
    assert "EXS7011" in capsys.readouterr().err
    rolled = on_air(repo)
    assert [each.name for each in rolled.channels] == ["One"]
    assert rolled.header.finish_ms > from_iso("2026-03-08T12:00Z")
    assert compile_command.run([str(repo.work), "--check", "--now", NOW]) == 0
    assert rolled_back(repo, NOW, "--unpin") == 0
    assert compiled(repo, "2026-03-07T12:00Z") == 0
    assert [each.name for each in on_air(repo).channels] == ["Three"]


def test_one_step_back_from_a_pin_is_the_version_before_it(repo: Repository) -> None:
    for number, name in ((1, "Two"), (2, "Three")):
        repo.edit("all.yaml", ["", "name: One", "name: Two"][number], f"name: {name}")
        assert compiled(repo, NOW) == 0
    for name in ("Two", "One"):
        assert rolled_back(repo, NOW) == 0
        assert [each.name for each in on_air(repo).channels] == [name]


def test_what_no_commit_holds_goes_on_air_by_its_file(
    repo: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    path = repo.work / "all.yaml"
    path.write_text(path.read_text().replace("name: One", "name: Dirty"))
    assert compiled(repo, NOW) == 0
    repo.edit("all.yaml", "name: Dirty", "name: Clean")
    assert compiled(repo, NOW) == 0
    capsys.readouterr()
    assert rolled_back(repo, NOW) == 0
    assert "made from files that no commit holds" in capsys.readouterr().err
    assert on_air(repo).header.version == 2
    # Nothing could roll it forward, and so nothing does.
    assert compiled(repo, LATER) == 0
    said = capsys.readouterr().err
    assert "version 2 is pinned, so nothing else is compiled or published" in said
    assert on_air(repo).header.version == 2


def test_a_lock_that_was_edited_since_does_not_count(repo: Repository) -> None:
    lock = on_air(repo).header.lock_digest
    repo.edit("all.yaml", "title: C", "title: Sea")
    assert compiled(repo, NOW) == 0
    assert on_air(repo).header.lock_digest != lock
    assert rolled_back(repo, NOW) == 0
    back = on_air(repo)
    assert back.header.lock_digest == lock
    assert "Sea" not in {each.title for each in back.programmes if each.start_ms > from_iso(NOW)}


def test_a_pin_that_cannot_be_read_is_told_and_can_be_removed(
    repo: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    (repo.work / ".exstv" / "timeline" / "pin.json").write_text("{")
    with pytest.raises(Exception, match="--unpin"):
        compiled(repo, LATER)
    assert rolled_back(repo, NOW, "--unpin") == 0
    assert compiled(repo, LATER) == 0


def test_a_commit_that_was_never_fetched_is_told(
    repo: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compile_command.run([str(repo.work), "--now", NOW, "--at-commit", "a" * 40]) == 1
    assert "EXS7010" in capsys.readouterr().err
    assert on_air(repo).header.version == 1


def follow(repo: Repository) -> None:
    """Fetches all, as a server that follows the repository does."""
    mirror = repo.work / ".exstv" / "git" / "mirror.git"
    if not mirror.exists():
        repo.git("init", "--quiet", "--bare", str(mirror))
    repo.git("fetch", "--quiet", str(repo.bare), "+refs/heads/*:refs/heads/*", where=mirror)


def compiled_at(repo: Repository, now: str, commit: str | None) -> int:
    assert commit is not None
    return compile_command.run([str(repo.work), "--now", now, "--at-commit", commit, "--scan"])


@pytest.mark.parametrize("has_lock", [True, False], ids=["by its commit", "by its file"])
def test_rolling_forward_ends_no_pin_and_a_newer_commit_does(repo: Repository, has_lock: bool) -> None:
    first = on_air(repo).header
    pushed = repo.edit("all.yaml", "name: One", "name: Two")
    follow(repo)
    assert compiled_at(repo, NOW, pushed) == 0
    if not has_lock:
        shutil.rmtree(repo.work / ".exstv" / "locks")
    assert rolled_back(repo, NOW) == 0
    # As the server does each day, of what is on air.
    assert compiled_at(repo, LATER, first.commit) == 0
    pin = read_pin(repo.work / ".exstv")
    assert pin is not None and (pin.version, bool(pin.commit)) == (1, has_lock)
    assert [each.name for each in on_air(repo).channels] == ["One"]
    (repo.work / "bad.yaml").write_text("channels: {x: [")
    bad = repo.commit()
    repo.push()
    follow(repo)
    assert compiled_at(repo, LATER, bad) == 1
    assert read_pin(repo.work / ".exstv") == pin
    (repo.work / "bad.yaml").unlink()
    good = repo.commit()
    repo.push()
    follow(repo)
    assert compiled_at(repo, LATER, good) == 0
    assert read_pin(repo.work / ".exstv") is None
    assert [each.name for each in on_air(repo).channels] == ["Two"]
    assert on_air(repo).header.commit == good


def test_only_what_a_version_may_need_is_kept(repo: Repository) -> None:
    for number in range(versions.VERSIONS_KEPT + 1):
        (repo.work / "more.yaml").write_text(
            "sources: {more: {type: lavfi, items: [{id: x, title: X, video: black, duration: "
            f"{number + 1}m" + "}]}}\n"
        )
        assert compiled(repo, NOW) == 0
    state_dir = repo.work / ".exstv"
    headers = [query.load(path).header for path in versions.versions(state_dir).values()]
    kept = {path.stem for path in (state_dir / "locks").iterdir()}
    assert {header.lock_digest for header in headers} <= kept
    assert len(kept) <= versions.VERSIONS_KEPT + 1
