"""One server a state folder: the second is refused at once, and nobody else is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from stations import write_station

from exstv.cli.main import main
from exstv.errors import CannotStart
from exstv.timeline import versions
from exstv.timeline.lock import publish_lock, server_lock

HOLD = """
import sys
from pathlib import Path
from exstv.timeline.lock import server_lock
with server_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("command", ["up", "serve"])
def test_a_second_server_is_refused_before_it_changes_anything(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    station = write_station(tmp_path / "s", {"alpha": (60,)})
    state_dir = station / ".exstv"
    with server_lock(state_dir):
        assert main([command, str(station)]) == 1
        told = capsys.readouterr().err
        assert told == (
            f"exstv {command}: another server plays from {state_dir}:"
            " stop it, or set `state_dir` to another folder here\n"
        )
        assert [path.name for path in state_dir.iterdir()] == ["server.lock"]


def test_other_commands_do_not_mind_a_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    station = write_station(tmp_path / "s", {"alpha": (60,)})
    with server_lock(station / ".exstv"):
        assert main(["compile", str(station), "--scan"]) == 0
        assert main(["query", "select name from channel", str(station), "--format", "csv"]) == 0
        assert "Alpha" in capsys.readouterr().out
        assert versions.current(station / ".exstv") is not None
        with publish_lock(station / ".exstv"):
            pass


def test_a_server_that_is_killed_leaves_no_lock(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
        with pytest.raises(CannotStart), server_lock(tmp_path):
            pass
    finally:
        holder.kill()
        holder.communicate()
    with server_lock(tmp_path):
        pass
    with server_lock(tmp_path):
        pass


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotStart, match="cannot be written: "), server_lock(tmp_path / "file"):
        pass
