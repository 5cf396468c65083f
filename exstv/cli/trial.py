"""Plays a second of a source for real: what `exstv doctor` knows of it that no scan can tell."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import msgspec

from exstv.catalog.model import Catalog, MediaItem
from exstv.cli.checks import Finding, fail, ok, run_ffmpeg, warn
from exstv.errors import ExstvError
from exstv.settings import Settings
from exstv.sources.base import Openable, Place, PlayableInput, as_media
from exstv.sources.registry import open_source
from exstv.sources.scan import MISSING
from exstv.timeline.model import Presentation, Profile, Source
from runtime.ffmpeg.command import EncodeSpec, encode_argv
from runtime.ffmpeg.pickers import pick
from runtime.relaying import Relaying


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What it takes to play one second of something here."""

    ffmpeg: str
    profile: Profile
    settings: Settings
    environ: Mapping[str, str]
    now_ms: int


def check_source(source: Source, catalog: Catalog, trial: Trial) -> Finding:
    """Encodes a second of one of the source's items, for real."""
    subject = f"source {source.name}"
    items = [item for item in catalog.items if item.source == source.name and item.state != MISSING]
    if not items:
        return warn(subject, "it holds nothing", "run `exstv scan`, and look at what it reports")
    item = items[0]
    try:
        playable = open_source(source, trial.environ).resolve(as_media(item), _place(item, trial))
        size = len(asyncio.run(_played(item, playable, trial)))
    except ExstvError as error:
        return fail(subject, str(error), "put it back, or change the source's definition")
    if not size:
        return fail(subject, f"`{item.id}` gives no picture", "play the file by hand with ffmpeg")
    return ok(subject, f"a second of `{item.id}` plays")


def _place(item: MediaItem, trial: Trial) -> Place:
    return Place(
        media_root=trial.settings.media_root, channel_name="exstv", title=item.title, start_ms=trial.now_ms
    )


async def _played(item: MediaItem, playable: PlayableInput, trial: Trial) -> bytes:
    async with Relaying() as relay:
        opened = await relay.open(playable)
        return await asyncio.to_thread(run_ffmpeg, _argv(item, opened.input, trial))


def _argv(item: MediaItem, openable: Openable, trial: Trial) -> list[str]:
    spec = EncodeSpec(
        ffmpeg=trial.ffmpeg,
        profile=trial.profile,
        input=openable,
        in_point_ms=0,
        frames=max(1, trial.profile.frame_rate_num // trial.profile.frame_rate_den),
        picks=pick(item.streams, Presentation()) if item.streams else None,
    )
    return encode_argv(spec)
