"""Programs that nobody here wrote: tsreport, mpv and VLC judge a stream, XMLTV's own validator a guide.

A test skips without them, except in CI, whose `.ci/run` installs them: there it fails.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import BinaryIO

import pytest

_PATIENCE_SECONDS = 90
"""Only ends a hang."""
_LOGGED = re.compile(r"^\[ *[\d.]+\]\[[wef]\](.*)$", re.MULTILINE)
_PACE = re.compile(r"desynchronisation|hardware, temporary CPU|position will not match|underrun|\]\s*$")
"""What mpv says of a machine that is too busy to play at the stream's pace, or was told not to."""
_VLC_WORDS = re.compile(r"discontinuity|PCR called|late|too early|continuity|corrupt", re.IGNORECASE)
_VLC_PARTS = re.compile(r"(ts|mpeg|packetizer|decoder|input|clock|stream)[^:]* (warning|error)")
_VLC_PACE = re.compile(r"is called too late|too late to be displayed|buffer too late|late frames")
"""What VLC says where it reads later than it wanted, as it does on a machine that is too busy."""
_VLC_READ = re.compile(r"ts demux debug: enabling pcr pid 256")
"""VLC complains of a sandbox without a screen, a sound card and a bus as well."""


def _needed(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        missing = f"`{program}` is not installed"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    return str(found)


def guide_complaints(guide: Path) -> str:
    """What XMLTV's own validator says against a guide."""
    validator = _needed("tv_validate_file")
    # Without a DTD at hand it would fetch one from a server.
    shutil.copy("/usr/share/xmltv/xmltv.dtd", guide.parent)
    done = subprocess.run(
        [validator, guide],
        env={**os.environ, "XMLTV_SUPPLEMENT": str(guide.parent)},
        capture_output=True,
        text=True,
        timeout=_PATIENCE_SECONDS,
        check=False,
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def tsreport_marks(path: Path) -> list[str]:
    """What `tsreport -b` marks in a file."""
    done = subprocess.run(
        [_needed("tsreport"), "-b", path], capture_output=True, text=True, errors="replace", check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return [line for line in done.stdout.splitlines() if "###" in line]


def mpv_complaints(source: str, log: Path, seconds: float | None = None) -> list[str]:
    """What mpv warns of: a file as fast as it can, or so many seconds of an address at their pace."""
    log.unlink(missing_ok=True)
    pace = ["--untimed", "--ao-null-untimed=yes"] if seconds is None else [f"--length={seconds}"]
    argv = ["--no-config", "--vo=null", "--ao=null", "--no-terminal", "--msg-level=all=warn", *pace]
    done = subprocess.run(
        [_needed("mpv"), *argv, f"--log-file={log}", source], timeout=_PATIENCE_SECONDS, check=False
    )
    said = log.read_text(errors="replace")
    assert done.returncode == 0 and "(+) Audio" in said and "(+) Video" in said, said
    return [line for line in _LOGGED.findall(said) if not _PACE.search(line)]


def vlc_complaints(source: Path | str, seconds: float | None = None) -> list[str]:
    """The same of VLC; of a file its demuxer alone is asked."""
    argv = [_needed("cvlc"), "-I", "dummy", "--no-video-title-show", "--play-and-exit", "-vv"]
    if isinstance(source, str):
        argv += ["--vout", "dummy", "--aout", "dummy", "--run-time", str(seconds), source, "vlc://quit"]
        return [line for line in _vlc(argv, None) if not _VLC_PACE.search(line)]
    argv += ["--sout", "#std{access=dummy,mux=dummy,dst=x}", "--sout-all", "fd://0", "vlc://quit"]
    with source.open("rb") as file:
        return _vlc(argv, file)


def _vlc(argv: list[str], file: BinaryIO | None) -> list[str]:
    # VLC refuses to be root; nobody may not open what is root's, but reads what is open already.
    root = [_needed("runuser"), "-u", "nobody", "--"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*root, "env", "HOME=/nonexistent", *argv],
        stdin=file or subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=_PATIENCE_SECONDS,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0 and _VLC_READ.search(said), said
    return [line for line in said.splitlines() if _VLC_PARTS.search(line) and _VLC_WORDS.search(line)]
