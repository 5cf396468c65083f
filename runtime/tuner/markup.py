"""Text made safe for XML: the one place that escapes, once.

Used by xmltv.py and hdhomerun.py.
"""

from __future__ import annotations

import re

# XML 1.0 has no way to write these, not even as a character reference.
_ILLEGAL = [*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF]
_REPLACEMENTS: dict[int, str] = {
    **dict.fromkeys(_ILLEGAL, ""),
    **{
        ord(markup): entity
        for markup, entity in zip('&<>"', ("&amp;", "&lt;", "&gt;", "&quot;"), strict=True)
    },
    # A parser turns a bare carriage return into a line feed, and in attributes all three into spaces.
    **{ord(space): f"&#{ord(space)};" for space in "\t\n\r"},
}
_NEEDS_WORK = re.compile('[\x00-\x1f&<>"\ud800-\udfff\ufffe\uffff]')


def escape(text: str) -> str:
    """Text for an XML element or a double-quoted attribute, without the characters that XML cannot hold."""
    return text.translate(_REPLACEMENTS) if _NEEDS_WORK.search(text) else text
