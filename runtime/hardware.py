"""Finds out which hardware encoders work on this machine, once, and gives each profile its encoder.

Owns the proofs and the file that remembers them over restarts, `hardware.json` in the state folder. Proofs
run through the pool in the background; where none works, or none is proved in time, software encodes.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from exstv.clock import Clock
from exstv.files import replace_file
from exstv.timeline.model import Profile
from runtime.ffmpeg.codecs import SOFTWARE, Encoder, Hardware, encoder_name
from runtime.ffmpeg.hardware import AUTO, Machine, Proof, candidates, listed_encoders, proof_argv
from runtime.process.pool import ProcessPool, SpawnSpec
from runtime.process.states import ExitKind
from runtime.status import EncoderStatus

log = logging.getLogger(__name__)

CACHE_NAME = "hardware.json"
_NODES = (("dri", "renderD[0-9]*"), (".", "nvidia[0-9]*"))


@dataclass(frozen=True)
class ProofLimits:
    """How long a proof may take before its driver is taken to hang, and how long an item waits for one."""

    proof_seconds: float = 15.0
    patience_seconds: float = 2.0


class _Remembered(msgspec.Struct, frozen=True):
    machine: Machine
    proofs: tuple[Proof, ...]


@dataclass(frozen=True)
class _Choice:
    encoder: Encoder
    why: str = ""


def this_machine(ffmpeg: str, devices: Path = Path("/dev")) -> Machine:
    """Looks at the binary and at the nodes of graphics cards."""
    about = Path(ffmpeg).stat()
    nodes = sorted(str(node) for folder, name in _NODES for node in (devices / folder).glob(name))
    return Machine(ffmpeg, about.st_size, about.st_mtime_ns, sys.platform, tuple(nodes))


class HardwareRack:
    """Owner of what is known of this machine's encoders."""

    def __init__(
        self,
        pool: ProcessPool,
        clock: Clock,
        machine: Machine,
        state_dir: Path,
        limits: ProofLimits | None = None,
    ) -> None:
        """Reads what was proved before; another binary or other cards make it worthless."""
        self._pool = pool
        self._clock = clock
        self._machine = machine
        self._limits = limits or ProofLimits()
        self._cache = state_dir / CACHE_NAME
        self._proofs = {(proof.codec, proof.encoder): proof for proof in self._recall()}
        self._listed: frozenset[str] | None = None
        self._choices: dict[tuple[str, str], asyncio.Task[_Choice]] = {}
        # One after the other: a card that is asked for everything at once may refuse what it can do.
        self._trying = asyncio.Lock()

    def begin(self, profiles: Iterable[Profile]) -> None:
        """Lets the proofs for some profiles run in the background."""
        for profile in profiles:
            if profile.hardware != Hardware.NONE:
                self._choice(profile.video_codec, profile.hardware)

    async def encoder_of(self, profile: Profile) -> Encoder:
        """What encodes a profile's pictures; software where the proof is not done soon."""
        if profile.hardware == Hardware.NONE:
            return SOFTWARE
        task = self._choice(profile.video_codec, profile.hardware)
        done, _ = await asyncio.wait({task}, timeout=self._limits.patience_seconds)
        return task.result().encoder if done else SOFTWARE

    def status(self) -> tuple[EncoderStatus, ...]:
        """What encodes for each codec and wish, as far as it is known."""
        return tuple(
            EncoderStatus(
                codec=codec,
                wanted=wanted,
                encoder=encoder_name(codec, task.result().encoder.hardware) if task.done() else None,
                why=task.result().why if task.done() else "being tried",
            )
            for (codec, wanted), task in self._choices.items()
            if not task.done() or task.exception() is None
        )

    async def close(self) -> None:
        """Ends what is being tried."""
        for task in self._choices.values():
            task.cancel()
        await asyncio.gather(*self._choices.values(), return_exceptions=True)

    def _choice(self, codec: str, wanted: str) -> asyncio.Task[_Choice]:
        task = self._choices.get((codec, wanted))
        if task is None:
            task = self._choices[codec, wanted] = asyncio.create_task(self._choose(codec, wanted))
        return task

    async def _choose(self, codec: str, wanted: str) -> _Choice:
        whys: list[str] = []
        for encoder in candidates(codec, wanted, self._machine):
            async with self._trying:
                proof = await self._proved(codec, encoder)
            if not proof.why:
                log.info("hardware encoder works codec=%s wanted=%s encoder=%s", codec, wanted, proof.name)
                return _Choice(encoder)
            whys.append(f"{proof.name}: {proof.why}")
        why = "; ".join(whys) or f"this machine has nothing that encodes {codec} by `{wanted}`"
        # Nobody who wrote `auto` asked for a card that is not there.
        say = log.info if wanted == AUTO else log.warning
        say("software encodes codec=%s wanted=%s why=%s", codec, wanted, why)
        return _Choice(SOFTWARE, why)

    async def _proved(self, codec: str, encoder: Encoder) -> Proof:
        known = self._proofs.get((codec, encoder))
        if known is not None:
            return known
        name = encoder_name(codec, encoder.hardware) or ""
        if name not in await self._all_listed():
            proof = Proof(codec, encoder, "this ffmpeg does not have it")
        else:
            argv = proof_argv(self._machine.ffmpeg, codec, encoder)
            proof = Proof(codec, encoder, (await self._ran(argv, f"proof of {name}"))[0])
        self._proofs[codec, encoder] = proof
        remembered = _Remembered(self._machine, tuple(self._proofs.values()))
        await asyncio.to_thread(self._remember, remembered)
        return proof

    async def _all_listed(self) -> frozenset[str]:
        if self._listed is None:
            argv = [self._machine.ffmpeg, "-hide_banner", "-encoders"]
            _, output = await self._ran(argv, "list of encoders")
            self._listed = listed_encoders(output.decode(errors="replace"))
        return self._listed

    async def _ran(self, argv: list[str], purpose: str) -> tuple[str, bytes]:
        """Runs a command; why it is worth nothing, or what it gave."""
        try:
            async with asyncio.timeout(self._limits.proof_seconds):
                done = await self._pool.run(SpawnSpec(argv, purpose, self._clock.monotonic()))
        except TimeoutError:
            return f"no answer within {self._limits.proof_seconds:g} s", b""
        except OSError as error:
            return f"ffmpeg does not start: {error}", b""
        words = done.last_lines[-1] if done.last_lines else str(done.exit)
        if done.exit is not ExitKind.ENDED:
            return words, b""
        return ("" if done.output else "it gave no pictures"), done.output

    def _recall(self) -> tuple[Proof, ...]:
        try:
            found = msgspec.json.decode(self._cache.read_bytes(), type=_Remembered)
        except FileNotFoundError:
            return ()
        except (OSError, msgspec.DecodeError) as error:
            log.warning("proofs of encoders unreadable path=%s reason=%s", self._cache, error)
            return ()
        return found.proofs if found.machine == self._machine else ()

    def _remember(self, remembered: _Remembered) -> None:
        try:
            replace_file(self._cache, msgspec.json.encode(remembered))
        except OSError as error:
            log.warning("proofs of encoders not kept path=%s reason=%s", self._cache, error)
