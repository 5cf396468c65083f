"""What holds wherever content is played: in a loop, a slot, a balance, a block, an event."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from compiler.documents.cursors import Count, CursorWords
from compiler.documents.filler import FillerSlots
from compiler.documents.presentation import PresentationWords
from compiler.documents.scalars import Document, Duration, Text


class GuideDocument(Document):
    """How the guide lists something."""

    title: Text | None = Field(default=None, description="Its title, instead of the media's own.")
    show: Literal["programme", "block", "hidden"] = Field(
        default="programme",
        description="Each programme for itself, all of it as one entry, or as a part of the one before.",
    )


class LookWords(PresentationWords):
    """How one place is dressed and listed, whatever it plays."""

    guide: GuideDocument | None = Field(default=None, description="How the guide lists it.")
    filler: FillerSlots | None = Field(default=None, description="Fillers of this place alone.")


class NamedWords(Document):
    """What an edit may move and change without its progress being lost."""

    name: Text | None = Field(
        default=None, description="Its identity across edits, and its name in messages; default: its content."
    )


class PlayingWords(LookWords, NamedWords, CursorWords):
    """Content at one place."""


class OverrunWords(Document):
    """What happens at the end of an entry."""

    overrun: Literal["stop", "trim", "finish"] = Field(
        default="stop",
        description="What happens to an item that would pass the end: it waits, is cut, or finishes.",
    )
    max_late: Annotated[Duration, Field(gt=0)] | None = Field(
        default=None, description="How much `overrun: finish` may delay what follows; default: any time."
    )


class AmountWords(Document):
    """How much `multiple` and `duration` play."""

    count: Count = Field(default=1, description="How many items `mode: multiple` plays.")
    duration: Annotated[Duration, Field(gt=0)] | None = Field(
        default=None, description="How long `mode: duration` lasts."
    )
    tail: Literal["filler", "none", "offline"] = Field(
        default="filler", description="What follows the last item of `mode: duration`."
    )
