"""What text subtitles say and when: a file that ffmpeg wrote -> captions, as WebVTT writes their text. Pure.

How they look is left off but for italics, bold and underlining, which WebVTT has too: a player draws them its
own way. Where in a stream they stand: caption_track.py.
"""

from __future__ import annotations

import html
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

import msgspec
from pysubs2 import SSAEvent, SSAFile, SSAStyle
from pysubs2.exceptions import Pysubs2Error
from pysubs2.formats.substation import parse_tags

from exstv.errors import ExstvError

LARGEST_BYTES = 4 * 1024 * 1024
"""Of a file; a long film's dialogue is a twentieth of it. What is larger draws signs by the frame."""
MOST_OVERRIDES = 100
"""In one caption. One that has more moves or sings letter by letter, and is taken without any."""
_TAGS = ("u", "b", "i")


class UnreadableText(ExstvError):
    """Subtitles cannot be read; the message says why."""


class Caption(msgspec.Struct, frozen=True):
    """One text that stands for a while, in its item's time. `text` is WebVTT's: escaped, its tags closed."""

    start_ms: int
    finish_ms: int
    text: str


@dataclass(frozen=True)
class Captions:
    """All captions of an item, in the order of their starts."""

    all: tuple[Caption, ...] = ()
    _longest_ms: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        longest = max((each.finish_ms - each.start_ms for each in self.all), default=0)
        object.__setattr__(self, "_longest_ms", longest)

    def between(self, start_ms: int, finish_ms: int) -> Iterator[tuple[int, Caption]]:
        """Those of which something shows in [start, finish), each with its number."""
        place = bisect_left(self.all, start_ms - self._longest_ms, key=_start)
        for number in range(place, len(self.all)):
            caption = self.all[number]
            if caption.start_ms >= finish_ms:
                return
            if caption.finish_ms > start_ms:
                yield number, caption


NO_CAPTIONS = Captions()


def read_captions(text: str) -> Captions:
    """Reads a file of ASS. Raises UnreadableText."""
    try:
        found = SSAFile.from_string(text, format_="ass")
    except (Pysubs2Error, ValueError, KeyError, IndexError) as error:
        raise UnreadableText(f"its text cannot be read: {error}") from error
    captions = (
        Caption(max(0, event.start), event.end, _webvtt(event, found.styles))
        for event in found
        if not event.is_comment
    )
    # A text in several layers, one its shadow, is one text. Those that begin together keep their order.
    whole = dict.fromkeys(each for each in captions if each.text and each.finish_ms > each.start_ms)
    return Captions(tuple(sorted(whole, key=_start)))


def _start(caption: Caption) -> int:
    return caption.start_ms


def _webvtt(event: SSAEvent, styles: dict[str, SSAStyle]) -> str:
    if event.text.count("{") > MOST_OVERRIDES:
        return _lines(html.escape(event.plaintext, quote=False))
    style = styles.get(event.style, SSAStyle())
    return _lines(_tagged(parse_tags(event.text, style, styles)))


def _tagged(fragments: Iterable[tuple[str, SSAStyle]]) -> str:
    """The text with what WebVTT has of its looks; drawings are left out."""
    parts = []
    for looks, group in groupby(fragments, key=lambda each: _looks(each[1])):
        words = "".join(words for words, style in group if not style.drawing)
        text = html.escape(words, quote=False)
        for tag in looks if words.strip() else ():
            text = f"<{tag}>{text}</{tag}>"
        parts.append(text)
    return "".join(parts).replace(r"\h", "\N{NO-BREAK SPACE}").replace(r"\N", "\n").replace(r"\n", "\n")


def _looks(style: SSAStyle) -> tuple[str, ...]:
    has = (style.underline, style.bold, style.italic)
    return tuple(tag for tag, worn in zip(_TAGS, has, strict=True) if worn)


def _lines(text: str) -> str:
    """The lines that hold something: an empty one would end the caption."""
    return "\n".join(line for each in text.splitlines() if (line := each.strip()))
