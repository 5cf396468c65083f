"""What a look at all of a file has told: deep.py's answers, without the library that decodes (probed.py)."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from exstv.catalog.model import MediaItem, Pause, Stream


class Sound(msgspec.Struct, frozen=True):
    """Of one stream of sound: integrated loudness in LUFS (EBU R 128), and true peak in dBTP."""

    index: int
    loudness: float
    peak: float


class Looked(msgspec.Struct, frozen=True, tag="looked"):
    """What was found in a file; `combed`: its pictures are interlaced, whatever their flags say."""

    sounds: tuple[Sound, ...]
    pauses: tuple[Pause, ...]
    combed: bool


def deepened(item: MediaItem, looked: Looked) -> MediaItem:
    """The item with what was found in its file."""
    sounds = {sound.index: sound for sound in looked.sounds}
    streams = tuple(
        _deepened(stream, sounds, looked) if stream.file is None else stream for stream in item.streams
    )
    return msgspec.structs.replace(item, streams=streams, pauses=looked.pauses)


def _deepened(stream: Stream, sounds: Mapping[int, Sound], looked: Looked) -> Stream:
    if stream.type == "video":
        return msgspec.structs.replace(
            stream, combed=looked.combed, interlaced=stream.interlaced or looked.combed
        )
    sound = sounds.get(stream.index) if stream.type == "audio" else None
    if sound is None:
        return stream
    return msgspec.structs.replace(stream, loudness=sound.loudness, peak=sound.peak)
