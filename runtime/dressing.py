"""What an item wears on air: its presentation and streams -> what its command needs, and what it lacks.

What cannot be worn is left off and told; it never stops an item.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field, replace
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import TypeVar

import msgspec

from exstv.catalog.model import Stream
from exstv.catalog.streams import first
from exstv.errors import ExstvError
from exstv.sources.base import FileInput, GraphInput, PlayableInput, UrlInput
from exstv.timeline.model import Media, Presentation, Profile
from runtime.captions import LARGEST_BYTES, NO_CAPTIONS, Captions, read_captions
from runtime.ffmpeg.display_sets import plane_of
from runtime.ffmpeg.pickers import Picks, pick, pick_subtitle
from runtime.ffmpeg.subtitles import (
    Form,
    PictureSubtitles,
    Subtitles,
    TextSubtitles,
    is_picture,
    is_styled,
)
from runtime.ffmpeg.watermark import Watermark, wants_watermark
from runtime.mpegts.display import Malformed
from runtime.mpegts.display_file import DisplayFile
from runtime.mpegts.subtitle_track import Overlay
from runtime.wardrobe import Film, NotInTime, NotReady, Reading, Wardrobe

T = TypeVar("T")


@dataclass(frozen=True)
class Played:
    """What plays an item; `film` tells of its file, if it is one, `beside` of those of its subtitles."""

    input: PlayableInput
    film: Film | None = None
    beside: Mapping[str, Film] = field(default_factory=dict)

    @classmethod
    def by(cls, playable: PlayableInput) -> Played:
        """Asks the files' disk, which may hang. Raises OSError."""
        if not isinstance(playable, FileInput):
            return cls(playable)
        beside = {name: Film.at(path) for name, path in playable.beside}
        return cls(playable, Film.at(playable.path), beside)

    def file_of(self, stream: Stream) -> Film:
        """The file that a subtitle stream lies in. Raises NotReady."""
        if stream.file is None and self.film is not None:
            return self.film
        if stream.file is None:
            raise NotReady("they are read from local files only")
        if stream.file not in self.beside:
            raise NotReady(f"`{stream.file}` is gone: run `exstv scan`")
        return self.beside[stream.file]


@dataclass(frozen=True)
class Wearer:
    """What is dressed: an item's media and input. `due` is the monotonic second at which it is on air."""

    worn: Presentation
    media: Media
    played: Played
    filler: bool
    due: float
    profile: Profile
    carried: bool = False
    """Whether the stream carries subtitle pictures beside its own."""


@dataclass(frozen=True)
class Dressing:
    """What goes into the item's command, and what beside it; `lacks` says what is left off and why."""

    picks: Picks | None = None
    subtitles: Subtitles | None = None
    captions: Captions = NO_CAPTIONS
    overlay: Overlay | None = None
    watermark: Watermark | None = None
    filters: frozenset[str] = frozenset()
    lacks: str | None = None


async def dress(wardrobe: Wardrobe, wearer: Wearer) -> Dressing:
    """Picks the streams and makes ready what is laid over the pictures."""
    streams = msgspec.json.decode(wearer.media.streams, type=list[Stream])
    picks = pick(streams, wearer.worn) if streams and _is_as_scanned(wearer.played.input) else None
    filters, no_filters = await _or_lack("ffmpeg's filters", wardrobe.filters())
    mark, no_mark = None, None
    if wants_watermark(wearer.worn, filler=wearer.filler):
        image = wearer.worn.watermark_image or ""
        mark, no_mark = await _or_lack(f"watermark `{image}`", _watermark(wardrobe, wearer))
    dressing = Dressing(picks=picks, watermark=mark, filters=filters or frozenset())
    if picks is not None and picks.subtitle is not None:
        dressing = await _subtitled(wardrobe, wearer, picks.subtitle, dressing)
    lacks = [each for each in (no_filters, no_mark, dressing.lacks) if each is not None]
    return replace(dressing, lacks="; ".join(lacks) or None)


def _is_as_scanned(playable: PlayableInput) -> bool:
    """Tells whether the streams are those of a scan: not if they are made, or of formats chosen just now."""
    match playable:
        case GraphInput():
            return False
        case UrlInput(sound=sound):
            return sound is None
        case _:
            return True


def needs_reading(worn: Presentation, media: Media, *, carried: bool = False) -> Reading | None:
    """The subtitles of an item that have to be made ready, None if there are none: a whole file is read.

    `carried` says that the stream carries subtitle pictures beside its own.
    """
    if worn.subtitle_mode == "none":
        return None
    chosen = pick_subtitle(msgspec.json.decode(media.streams, type=list[Stream]), worn)
    if chosen is None:
        return None
    form = _form(worn, chosen, carried=carried)
    return None if form is Form.DRAWN and _comes_by_itself(chosen) else Reading(chosen, form)


def _comes_by_itself(stream: Stream) -> bool:
    """Tells whether subtitles are pictures among the film's own."""
    return is_picture(stream) and stream.file is None


def _form(worn: Presentation, stream: Stream, *, carried: bool) -> Form:
    """How subtitles reach the viewer: pictures are drawn where the stream does not carry them."""
    if worn.subtitle_render != "embed":
        return Form.DRAWN
    if not is_picture(stream):
        return Form.BESIDE
    return Form.CARRIED if carried else Form.DRAWN


async def _or_lack(what: str, making: Awaitable[T]) -> tuple[T | None, str | None]:
    try:
        return await making, None
    except (ExstvError, OSError) as error:
        return None, f"without {what}: {error}"


async def _subtitled(wardrobe: Wardrobe, wearer: Wearer, stream: Stream, dressing: Dressing) -> Dressing:
    """Adds the subtitles in the form that they are wanted in, or says why there are none."""
    form = _form(wearer.worn, stream, carried=wearer.carried)
    if form is Form.BESIDE:
        captions, lacks = await _or_lack("subtitles", _captions(wardrobe, wearer, stream))
        return replace(dressing, captions=captions or NO_CAPTIONS, lacks=lacks)
    undrawn = None
    if form is Form.CARRIED:
        try:
            return replace(dressing, overlay=await _overlay(wardrobe, wearer, stream))
        except (ExstvError, OSError) as error:
            # What was waited for once is not waited for again: the item is due.
            late = isinstance(error, NotInTime) and not _comes_by_itself(stream)
            if wearer.profile.video_copy or late:
                return replace(dressing, lacks=f"without subtitles: {error}")
            undrawn = f"without subtitles to turn off: {error}"
    if wearer.profile.video_copy:
        return replace(dressing, lacks="without subtitles: the channel began without a stream for them")
    drawn, lacks = await _or_lack("subtitles", _subtitles(wardrobe, wearer, stream, dressing.filters))
    return replace(dressing, subtitles=drawn, lacks=lacks or undrawn)


async def _watermark(wardrobe: Wardrobe, wearer: Wearer) -> Watermark:
    worn = wearer.worn
    path = await wardrobe.watermark(worn.watermark_image or "", wearer.due)
    return Watermark(path, worn.watermark_position, worn.watermark_width, worn.watermark_opacity)


async def _subtitles(
    wardrobe: Wardrobe, wearer: Wearer, stream: Stream, filters: frozenset[str]
) -> Subtitles:
    if _comes_by_itself(stream):
        return PictureSubtitles(stream)
    film = wearer.played.file_of(stream)
    if not is_picture(stream) and "subtitles" not in filters:
        raise NotReady("this ffmpeg cannot draw text: it was built without libass")
    path = await wardrobe.subtitles(film, Reading(stream, Form.DRAWN), wearer.due)
    return PictureSubtitles(stream, path) if is_picture(stream) else TextSubtitles(path, is_styled(stream))


async def _captions(wardrobe: Wardrobe, wearer: Wearer, stream: Stream) -> Captions:
    reading = Reading(stream, Form.BESIDE)
    path = await wardrobe.subtitles(wearer.played.file_of(stream), reading, wearer.due)
    return await asyncio.to_thread(_read_captions, Path(path))


def _read_captions(path: Path) -> Captions:
    if path.stat().st_size > LARGEST_BYTES:
        raise NotReady(f"their text is larger than {LARGEST_BYTES // 1024 // 1024} MB")
    return read_captions(path.read_text(encoding="utf-8", errors="replace"))


async def _overlay(wardrobe: Wardrobe, wearer: Wearer, stream: Stream) -> Overlay:
    reading = Reading(stream, Form.CARRIED)
    path = await wardrobe.subtitles(wearer.played.file_of(stream), reading, wearer.due)
    try:
        file = await asyncio.to_thread(_open_sets, Path(path))
        size = file.size
    except Malformed as error:
        raise NotReady(str(error)) from error
    streams = msgspec.json.decode(wearer.media.streams, type=list[Stream])
    return Overlay(file, plane_of(size, stream, first(tuple(streams), "video"), wearer.profile))


def _open_sets(path: Path) -> DisplayFile:
    # Mapped instead of read: a film's are 40 MB and more, of which one is needed at a time. Files of the
    # wardrobe are replaced or removed, never written over, so that what is mapped stays as it is.
    with path.open("rb") as file:
        return DisplayFile(mmap(file.fileno(), 0, access=ACCESS_READ))
