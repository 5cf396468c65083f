"""What `exstv doctor` asks the repository that is followed: does it answer, is the branch there, signed?"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

from exstv.cli.checks import Finding, fail, ok
from exstv.clock import Clock
from exstv.git_settings import shown_remote
from exstv.settings import Settings
from runtime.app import pool_limits
from runtime.mirror import LOOK_SECONDS, CannotFollow, Mirror
from runtime.process.pool import ProcessPool

SUBJECT = "git"


def check_remote(settings: Settings, clock: Clock, seconds: float = LOOK_SECONDS) -> Iterator[Finding]:
    """Tells whether what is followed can be; nothing where nothing is. What was fetched stays as it is."""
    git = settings.git
    if git.remote is None:
        return
    where = f"`{git.branch}` of {shown_remote(git.remote)}"
    try:
        commit, is_trusted = asyncio.run(_looked(settings, clock, seconds))
    except CannotFollow as error:
        advice = "look at `git` in config.yaml, at the network, and at what this user's git signs in with"
        yield fail(SUBJECT, f"{where} cannot be followed: {error}", advice)
        return
    if not is_trusted:
        advice = "sign it, or add its key to those that `git verify-commit` trusts here"
        yield fail(SUBJECT, f"nobody has signed {commit[:12]}, {where}, whom git trusts here", advice)
        return
    yield ok(SUBJECT, f"{where} is at {commit[:12]}{', signed' if git.signed_only else ''}")


async def _looked(settings: Settings, clock: Clock, seconds: float) -> tuple[str, bool]:
    """The newest commit, and whether it may go on air."""
    pool = ProcessPool(pool_limits(settings), clock)
    try:
        with tempfile.TemporaryDirectory(prefix="exstv-doctor-") as folder:
            mirror = Mirror(settings.git, Path(folder), pool, clock)
            commit = await mirror.look(seconds)
            return commit, not settings.git.signed_only or await mirror.is_trusted(commit)
    finally:
        await pool.close()
