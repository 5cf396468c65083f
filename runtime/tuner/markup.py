"""Text made safe for XML, escaped once.

Used by xmltv.py and hdhomerun.py; xmltv.sql does the same in the engine, and tests hold the two together.
"""

from __future__ import annotations

import re

# XML 1.0 has no way to write most of these, not even as a character reference; DEL and the C1 controls it
# discourages, and no text for a viewer has them.
_ILLEGAL = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff"
_STRIPPED = re.compile(f"[{_ILLEGAL}]")
_NEEDS_WORK = re.compile(f'[&<>"\t\n\r{_ILLEGAL}]')
_REFERENCES = (
    ("&", "&amp;"),  # first, or the others are escaped twice
    ("<", "&lt;"),
    (">", "&gt;"),
    ('"', "&quot;"),
    # A parser turns a bare carriage return into a line feed, and in attributes all three into spaces.
    ("\t", "&#9;"),
    ("\n", "&#10;"),
    ("\r", "&#13;"),
)


def escape(text: str) -> str:
    """Text for an XML element or a double-quoted attribute, without control characters."""
    if not _NEEDS_WORK.search(text):
        return text
    text = _STRIPPED.sub("", text)
    for character, reference in _REFERENCES:
        text = text.replace(character, reference)
    return text
