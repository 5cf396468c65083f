"""What becomes of what is pushed: a real repository, real git, and a compile that does as the test says."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from repositories import Repository, repository

from exstv import codes
from exstv.checkouts import check_out, mirror_dir
from exstv.clock import SystemClock
from exstv.diagnostics import Span
from exstv.followed import Followed
from exstv.git_settings import GitSettings
from exstv.timeline.pins import Pin, write_pin
from exstv.timeline.versions import timeline_dir
from runtime.gitsync import GitSync
from runtime.process.guards import PoolLimits
from runtime.process.pool import ProcessPool
from runtime.status import ReloadStatus

PATIENCE_SECONDS = 60.0
"""Only ends a hang."""


class Compiler:
    """Stands in for the reloader: notes each commit, and finds those broken that hold a file `broken`."""

    def __init__(self, state_dir: Path) -> None:
        self.state_dir = state_dir
        self.commit_on_air: str | None = None
        self.compiled: list[str] = []

    async def compile(self, commit: str) -> ReloadStatus:
        self.compiled.append(commit)
        try:
            folder = check_out(self.state_dir, commit, (f"--git-dir={mirror_dir(self.state_dir)}",))
        except Exception as error:
            found = codes.NOT_CHECKED_OUT.at(Span("station"), commit=commit, reason=str(error))
            return ReloadStatus(ok=False, at_ms=0, diagnostics=(found,))
        if (folder / "broken").exists():
            found = codes.NOT_YAML.at(Span("broken", 3, 5), reason="it is broken")
            return ReloadStatus(ok=False, at_ms=0, diagnostics=(found,))
        self.commit_on_air = commit
        return ReloadStatus(ok=True, at_ms=0)


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    work = tmp_path / "work"
    work.mkdir()
    (work / "station.yaml").write_text("station: {name: A}\n")
    return repository(work, tmp_path / "bare.git")


@pytest.fixture
def state_dir(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "state"
    timeline_dir(folder).mkdir(parents=True)
    yield folder


@asynccontextmanager
async def following(
    repo: Repository, state_dir: Path, compiler: Compiler | None = None, **more: object
) -> AsyncIterator[tuple[GitSync, Compiler]]:
    """A machine that asks as often as it may."""
    clock = SystemClock()
    pool = ProcessPool(PoolLimits(max_processes=10, spawns_per_second=10, memory_guard_threshold=1), clock)
    compiler = compiler or Compiler(state_dir)
    settings = GitSettings.model_validate({"remote": str(repo.bare), "interval": "1s", **more})
    sync = GitSync(settings, state_dir, compiler, pool, clock)  # type: ignore[arg-type]
    task = asyncio.create_task(sync.run())
    try:
        yield sync, compiler
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await pool.close()


async def until(sync: GitSync, state: Followed, commit: str | None = None) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (
            sync.status().state is not state
            or sync.status().trouble
            or (commit is not None and sync.status().commit != commit)
        ):
            await asyncio.sleep(0.02)


async def until_trouble(sync: GitSync) -> str:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not sync.status().trouble:
            await asyncio.sleep(0.02)
    return sync.status().trouble


async def test_what_is_pushed_goes_on_air_and_what_is_broken_does_not(
    repo: Repository, state_dir: Path
) -> None:
    async with following(repo, state_dir) as (sync, compiler):
        await until(sync, Followed.ON_AIR)
        (repo.work / "broken").touch()
        bad = repo.commit()
        repo.push()
        await until(sync, Followed.BROKEN, bad)
        assert sync.status().words == "broken:3:5: this is not YAML: it is broken"
        (repo.work / "broken").unlink()
        good = repo.commit()
        repo.push()
        await until(sync, Followed.ON_AIR, good)
        assert compiler.compiled[1:] == [bad, good]


async def test_a_start_with_the_newest_commit_on_air_compiles_nothing(
    repo: Repository, state_dir: Path
) -> None:
    compiler = Compiler(state_dir)
    compiler.commit_on_air = repo.git("rev-parse", "HEAD")
    async with following(repo, state_dir, compiler) as (sync, _):
        await until(sync, Followed.ON_AIR)
        assert compiler.compiled == []


async def test_a_branch_that_was_moved_by_force_is_followed(repo: Repository, state_dir: Path) -> None:
    async with following(repo, state_dir) as (sync, _):
        await until(sync, Followed.ON_AIR)
        other = repo.commit("instead", "--amend")
        repo.push("--force")
        await until(sync, Followed.ON_AIR, other)


async def test_a_branch_that_is_gone_is_told_until_it_is_back(repo: Repository, state_dir: Path) -> None:
    async with following(repo, state_dir) as (sync, compiler):
        await until(sync, Followed.ON_AIR)
        repo.git("branch", "-m", "main", "away", where=repo.bare)
        assert "couldn't find remote ref refs/heads/main" in await until_trouble(sync)
        assert sync.status().state is Followed.ON_AIR
        repo.git("branch", "-m", "away", "main", where=repo.bare)
        await until(sync, Followed.ON_AIR)
        assert len(compiler.compiled) == 1


async def test_a_remote_that_is_away_is_told_until_it_is_back(repo: Repository, state_dir: Path) -> None:
    away = repo.bare.with_name("away.git")
    repo.bare.rename(away)
    async with following(repo, state_dir) as (sync, _):
        assert "does not appear to be a git repository" in await until_trouble(sync)
        assert sync.status().state is Followed.WAITING
        away.rename(repo.bare)
        assert sync.pushed()
        await until(sync, Followed.ON_AIR)
        assert sync.status().failures > 0


@pytest.mark.parametrize("damage", ["lock", "object", "head", "nothing"])
async def test_a_mirror_that_a_kill_left_half_written_is_cloned_anew(
    repo: Repository, state_dir: Path, damage: str
) -> None:
    async with following(repo, state_dir) as (sync, _):
        await until(sync, Followed.ON_AIR)
    mirror = mirror_dir(state_dir)
    if damage == "lock":
        (mirror / "refs" / "heads" / "main.lock").touch()
    elif damage == "object":
        for path in (mirror / "objects").rglob("*"):
            if path.is_file():
                path.chmod(0o644)
                path.write_bytes(b"")
    elif damage == "head":
        (mirror / "HEAD").write_text("")
    else:
        shutil.rmtree(mirror)
    shutil.rmtree(state_dir / "checkouts")
    commit = repo.commit("more")
    repo.push()
    async with following(repo, state_dir) as (sync, _):
        await until(sync, Followed.ON_AIR, commit)
    assert repo.git("fsck", "--connectivity-only", where=mirror) is not None


async def test_what_was_fetched_long_ago_and_is_broken_by_now_is_cloned_anew(
    repo: Repository, state_dir: Path
) -> None:
    async with following(repo, state_dir) as (sync, _):
        await until(sync, Followed.ON_AIR)
    # The commit is there, and what it holds is not: nothing is fetched, and only a compile finds out.
    blob = repo.git("rev-parse", "HEAD:station.yaml")
    objects = mirror_dir(state_dir) / "objects"
    (objects / blob[:2] / blob[2:]).unlink()
    shutil.rmtree(state_dir / "checkouts")
    async with following(repo, state_dir) as (sync, compiler):
        await until(sync, Followed.ON_AIR)
        assert len(compiler.compiled) == 2


async def test_a_pin_holds_until_something_is_pushed_after_it(repo: Repository, state_dir: Path) -> None:
    head = repo.git("rev-parse", "HEAD")
    write_pin(state_dir, Pin(version=1, at_ms=0, commit="a" * 40, followed=head))
    async with following(repo, state_dir) as (sync, compiler):
        await until(sync, Followed.PINNED)
        assert compiler.compiled == []
        later = repo.commit("later")
        repo.push()
        await until(sync, Followed.ON_AIR, later)
        assert compiler.compiled == [later]


async def test_what_is_unpinned_goes_on_air(repo: Repository, state_dir: Path) -> None:
    head = repo.git("rev-parse", "HEAD")
    write_pin(state_dir, Pin(version=1, at_ms=0, commit="a" * 40, followed=head))
    async with following(repo, state_dir) as (sync, compiler):
        await until(sync, Followed.PINNED)
        write_pin(state_dir, None)
        await until(sync, Followed.ON_AIR)
        assert compiler.compiled == [head]


def new_key(folder: Path) -> Path:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "key"], check=True)
    return folder / "key"


async def test_only_what_somebody_signed_goes_on_air_where_that_is_asked_for(
    repo: Repository, state_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, trusted = new_key(tmp_path), tmp_path / "trusted"
    trusted.write_text(f"editor@example.org {key.with_suffix('.pub').read_text()}")
    ours = tmp_path / "gitconfig"
    ours.write_text(f'[gpg]\nformat = ssh\n[gpg "ssh"]\nallowedSignersFile = {trusted}\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(ours))
    async with following(repo, state_dir, signed_only=True) as (sync, compiler):
        await until(sync, Followed.REFUSED)
        assert compiler.compiled == [] and "nobody has signed" in sync.status().words
        for name, value in (("gpg.format", "ssh"), ("user.signingkey", str(key)), ("commit.gpgsign", "true")):
            repo.git("config", name, value)
        signed = repo.commit("signed")
        repo.push()
        await until(sync, Followed.ON_AIR, signed)
        assert compiler.compiled == [signed]


async def test_the_status_command_is_told_what_became_of_each_commit(
    repo: Repository, state_dir: Path, tmp_path: Path
) -> None:
    said = tmp_path / "said"
    script = tmp_path / "status.sh"
    script.write_text(f'#!/bin/sh\necho "$1 $EXSTV_COMMIT $EXSTV_STATE $EXSTV_DESCRIPTION" >> {said}\n')
    script.chmod(0o755)
    (repo.work / "broken").touch()
    bad = repo.commit()
    repo.push()
    async with following(repo, state_dir, status_command=[str(script), "mark"]) as (sync, _):
        await until(sync, Followed.BROKEN)
        (repo.work / "broken").unlink()
        good = repo.commit()
        repo.push()
        await until(sync, Followed.ON_AIR, good)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not said.exists() or len(said.read_text().splitlines()) < 4:
                await asyncio.sleep(0.02)
    assert said.read_text().splitlines() == [
        f"mark {bad} pending is compiled",
        f"mark {bad} failure broken:3:5: this is not YAML: it is broken",
        f"mark {good} pending is compiled",
        f"mark {good} success on air",
    ]


async def test_a_full_disk_is_told_and_survived(
    repo: Repository, state_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, full = shutil.which("git"), tmp_path / "full"
    words = f"fatal: unable to write file {mirror_dir(state_dir)}/objects/0a: No space left on device"
    script = tmp_path / "bin" / "git"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\n[ -e {full} ] && {{ echo "{words}" >&2; exit 128; }}\nexec {real} "$@"\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}:{os.environ['PATH']}")
    async with following(repo, state_dir) as (sync, _):
        await until(sync, Followed.ON_AIR)
        full.touch()
        assert "No space left on device" in await until_trouble(sync)
        # What was fetched is still there, and nothing half-made beside it.
        assert [path.name for path in mirror_dir(state_dir).parent.iterdir() if path.is_dir()] == [
            "mirror.git"
        ]
        full.unlink()
        commit = repo.commit("more")
        repo.push()
        await until(sync, Followed.ON_AIR, commit)


async def test_a_machine_without_git_says_so(
    repo: Repository, state_dir: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    async with following(repo, state_dir) as (sync, _):
        assert await until_trouble(sync) == "git does not start: no such file or directory"


async def test_what_is_told_too_often_is_put_off(repo: Repository, state_dir: Path) -> None:
    async with following(repo, state_dir) as (sync, _):
        answers = [sync.pushed() for _ in range(100)]
        assert answers[0] and not all(answers)


def test_a_check_out_is_whole_and_runs_no_hook(repo: Repository, state_dir: Path) -> None:
    hook = repo.work / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {state_dir / 'ran'}\n")
    hook.chmod(0o755)
    commit = repo.git("rev-parse", "HEAD")
    folder = check_out(state_dir, commit, ("-C", str(repo.work)))
    assert sorted(path.name for path in folder.iterdir()) == [".gitignore", "station.yaml"]
    assert [path.name for path in folder.parent.iterdir()] == [commit]
    assert not (state_dir / "ran").exists()
