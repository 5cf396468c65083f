"""The repository that is followed, as a bare one of our own: fetched into, never checked out here.

Owns `state_dir/git`. Whatever a fetch comes to, the commits that are here stay; a mirror that is damaged is
thrown away once another one stands beside it. exstv/git.py knows what git is asked.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
from pathlib import Path

from exstv import git
from exstv.checkouts import mirror_dir
from exstv.clock import Clock
from exstv.errors import ExstvError
from exstv.git_settings import GitSettings, shown_remote
from runtime.process.pool import Finished, ProcessPool, SpawnSpec
from runtime.process.states import ExitKind

log = logging.getLogger(__name__)

FETCH_SECONDS = 300.0
"""Ends a fetch that hangs, and one of a repository that holds films."""
ASK_SECONDS = 60.0
LOOK_SECONDS = 30.0
"""Ends a look at a remote that does not answer, for somebody who waits for it."""


class CannotFollow(ExstvError):
    """The branch's newest commit is not to be had; the message says why, and holds no secret."""


class Mirror:
    """Owner of the repository; one task at a time uses it."""

    def __init__(self, settings: GitSettings, state_dir: Path, pool: ProcessPool, clock: Clock) -> None:
        assert settings.remote is not None, "whoever follows nothing needs no mirror"
        self._settings = settings
        self._path = mirror_dir(state_dir)
        self._pool = pool
        self._clock = clock
        self._environ = git.environment(os.environ, settings.remote)

    async def fetch(self) -> str:
        """Fetches the branch and gives its newest commit. Raises CannotFollow."""
        try:
            if not await asyncio.to_thread((self._path / "HEAD").is_file):
                return await self.renew()
            return await self._fetched(self._path)
        except CannotFollow as error:
            if not await self._is_damaged(str(error)):
                raise
            log.warning("mirror is damaged, it is cloned anew why=%s", error)
            return await self.renew()

    async def renew(self) -> str:
        """Clones anew, and only then lets go of what was there. Raises CannotFollow."""
        beside = self._path.with_name("mirror.new")
        try:
            await asyncio.to_thread(_emptied, beside)
            await self._said(git.init_argv(beside), ASK_SECONDS)
            commit = await self._fetched(beside)
            await asyncio.to_thread(_put_in_place, beside, self._path)
        except OSError as error:
            raise CannotFollow(f"{error.filename or beside}: {error.strerror or error}".lower()) from error
        finally:
            # Half a clone on a disk that is full would be in its own way.
            await asyncio.to_thread(shutil.rmtree, beside, ignore_errors=True)
        return commit

    async def look(self, seconds: float = LOOK_SECONDS) -> str:
        """Asks for the branch's newest commit, and fetches it alone where it has to be signed.

        For a folder that is thrown away; each of both may take so long. Raises CannotFollow.
        """
        branch = self._settings.branch
        await self._said(git.init_argv(self._path), ASK_SECONDS)
        found = await self._said(git.ask_argv(self._path, branch), seconds)
        if not found:
            raise CannotFollow(f"it has no branch `{branch}`")
        if self._settings.signed_only:
            await self._said(git.newest_argv(self._path, branch), seconds)
        return found.split()[0]

    async def is_trusted(self, commit: str) -> bool:
        """Tells whether somebody has signed a commit whom git trusts here. Raises CannotFollow."""
        return (await self._ran(git.verify_argv(self._path, commit), ASK_SECONDS)).exit is ExitKind.ENDED

    async def _fetched(self, path: Path) -> str:
        branch = self._settings.branch
        await self._said(git.fetch_argv(path, branch), FETCH_SECONDS)
        return await self._said(git.head_argv(path, branch), ASK_SECONDS)

    async def _is_damaged(self, words: str) -> bool:
        # What git says of files of its own is no remote's fault: a lock of a killed fetch, an empty object.
        if str(self._path) in words:
            return True
        if not await asyncio.to_thread((self._path / "HEAD").is_file):
            return False
        return (await self._ran(git.whole_argv(self._path), FETCH_SECONDS)).exit is not ExitKind.ENDED

    async def _said(self, argv: list[str], seconds: float) -> str:
        done = await self._ran(argv, seconds)
        if done.exit is not ExitKind.ENDED:
            raise CannotFollow(shown_remote(git.reason(done.last_lines)))
        return done.output.decode(errors="replace").strip()

    async def _ran(self, argv: list[str], seconds: float) -> Finished:
        now = self._clock.monotonic()
        spawn = SpawnSpec(argv, "git", now, limited=False, environ=self._environ, routine=True)
        try:
            async with asyncio.timeout(seconds):
                return await self._pool.run(spawn)
        except TimeoutError as error:
            raise CannotFollow(f"git did not end within {seconds:.0f} seconds") from error
        except OSError as error:
            raise CannotFollow(f"git does not start: {(error.strerror or str(error)).lower()}") from error


def _emptied(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)


def _put_in_place(beside: Path, path: Path) -> None:
    # A folder that holds something cannot be replaced in one step; killed in between, none is there.
    shutil.rmtree(path, ignore_errors=True)
    beside.rename(path)
