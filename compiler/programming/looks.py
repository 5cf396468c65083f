"""How what plays at a place is dressed: fillers, guide and presentation, nearest declaration first.

Owns the rule that `watermark`, `audio` and `subtitles` each count as a whole: the nearest one replaces those
further out, null takes it away. What a filler is, is fillers.py's.
"""

from __future__ import annotations

from typing import Any

import msgspec

from compiler.documents.filler import FillerSlots
from compiler.documents.playing import GuideDocument
from compiler.documents.presentation import PresentationWords
from compiler.programming.fillers import Fillers
from compiler.station import NO_FILLER, FillerSet, Look, Show
from exstv.nodes import Node, at
from exstv.timeline.model import Presentation

UNADORNED = Presentation()


class Around(msgspec.Struct, frozen=True, eq=False):
    """What holds around a place: the fillers and the presentation in force, and the channel's own."""

    filler: FillerSet = NO_FILLER
    presentation: Presentation = UNADORNED
    channel: Presentation = UNADORNED

    @property
    def key(self) -> tuple[object, ...]:
        """Equal where the same holds."""
        return (id(self.filler), self.presentation, self.channel)

    @property
    def changed(self) -> Presentation | None:
        """The presentation where it is not the channel's own."""
        return None if self.presentation == self.channel else self.presentation


def within(
    around: Around, words: PresentationWords, filler: FillerSlots | None, node: Node, fillers: Fillers
) -> Around:
    """What holds inside of a declaration, written at `node`."""
    inner = fillers.nearest(around.filler, filler, at(node, "filler"))
    return Around(inner, presented(around.presentation, words), around.channel)


def dressed(around: Around, guide: GuideDocument | None) -> Look:
    """The look of a place inside of which this holds."""
    if guide is None:
        return Look(filler=around.filler, presentation=around.changed)
    return Look(around.filler, guide.title, Show(guide.show), around.changed)


def presented(outer: Presentation, words: PresentationWords) -> Presentation:
    """A presentation with the words that are written nearer in the place of its own."""
    changes: dict[str, Any] = {}
    for key, read in (("watermark", _watermark), ("audio", _audio), ("subtitles", _subtitles)):
        if key in words.model_fields_set:
            changes |= read(words)
    return msgspec.structs.replace(outer, **changes) if changes else outer


def _watermark(words: PresentationWords) -> dict[str, Any]:
    mark = words.watermark
    return {
        "watermark_image": mark.image if mark else None,
        "watermark_position": mark.position if mark else UNADORNED.watermark_position,
        "watermark_width": mark.width if mark else UNADORNED.watermark_width,
        "watermark_opacity": mark.opacity if mark else UNADORNED.watermark_opacity,
        "watermark_during_filler": mark.during_filler if mark else UNADORNED.watermark_during_filler,
    }


def _audio(words: PresentationWords) -> dict[str, Any]:
    return {"audio_languages": words.audio.languages if words.audio else ()}


def _subtitles(words: PresentationWords) -> dict[str, Any]:
    chosen = words.subtitles
    return {
        "subtitle_mode": chosen.mode if chosen else UNADORNED.subtitle_mode,
        "subtitle_languages": (chosen.languages if chosen else None) or (),
        "subtitle_render": chosen.render if chosen else UNADORNED.subtitle_render,
    }
