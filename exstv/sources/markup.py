"""Reads the XML that lies beside media: Kodi's NFO files and Matroska's chapters. Pure.

Such files are written by hand and by many programs: several roots in one file, an address after the last,
lone ampersands. No DTD is ever looked at: entities that blow up or name files cannot be declared.
"""

from __future__ import annotations

import codecs
import re
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

LARGEST_BYTES = 1024 * 1024
"""Of a file; the longest cast of any film takes a fifth of this."""
_DEEPEST = 64

_DECLARED = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)["']""")
_DECLARATION = re.compile(r"<\?xml[^>]*\?>|<!DOCTYPE[^>\[]*>")
_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)")
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


class Unreadable(ValueError):
    """Why a file cannot be read, in a few words."""


def read_text(data: bytes) -> str:
    """The file as text, in the encoding that it declares, else UTF-8. Raises Unreadable."""
    if len(data) > LARGEST_BYTES:
        raise Unreadable(f"it is larger than {LARGEST_BYTES // 1024 // 1024} MB")
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    declared = _DECLARED.search(data[:200])
    encoding = declared[1].decode() if declared else "utf-8"
    try:
        return data.decode(encoding)
    except (LookupError, UnicodeError):
        return data.decode("utf-8", "replace")


def roots(text: str) -> list[Element]:
    """The elements that a file holds, one after another; none if it is no XML at all. Raises Unreadable."""
    begin, end = text.find("<"), text.rfind(">")
    if begin < 0 or end < begin:
        return []
    body = _AMPERSAND.sub("&amp;", _DECLARATION.sub("", text[begin : end + 1]))
    parser = ElementTree.XMLParser(target=_Shallow())
    try:
        # Inside of an element no DTD may stand: whatever declares entities is not well-formed here.
        parser.feed(f"<files>{body}</files>")
        return list(parser.close())
    except ElementTree.ParseError as error:
        raise Unreadable(f"it is no well-formed XML: {_reason(error)}") from error


class _Shallow(ElementTree.TreeBuilder):
    """Builds what is not nested without measure."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Unreadable("its elements are nested too deep")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        self._depth -= 1
        return super().end(tag)


def text_in(element: Element, path: str) -> str | None:
    """The text of the first element of this name below, if there is any."""
    return next(iter(texts_in(element, path)), None)


def texts_in(element: Element, path: str) -> tuple[str, ...]:
    """The texts of all elements of this name below, each once."""
    found = (" ".join((each.text or "").split()) for each in element.iterfind(path))
    return tuple(dict.fromkeys(text for text in found if text))


def _reason(error: ElementTree.ParseError) -> str:
    """Without the column: it is counted in what the parser is given, not in the file."""
    return str(error).partition(":")[0]
