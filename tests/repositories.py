"""A bare git repository on disk, and somebody's working copy of it: what tests of GitOps push."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

_WHO = {
    "GIT_AUTHOR_NAME": "A. Editor",
    "GIT_AUTHOR_EMAIL": "editor@example.org",
    "GIT_COMMITTER_NAME": "A. Editor",
    "GIT_COMMITTER_EMAIL": "editor@example.org",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


@dataclass(frozen=True)
class Repository:
    """`bare` is what a machine follows, `work` where its editor sits."""

    bare: Path
    work: Path

    def git(self, *words: str, where: Path | None = None, **environ: str) -> str:
        """Runs git in the working copy, or elsewhere, and gives what it said."""
        done = subprocess.run(
            ["git", "-C", where or self.work, *words],
            env={**os.environ, **_WHO, **environ},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def commit(self, message: str = "edit", *more: str) -> str:
        """Commits all that was edited, and gives the commit's id."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message, *more)
        return self.git("rev-parse", "HEAD")

    def push(self, *words: str) -> None:
        """Pushes what was committed to `main`."""
        self.git("push", "--quiet", *words, "origin", "HEAD:main")

    def edit(self, file: str, old: str, new: str) -> str:
        """Replaces words of a file, commits and pushes that, and gives the commit's id."""
        path = self.work / file
        text = path.read_text(encoding="utf-8")
        assert old in text, text
        path.write_text(text.replace(old, new), encoding="utf-8")
        commit = self.commit(f"{old} becomes {new}")
        self.push()
        return commit


def repository(work: Path, bare: Path) -> Repository:
    """The repository of a station in a folder, all of it pushed."""
    made = Repository(bare, work)
    made.git("init", "--quiet", "--bare", "--initial-branch=main", str(bare), where=work)
    made.git("init", "--quiet", "--initial-branch=main")
    made.git("remote", "add", "origin", str(bare))
    (work / ".gitignore").write_text(".exstv/\n")
    made.commit("the station")
    made.push()
    return made


def machine(folder: Path, repo: Repository, more: str = ", interval: 1s") -> Path:
    """The folder of a machine that follows a repository, and asks it every second."""
    folder.mkdir()
    (folder / "config.yaml").write_text(f"git: {{remote: {repo.bare}{more}}}\n")
    return folder
