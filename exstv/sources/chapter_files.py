"""Chapters in a file of their own, as mkvextract writes them: Matroska's XML. Pure.

Of several editions the first counts, of nested chapters the outer ones; hidden ones are left out.
"""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

from exstv.catalog.model import Chapter
from exstv.sources.markup import Unreadable, read_text, roots, text_in

_TIME = re.compile(r"(\d{1,3}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))?")


def read_chapters(data: bytes) -> tuple[Chapter, ...]:
    """Reads a file's bytes. Raises Unreadable if it holds no chapters."""
    root = next((each for each in roots(read_text(data)) if each.tag == "Chapters"), None)
    edition = root.find("EditionEntry") if root is not None else None
    if edition is None:
        raise Unreadable("it holds no chapters of Matroska")
    shown = (atom for atom in edition.iterfind("ChapterAtom") if text_in(atom, "ChapterFlagHidden") != "1")
    return tuple(sorted(map(_chapter, shown), key=lambda chapter: chapter.start_ms))


def _chapter(atom: Element) -> Chapter:
    text = text_in(atom, "ChapterTimeStart") or ""
    match = _TIME.fullmatch(text)
    if match is None:
        raise Unreadable(f"`{text}` is no time like `00:01:30.000`")
    hours, minutes, seconds, fraction = match.groups()
    whole = (int(hours) * 60 + int(minutes)) * 60 + int(seconds)
    start_ms = whole * 1000 + int(f"{fraction or '0':0<3}"[:3])
    return Chapter(start_ms=start_ms, title=text_in(atom, "ChapterDisplay/ChapterString"))
