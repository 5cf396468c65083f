"""Which encoder a profile gets on a machine whose ffmpeg is a script: this one has no graphics card."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest
from stations import HD

from exstv.clock import SystemClock
from runtime.ffmpeg.codecs import SOFTWARE, Encoder, Hardware
from runtime.ffmpeg.hardware import Machine, candidates, listed_encoders
from runtime.hardware import CACHE_NAME, HardwareRack, ProofLimits, this_machine
from runtime.process.guards import PoolLimits
from runtime.process.pool import ProcessPool
from runtime.status import EncoderStatus

NODES = ("renderD128", "renderD129")
SCRIPT = """#!/bin/sh
echo "$*" >> {folder}/asked
case "$*" in
  *-encoders*)
    echo " V....D libx264              libx264 H.264"
    for name in {listed}; do echo " V....D $name           some encoder (codec h264)"; done ;;
  {works}) echo pictures ;;
  *) echo "Cannot open the device" >&2; exit 1 ;;
esac
"""
VAAPI = "h264_nvenc h264_vaapi"


@dataclass
class Bench:
    """A machine with a scripted ffmpeg and two nodes of graphics cards."""

    folder: Path
    machine: Machine = field(init=False)
    limits: ProofLimits = field(default_factory=lambda: ProofLimits(60, 60))

    def __post_init__(self) -> None:
        (self.folder / "dev" / "dri").mkdir(parents=True)
        for node in NODES:
            (self.folder / "dev" / "dri" / node).touch()

    def node(self, number: int) -> str:
        return str(self.folder / "dev" / "dri" / NODES[number])

    def install(self, listed: str, works: str) -> None:
        """Puts an ffmpeg there that lists some encoders and encodes where its arguments fit a pattern."""
        binary = self.folder / "ffmpeg"
        binary.write_text(SCRIPT.format(folder=self.folder, listed=listed, works=works))
        binary.chmod(0o755)
        self.machine = replace_platform(this_machine(str(binary), self.folder / "dev"))

    @contextlib.asynccontextmanager
    async def rack(self) -> AsyncIterator[HardwareRack]:
        clock = SystemClock()
        pool = ProcessPool(PoolLimits(spawns_per_second=100), clock)
        rack = HardwareRack(pool, clock, self.machine, self.folder, self.limits)
        try:
            yield rack
        finally:
            await rack.close()
            await pool.close()

    def asked(self) -> list[str]:
        path = self.folder / "asked"
        lines = path.read_text().splitlines() if path.exists() else []
        path.write_text("")
        return lines


def replace_platform(machine: Machine) -> Machine:
    return msgspec.structs.replace(machine, platform="linux")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def chosen(bench: Bench, wanted: str, codec: str = "h264") -> tuple[Encoder, EncoderStatus]:
    async def ask() -> tuple[Encoder, EncoderStatus]:
        async with bench.rack() as rack:
            profile = msgspec.structs.replace(HD, hardware=wanted, video_codec=codec)
            return await rack.encoder_of(profile), rack.status()[0]

    return run(ask())


def run(what: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(what, 60))


def test_auto_takes_the_first_that_encodes_and_not_the_first_that_is_listed(bench: Bench) -> None:
    bench.install(VAAPI, f"*{NODES[1]}*h264_vaapi*")
    encoder, status = chosen(bench, "auto")
    assert encoder == Encoder(Hardware.VAAPI, bench.node(1))
    assert (status.encoder, status.why) == ("h264_vaapi", "")
    listing, *proofs = bench.asked()
    assert "-encoders" in listing
    assert [line.split("-c:v ")[1].split()[0] for line in proofs] == ["h264_nvenc", *["h264_vaapi"] * 2]


def test_software_stands_in_for_what_fails_and_the_reason_is_kept(bench: Bench) -> None:
    bench.install("h264_nvenc", "nothing")
    encoder, status = chosen(bench, "nvenc")
    assert encoder == SOFTWARE
    assert (status.encoder, status.why) == ("libx264", "h264_nvenc: Cannot open the device")


def test_what_ffmpeg_does_not_list_is_not_tried(bench: Bench) -> None:
    bench.install("h264_nvenc", "*")
    encoder, status = chosen(bench, "amf")
    assert encoder == SOFTWARE and "does not have it" in status.why
    assert len(bench.asked()) == 1


def test_an_encoder_that_ends_well_and_gives_nothing_does_not_work(bench: Bench) -> None:
    bench.install("h264_nvenc", "*h264_nvenc*) exit 0 ;; nothing")
    assert chosen(bench, "nvenc")[1].why == "h264_nvenc: it gave no pictures"


def test_no_kind_of_hardware_encodes_everything(bench: Bench) -> None:
    bench.install("h264_nvenc", "*")
    encoder, status = chosen(bench, "nvenc", "mpeg2")
    assert encoder == SOFTWARE and "nothing that encodes mpeg2" in status.why
    assert bench.asked() == []


def test_proofs_are_remembered_until_the_binary_or_the_cards_change(bench: Bench) -> None:
    bench.install(VAAPI, "*h264_vaapi*")
    first = chosen(bench, "auto")[0]
    assert len(bench.asked()) == 3
    assert chosen(bench, "auto")[0] == first
    assert bench.asked() == []
    bench.machine = msgspec.structs.replace(bench.machine, devices=(bench.node(1),))
    assert chosen(bench, "auto")[0] == Encoder(Hardware.VAAPI, bench.node(1))
    bench.asked()
    bench.install("h264_nvenc ", "*h264_nvenc*")
    assert chosen(bench, "auto")[0] == Encoder(Hardware.NVENC)


def test_a_damaged_memory_is_no_memory(bench: Bench) -> None:
    bench.install("h264_nvenc", "*h264_nvenc*")
    (bench.folder / CACHE_NAME).write_text("{")
    assert chosen(bench, "auto")[0] == Encoder(Hardware.NVENC)


def test_the_processor_is_asked_for_without_any_trial(bench: Bench) -> None:
    bench.install("h264_nvenc", "*")

    async def ask() -> None:
        async with bench.rack() as rack:
            rack.begin([HD])
            assert await rack.encoder_of(HD) == SOFTWARE
            assert rack.status() == ()

    run(ask())
    assert bench.asked() == []


def test_an_item_does_not_wait_for_a_driver_that_hangs(bench: Bench) -> None:
    bench.limits = ProofLimits(proof_seconds=2, patience_seconds=0.05)
    bench.install("h264_nvenc", "*h264_nvenc*) exec sleep 60 ;; nothing")
    profile = msgspec.structs.replace(HD, hardware="nvenc")

    async def ask() -> None:
        async with bench.rack() as rack:
            rack.begin([profile])
            assert await rack.encoder_of(profile) == SOFTWARE
            assert rack.status()[0].encoder is None
            while rack.status()[0].encoder is None:
                await asyncio.sleep(0.01)
            assert "no answer within" in rack.status()[0].why

    run(ask())


@pytest.mark.parametrize(
    ("platform", "kinds"),
    [
        ("linux", ["nvenc", "qsv", "qsv", "vaapi", "vaapi", "amf"]),
        ("darwin", ["videotoolbox"]),
        ("win32", ["nvenc", "qsv", "amf"]),
    ],
)
def test_each_machine_has_its_order(platform: str, kinds: list[str]) -> None:
    machine = Machine(
        "ffmpeg", 1, 1, platform, ("/dev/dri/renderD128", "/dev/dri/renderD129", "/dev/nvidia0")
    )
    assert [encoder.hardware.value for encoder in candidates("h264", "auto", machine)] == kinds


def test_a_machine_without_cards_has_nothing_to_open() -> None:
    assert candidates("h264", "vaapi", Machine("ffmpeg", 1, 1, "linux")) == ()


def test_only_encoders_of_pictures_are_listed() -> None:
    told = " V..... = Video\n ------\n V....D h264_nvenc  NVIDIA\n A....D aac   AAC\n VFS..D ffv1  FFmpeg\n"
    assert listed_encoders(told) >= {"h264_nvenc", "ffv1"} and "aac" not in listed_encoders(told)
