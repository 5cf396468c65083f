"""Texts without what nobody can see: control characters, which media and their servers put anywhere.

Formats that have rules of their own: exstv/players.py for M3U, runtime/tuner/markup.py for XML.
"""

from __future__ import annotations

import re

import msgspec

# Line feeds and tabs are seen.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# An escaped backslash is matched so that what follows it is not taken for an escape.
_ENCODED = re.compile(rb"(\\\\)|\\u00(?:[01][0-9a-f]|7f|[89][0-9a-f])|\\[bfr]|\x7f|\xc2[\x80-\x9f]")


def printable(text: str) -> str:
    """A text without its control characters, but for line feeds and tabs."""
    return _UNPRINTABLE.sub("", text)


def printable_json(value: object) -> bytes:
    """A value as JSON, all its texts printable."""
    return _ENCODED.sub(lambda found: found[1] or b"", msgspec.json.encode(value))
