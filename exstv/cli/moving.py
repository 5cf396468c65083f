"""What a station's machine knows and no repository holds, as one file: positions, pin and as-run log.

Owns the archive's layout: `state.json` (exstv/timeline/carried.py), `pin.json` with the lock that it needs,
and the log's files. What else lies in an archive is left there. Imported positions wait in the state folder
for the next compile.
"""

from __future__ import annotations

import io
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from exstv.asrun.files import as_run_dir, closed_days, open_days
from exstv.cli.kept import lock_of
from exstv.errors import ExstvError
from exstv.files import IMPORTED_STATE, replace_file
from exstv.timeline.carried import carried_state, decode_state, encode_state
from exstv.timeline.lock import publish_lock
from exstv.timeline.pins import Pin, read_pin, write_pin
from exstv.timeline.query import TimelineReader
from exstv.timeline.versions import timeline_dir

STATE, PIN = "state.json", "pin.json"
_LOCK = re.compile(r"locks/([0-9a-f]{64})\.lock")
_LOGGED = re.compile(r"as-run/(\d{4}-\d{2}-\d{2})\.(jsonl|parquet)")
MOST_BYTES = 4_000_000_000
"""Of one file of an archive."""


def export(reader: TimelineReader, state_dir: Path, now_ms: int, target: Path) -> Iterator[str]:
    """Writes the archive, and says what is in it. Queries DuckDB."""
    carried = carried_state(reader, now_ms)
    pin = read_pin(state_dir)
    log = [*open_days(as_run_dir(state_dir)).values(), *closed_days(as_run_dir(state_dir)).values()]
    beside = target.with_name(f".{target.name}.new")
    try:
        with tarfile.open(beside, "w:gz") as tar:
            _add(tar, STATE, encode_state(carried))
            if pin is not None and pin.commit is not None:
                _add(tar, PIN, msgspec.json.encode(pin))
                tar.add(lock_of(state_dir, pin.lock_digest), f"locks/{pin.lock_digest}.lock")
            for path in log:
                tar.add(path, f"as-run/{path.name}")
        beside.replace(target)
    except OSError as error:
        raise ExstvError(f"{target} cannot be written: {error.strerror}") from error
    finally:
        beside.unlink(missing_ok=True)
    yield f"positions of {len(carried.channels)} channels"
    if pin is not None:
        yield (
            f"the pin of version {pin.version}, at commit {pin.commit}"
            if pin.commit
            else f"not the pin of version {pin.version}: that version is in no commit"
        )
    yield f"{len(log)} days of the as-run log"


def take_in(archive: Path, state_dir: Path) -> Iterator[str]:
    """Puts what is in an archive where it belongs, and says so; days that are logged here stay as they are.

    Raises ExstvError for what is no such archive, and has changed nothing then. No server may be running.
    """
    try:
        with tarfile.open(archive) as tar:
            members = {each.name: each for each in tar if each.isfile() and each.size <= MOST_BYTES}
            state, pin = _documents(tar, members, archive)
            days = sorted(name for name in members if _LOGGED.fullmatch(name))
            timeline_dir(state_dir).mkdir(parents=True, exist_ok=True)
            logged = [name for name in days if _put_day(tar, members[name], state_dir)]
            for name in filter(_LOCK.fullmatch, members):
                replace_file(state_dir / name, _read(tar, members[name]))
    except (OSError, tarfile.TarError, EOFError) as error:
        raise ExstvError(f"{archive} cannot be read: {error}") from error
    replace_file(state_dir / IMPORTED_STATE, state)
    yield "positions, for the next compile"
    if pin is not None:
        with publish_lock(state_dir):
            write_pin(state_dir, pin)
        yield f"the pin of version {pin.version}, at commit {pin.commit}"
    yield f"{len(logged)} days of the as-run log, {len(days) - len(logged)} were here already"


def _documents(
    tar: tarfile.TarFile, members: dict[str, tarfile.TarInfo], archive: Path
) -> tuple[bytes, Pin | None]:
    """The state and the pin, both sound."""
    if STATE not in members:
        raise ExstvError(f"{archive} was not made by `exstv state export`: it holds no {STATE}")
    state = _read(tar, members[STATE])
    try:
        decode_state(state)
        pin = msgspec.json.decode(_read(tar, members[PIN]), type=Pin) if PIN in members else None
    except (ValueError, msgspec.DecodeError) as error:
        raise ExstvError(f"{archive} cannot be used: {error}") from error
    return state, pin


def _put_day(tar: tarfile.TarFile, member: tarfile.TarInfo, state_dir: Path) -> bool:
    """Tells whether a day's file was written: one that is here in any form stays."""
    path = state_dir / member.name
    if any(path.with_suffix(suffix).exists() for suffix in (".jsonl", ".parquet")):
        return False
    replace_file(path, _read(tar, member))
    return True


def _read(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(member)
    assert file is not None, "only files are asked for"
    return file.read()


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(data)
    tar.addfile(member, io.BytesIO(data))
