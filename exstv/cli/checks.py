"""What `exstv doctor` looks at: each check is a function that gives findings and changes nothing.

Anything that a check needs of the machine is in its arguments. doctor.py runs them all and prints.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path

import msgspec

from exstv.catalog.lock import read_lock
from exstv.catalog.model import Catalog
from exstv.catalog.stale import stale_sources
from exstv.diagnostics import Diagnostic, Severity, has_errors
from exstv.errors import ExstvError
from exstv.sources.lavfi import FONT
from exstv.sources.scan import MISSING
from exstv.timeline import versions
from exstv.timeline.model import Profile, Source
from exstv.timeline.query import TimelineReader
from exstv.units import DAY_MS, HOUR_MS
from runtime.ffmpeg.binary import find_ffmpeg
from runtime.ffmpeg.codecs import Encoder, Hardware, encoder_name
from runtime.ffmpeg.hardware import Proof, candidates, listed_encoders, proof_argv
from runtime.hardware import this_machine

ENCODERS = ("libx264", "aac")
FILTERS = ("drawtext", "scale", "pad", "aresample")
_GIB = 1 << 30
_FULL, _ALMOST_FULL = _GIB // 4, 2 * _GIB
_TRIAL_S = 60
"""How long one second of an item may take to encode, on a machine that is busy with other things."""


class Level(StrEnum):
    """What a finding means: all is well, look at it, or it will not play."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Finding(msgspec.Struct, frozen=True):
    """One line of the report; `advice` is what to do about it."""

    level: Level
    subject: str
    text: str
    advice: str = ""


def ok(subject: str, text: str) -> Finding:
    """A finding that all is well."""
    return Finding(Level.OK, subject, text)


def warn(subject: str, text: str, advice: str) -> Finding:
    """A finding to look at."""
    return Finding(Level.WARN, subject, text, advice)


def fail(subject: str, text: str, advice: str) -> Finding:
    """A finding that keeps something from playing."""
    return Finding(Level.FAIL, subject, text, advice)


def check_diagnostics(subject: str, diagnostics: Iterable[Diagnostic], advice: str) -> Finding:
    """Sums diagnostics up."""
    found = list(diagnostics)
    if not found:
        return ok(subject, "nothing to report")
    counts = {severity: sum(each.severity is severity for each in found) for severity in Severity}
    text = ", ".join(f"{count} {name}{'s' * (count > 1)}" for name, count in counts.items() if count)
    if has_errors(found):
        return fail(subject, text, advice)
    return warn(subject, text, advice) if counts[Severity.WARNING] else ok(subject, text)


def check_ffmpeg(configured: str | None) -> tuple[str | None, list[Finding]]:
    """Finds ffmpeg and asks it for its version and for all that we need of it."""
    try:
        ffmpeg = find_ffmpeg(configured)
        banner = _ask(ffmpeg, "-version")
        have_encoders = _listed(_ask(ffmpeg, "-encoders"))
        have_filters = _listed(_ask(ffmpeg, "-filters"))
    except ExstvError as error:
        return None, [fail("ffmpeg", str(error), "set ffmpeg.path in config.yaml, or leave it out")]
    version = re.match(r"ffmpeg version (\S+)", banner)
    lacking = [name for name in ENCODERS if name not in have_encoders]
    lacking += [name for name in FILTERS if name not in have_filters]
    if lacking:
        text = f"{ffmpeg} lacks {', '.join(lacking)}"
        return None, [fail("ffmpeg", text, "set ffmpeg.path in config.yaml to a complete build")]
    return ffmpeg, [ok("ffmpeg", f"{version[1] if version else 'of unknown version'} at {ffmpeg}")]


def check_encoders(ffmpeg: str, profiles: Iterable[Profile]) -> Iterator[Finding]:
    """Tells which codecs of the profiles this ffmpeg cannot encode by itself."""
    have = _listed(_ask(ffmpeg, "-encoders"))
    for profile in profiles:
        wanted = (encoder_name(profile.video_codec, Hardware.NONE) or "", profile.audio_codec)
        lacking = [name for name in wanted if name not in have]
        if lacking:
            text = f"profile `{profile.name}` needs {' and '.join(lacking)}, which {ffmpeg} lacks"
            yield fail("encoders", text, "choose another codec, or set ffmpeg.path to a complete build")


def check_hardware(ffmpeg: str, profiles: Iterable[Profile]) -> Iterator[Finding]:
    """Tries the hardware encoders that profiles ask for, for real; software stands in for those that fail."""
    machine = this_machine(ffmpeg)
    for codec, wanted in sorted({(profile.video_codec, profile.hardware) for profile in profiles}):
        if wanted == Hardware.NONE:
            continue
        whys = []
        for encoder in candidates(codec, wanted, machine):
            proof = _proved(ffmpeg, codec, encoder)
            if not proof.why:
                yield ok("hardware", f"{codec} by `{wanted}` is encoded by {proof.name}")
                break
            whys.append(f"{proof.name}: {proof.why}")
        else:
            why = "; ".join(whys) or "this machine has nothing of the kind"
            text = f"{codec} by `{wanted}` is encoded by the processor: {why}"
            yield warn("hardware", text, "mend the driver, or write `hardware: none`")


def _proved(ffmpeg: str, codec: str, encoder: Encoder) -> Proof:
    if encoder_name(codec, encoder.hardware) not in listed_encoders(_ask(ffmpeg, "-encoders")):
        return Proof(codec, encoder, "this ffmpeg does not have it")
    try:
        output = run_ffmpeg(proof_argv(ffmpeg, codec, encoder))
    except ExstvError as error:
        return Proof(codec, encoder, str(error))
    return Proof(codec, encoder, "" if output else "it gave no pictures")


def check_port(host: str, port: int) -> Finding:
    """Tells whether the server could listen; a running exstv is the usual reason why not."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        # As the server does it: the last connections of a server that just stopped are no obstacle.
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            advice = "stop what listens there (a running exstv?), or set server.port"
            return warn("port", f"{host}:{port} cannot be taken: {reason}", advice)
    return ok("port", f"{host}:{port} is free")


def check_state_dir(state_dir: Path) -> list[Finding]:
    """Tells whether the state folder takes files, and how many more."""
    try:
        state_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=state_dir) as file:
            file.write(b"x")
            file.flush()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        return [fail("state", f"{state_dir} takes no files: {reason}", "set state_dir in config.yaml")]
    free = shutil.disk_usage(state_dir).free
    text, advice = f"{free / _GIB:.1f} GiB free in {state_dir}", "make room, or set state_dir"
    if free < _FULL:
        return [ok("state", f"{state_dir} takes files"), fail("disk", text, advice)]
    disk = warn("disk", text, advice) if free < _ALMOST_FULL else ok("disk", text)
    return [ok("state", f"{state_dir} takes files"), disk]


def check_font() -> Finding:
    """Tells whether the font for text in pictures is there."""
    if FONT.is_file():
        return ok("font", FONT.name)
    return fail("font", f"no font at {FONT}", "install exstv anew")


def check_catalog(lock: Path, station: Path, sources: tuple[Source, ...]) -> tuple[Catalog, list[Finding]]:
    """Looks at the lock: damage, what was never scanned, what went missing."""
    catalog, damage = read_lock(lock)
    advice = f"run `exstv scan {station}`"
    if damage:
        return catalog, [check_diagnostics("catalog", damage, advice)]
    findings = [
        warn("catalog", f"the source `{name}` was edited after its last scan, or never scanned", advice)
        for name in sorted(stale_sources(sources, catalog))
    ]
    missing = sum(item.state == MISSING for item in catalog.items)
    if missing:
        findings.append(
            warn(
                "catalog",
                f"missing at the last scan: {missing}",
                f"bring them back, or run `exstv scan {station} --prune`",
            )
        )
    return catalog, findings or [ok("catalog", f"{len(catalog.items)} items of {len(sources)} sources")]


def check_timeline(state_dir: Path, now_ms: int) -> Finding:
    """Tells whether a timeline is published and for how long it still lasts."""
    advice = "run `exstv compile`"
    path = versions.current(state_dir)
    if path is None:
        return warn("timeline", "none is published", f"{advice}, or `exstv up`")
    try:
        reader = TimelineReader.open(path)
    except ExstvError as error:
        return fail("timeline", str(error), advice)
    header = reader.header
    reader.close()
    left_ms = header.finish_ms - now_ms
    text = f"version {header.version} lasts {max(left_ms, 0) / HOUR_MS:.1f} hours more"
    if left_ms <= 0:
        return fail("timeline", f"version {header.version} has run out", advice)
    return warn("timeline", text, advice) if left_ms < DAY_MS else ok("timeline", text)


def _ask(ffmpeg: str, question: str) -> str:
    return run_ffmpeg([ffmpeg, "-hide_banner", question]).decode("utf-8", "replace")


def _listed(table: str) -> set[str]:
    """The second word of each line of ffmpeg's tables."""
    return {words[1] for line in table.splitlines() if len(words := line.split()) > 1}


def run_ffmpeg(argv: list[str]) -> bytes:
    """What a command of ffmpeg gives. Raises ExstvError with its last words."""
    try:
        done = subprocess.run(
            argv, capture_output=True, check=True, stdin=subprocess.DEVNULL, timeout=_TRIAL_S
        )
    except OSError as error:
        raise ExstvError(f"{argv[0]} cannot be run: {os.strerror(error.errno or 0).lower()}") from error
    except subprocess.TimeoutExpired:
        raise ExstvError(f"ffmpeg did not end within {_TRIAL_S} s") from None
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode("utf-8", "replace").strip().splitlines() or ["nothing"]
        raise ExstvError(f"ffmpeg failed with exit code {error.returncode}; it said: {said[-1]}") from error
    return done.stdout
