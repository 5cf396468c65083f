"""The slate: what a viewer sees when nothing can play. It needs no process once it is made.

One closed group of pictures a profile, encoded at the start with the profile's own settings, so that it
splices with everything and proves that this machine can encode the profile at all.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path

import font_lato

from exstv.clock import Clock
from exstv.errors import CannotStart
from exstv.sources.base import GraphInput
from exstv.timeline.model import Profile
from runtime.ffmpeg.codecs import frame_rate
from runtime.ffmpeg.command import EncodeSpec, encode_argv
from runtime.mpegts.slate import first_audio_frame
from runtime.process.pool import ProcessPool, SpawnSpec
from runtime.process.states import ExitKind

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SlateStream:
    """The encoded slate of one profile, and one encoded frame of silence."""

    stream: bytes
    silence: bytes


class SlateRack:
    """Owner of the slates, one a profile, each made once."""

    def __init__(self, pool: ProcessPool, ffmpeg: str, clock: Clock) -> None:
        self._pool = pool
        self._ffmpeg = ffmpeg
        self._clock = clock
        self._slates: dict[Profile, asyncio.Task[SlateStream]] = {}

    async def get(self, profile: Profile) -> SlateStream:
        """Gives a profile's slate. Raises CannotStart with ffmpeg's words if it cannot be encoded."""
        task = self._slates.get(profile)
        if task is None or (task.done() and task.exception() is not None):
            task = asyncio.create_task(self._make(profile))
            self._slates[profile] = task
        return await asyncio.shield(task)

    async def _make(self, profile: Profile) -> SlateStream:
        frames = max(1, round(frame_rate(profile)))
        spec = EncodeSpec(self._ffmpeg, profile, _graph(profile), in_point_ms=0, frames=frames)
        spawn = SpawnSpec(encode_argv(spec), f"slate of profile {profile.name}", self._clock.monotonic())
        try:
            done = await self._pool.run(spawn)
        except OSError as error:
            raise CannotStart(f"ffmpeg does not start: {error}") from error
        if done.exit is not ExitKind.ENDED:
            words = "\n".join(done.last_lines)
            raise CannotStart(f"ffmpeg cannot encode profile `{profile.name}` ({done.exit}):\n{words}")
        log.info("slate made profile=%s bytes=%s", profile.name, len(done.output))
        return SlateStream(done.output, first_audio_frame(done.output))


def _graph(profile: Profile) -> GraphInput:
    font = Path(font_lato.font_directory) / "Lato-Bold.ttf"
    size = max(12, profile.height // 14)
    escaped = str(font).replace("\\", "/").replace(":", "\\\\:").replace("'", "\\\\\\'")
    picture = (
        f"color=c=0x141a24:s={profile.width}x{profile.height}"
        f":r={profile.frame_rate_num}/{profile.frame_rate_den},"
        f"drawbox=x=0:y=ih*0.62:w=iw:h=ih*0.006:color=0xe0b04a:t=fill,"
        f"drawtext=fontfile={escaped}:text=We will be right back:fontcolor=0xe8ecf2:fontsize={size}"
        ":x=(w-text_w)/2:y=h*0.48-text_h/2"
    )
    return GraphInput(video=picture, audio=None)
