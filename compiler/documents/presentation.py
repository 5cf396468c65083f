"""`audio`, `subtitles` and `watermark`: how what plays is presented.

The nearest one counts as a whole; null takes it away. What the runtime does with each is its own.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from compiler.documents.scalars import Document, OneOrMany, Text, matching, reader, scalar
from exstv import codes

LANGUAGE_PATTERN = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
WIDTH_PATTERN = r"^(100|[1-9]?[0-9])%$|^[1-9][0-9]{0,3}$"

Language = Annotated[
    str,
    BeforeValidator(
        reader(matching(LANGUAGE_PATTERN), codes.BAD_LANGUAGE, "write its code, like `nl` or `eng`")
    ),
    scalar(LANGUAGE_PATTERN, "nl", "eng"),
]

Width = Annotated[
    str,
    BeforeValidator(reader(matching(WIDTH_PATTERN), codes.BAD_WIDTH, "write it like `8%` or `160`")),
    scalar(WIDTH_PATTERN, "8%", "160", numbers={"type": "integer", "minimum": 1, "maximum": 9999}),
]
"""Of the picture's in per cent, or in pixels, as it was written."""


class AudioChoiceDocument(Document):
    """Which sound, where a media item has several."""

    languages: OneOrMany[Language] = Field(description="Languages by preference; else the item's first.")


class SubtitlesDocument(Document):
    """Which subtitles, and how they reach the viewer."""

    mode: Literal["none", "forced", "default", "any"] = Field(
        description="Which are shown: none, forced ones, those the item calls its default, or any that fit."
    )
    languages: OneOrMany[Language] | None = Field(default=None, description="Languages by preference.")
    render: Literal["burn", "embed"] = Field(
        default="burn", description="Drawn into the picture, or sent beside it."
    )


class WatermarkDocument(Document):
    """A picture over the picture."""

    image: Text = Field(description="A picture in the station's folder, or its address.")
    position: Literal["top_left", "top_right", "bottom_left", "bottom_right", "center"] = Field(
        default="top_right", description="Where it stands."
    )
    width: Width = Field(default="8%", description="Its width, in per cent of the picture's or in pixels.")
    opacity: float = Field(default=1.0, ge=0, le=1, description="From 0, unseen, to 1, solid.")
    during_filler: bool = Field(default=False, description="Whether it stays during filler.")


class PresentationWords(Document):
    """The three words, wherever they may stand."""

    watermark: WatermarkDocument | None = Field(default=None, description="A picture over the picture.")
    audio: AudioChoiceDocument | None = Field(default=None, description="Which sound is preferred.")
    subtitles: SubtitlesDocument | None = Field(default=None, description="Which subtitles are shown.")
