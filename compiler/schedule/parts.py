"""Works of several parts: which titles and file names say that they are the first, the second, the last.

A part is marked at the end of the title, or of the file's name where the title has no mark: `(1)`, `Part 2`,
`Part Two`, `Pt. II`, in brackets or not, before a year or not. Two parts belong together if they are of one
source and what stands before the mark is the same, as are show and season where these are known.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from exstv.catalog.model import MediaItem

_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_ROMANS = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")
_NUMBERS = {word: number for words in (_WORDS, _ROMANS) for number, word in enumerate(words, 1)}

_GAP = r"[\s._–—:,-]"
_MARK = re.compile(
    rf"(?: (?<={_GAP}) | ^ | (?=[(\[]) ) (?: \( \s* (?P<bare>\d{{1,2}}) \s* \)"
    rf" | [(\[]? (?:part|pt)"
    rf" (?:{_GAP}{{0,3}} (?P<digits>\d{{1,2}}) | {_GAP}{{1,3}} (?P<word>{'|'.join(_NUMBERS)}))"
    rf" (?:{_GAP}+ of {_GAP}+ \w+)? [)\]]? ) $",
    re.IGNORECASE | re.VERBOSE,
)
_YEAR = re.compile(r"[\s._-]*[(\[](?:19|20)\d\d[)\]]$")
_EPISODE = re.compile(r"\bs\d+\s?e\d+\b|\b\d{1,2}x\d{1,3}\b", re.IGNORECASE)
_EXTENSION = re.compile(r"\.\w{1,5}$")
_GAPS = re.compile(rf"{_GAP}+")


class Part(NamedTuple):
    """What a media item says that it is a part of, and which."""

    work: str
    number: int


def part_of(item: MediaItem) -> Part | None:
    """The work and the number of a part, None for an item that is whole."""
    # Nearly all items are whole, and a search for plain characters is many times faster than the pattern.
    for text in (item.title, item.locator):
        found = _marked(item, text) if ")" in text or "p" in text or "P" in text else None
        if found is not None:
            return found
    return None


def _marked(item: MediaItem, text: str) -> Part | None:
    is_file = text is item.locator
    if is_file:
        text = _EXTENSION.sub("", text.rpartition("/")[2])
    text = _YEAR.sub("", text)
    mark = _MARK.search(text)
    if mark is None:
        return None
    stem = _GAPS.sub(" ", _EPISODE.sub("", text[: mark.start()])).strip().casefold()
    if not stem and item.show is None:
        return None
    digits = mark["bare"] or mark["digits"]
    number = int(digits) if digits else _NUMBERS[mark["word"].lower()]
    season = "" if item.season is None else str(item.season)
    # No id of a media item begins with a star: a source's name does not.
    return Part(f"*{item.source}:{item.show or ''}/{season}/{stem}", number)
