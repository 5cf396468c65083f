"""Which hardware encoders to try on a machine, and how each one is proved. Pure.

An encoder works here if ffmpeg lists it and encoded a few pictures with the very arguments that items get.
Who runs the proofs and remembers them is runtime/hardware.py.
"""

from __future__ import annotations

import re

import msgspec

from exstv.sources.base import GraphInput
from exstv.timeline.model import Profile
from runtime.ffmpeg.codecs import Encoder, Hardware, encoder_name
from runtime.ffmpeg.command import EncodeSpec, encode_argv

AUTO = "auto"
PROOF_FRAMES = 10

_LINUX = (Hardware.NVENC, Hardware.QSV, Hardware.VAAPI, Hardware.AMF)
_ORDERS = {"darwin": (Hardware.VIDEOTOOLBOX,), "win32": (Hardware.NVENC, Hardware.QSV, Hardware.AMF)}
_BY_NODE = {Hardware.QSV, Hardware.VAAPI}
"""What opens a render node on Linux: each node may be another card."""
_LISTED = re.compile(r"^ V[A-Z.]{5} (\S+) ", re.MULTILINE)
_PROOF = Profile(
    name="proof",
    width=1280,
    height=720,
    scaling="pad",
    frame_rate_num=25,
    frame_rate_den=1,
    video_codec="h264",
    video_bitrate=3_000_000,
    preset="veryfast",
    gop_ms=2000,
    audio_codec="aac",
    audio_bitrate=128_000,
    audio_channels=2,
    sample_rate=48_000,
    deinterlace="off",
)


class Machine(msgspec.Struct, frozen=True):
    """What decides which encoders there may be: what is proved holds for as long as this is the same."""

    ffmpeg: str
    """The binary's path."""
    size: int
    mtime_ns: int
    platform: str
    """As `sys.platform` says it."""
    devices: tuple[str, ...] = ()
    """Nodes of graphics cards: `/dev/dri/renderD128`, `/dev/nvidia0`."""


class Proof(msgspec.Struct, frozen=True):
    """How the trial of one encoder went; `why` is empty if it works."""

    codec: str
    encoder: Encoder
    why: str = ""

    @property
    def name(self) -> str:
        """The encoder in ffmpeg's words, with its device."""
        device = f" on {self.encoder.device}" if self.encoder.device else ""
        return f"{encoder_name(self.codec, self.encoder.hardware)}{device}"


def candidates(codec: str, wanted: str, machine: Machine) -> tuple[Encoder, ...]:
    """The encoders to try for a profile's `hardware`, best first; where one opens a node, for each node."""
    order = _ORDERS.get(machine.platform, _LINUX) if wanted == AUTO else (Hardware(wanted),)
    nodes = [device for device in machine.devices if "/dri/" in device]
    found: list[Encoder] = []
    for hardware in order:
        if hardware is Hardware.NONE or encoder_name(codec, hardware) is None:
            continue
        by_node = hardware in _BY_NODE and machine.platform.startswith("linux")
        found += [Encoder(hardware, node) for node in nodes] if by_node else [Encoder(hardware)]
    return tuple(found)


def listed_encoders(told: str) -> frozenset[str]:
    """The encoders of pictures in what `ffmpeg -encoders` says."""
    return frozenset(_LISTED.findall(told))


def proof_argv(ffmpeg: str, codec: str, encoder: Encoder) -> list[str]:
    """The command that proves an encoder: it ends well and gives something, or the encoder does not work."""
    profile = msgspec.structs.replace(_PROOF, video_codec=codec)
    source = GraphInput(video="testsrc2=s=1280x720:r=25", audio=None)
    spec = EncodeSpec(ffmpeg, profile, source, in_point_ms=0, frames=PROOF_FRAMES, encoder=encoder)
    return encode_argv(spec)
