"""JSON that other programs wrote: what is wrong with it is told at its line.

Owns how a place in a document becomes a line: only for a mistake, by reading up to it once more.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import msgspec

from exstv import codes
from exstv.diagnostics import Diagnostic, Span

LONGEST = 64_000_000
"""Of a file, in bytes: a channel of some ten thousand programmes."""

Shape = TypeVar("Shape")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\[\.\.\.\]")
_BLANK = re.compile(r"[ \t\r\n]*")


class JsonFile:
    """One file: its text, and what is wrong with it."""

    def __init__(self, path: Path) -> None:
        """Reads nothing yet."""
        self.name = str(path)
        self.diagnostics: list[Diagnostic] = []
        self._path = path
        self._text = ""

    def read(self, shape: type[Shape], what: str) -> Shape | None:
        """The document, if it has the shape of `what`; else None, and the diagnostics say why."""
        data = self._data()
        if self.diagnostics:
            return None
        try:
            return msgspec.convert(data, shape)
        except msgspec.ValidationError as error:
            words, _, place = str(error).partition(" - at ")
            reason = f"it is not {what}: {words[:1].lower()}{words[1:]}"
            self.diagnostics.append(codes.IMPORT_SHAPE.at(self.span(place.strip("`")), reason=reason))
        return None

    def span(self, place: str) -> Span:
        """Where a path like `$.programs[3].duration` is, as far as it is there."""
        at = _skip(self._text, 0)
        for name, index in _STEP.findall(place.removeprefix("$")):
            found = _below(self._text, at, name or int(index or -1))
            if found is None:
                break
            at = found
        return self._at(at)

    def _data(self) -> Any:
        start = Span(self.name)
        try:
            with self._path.open("rb") as stream:
                raw = stream.read(LONGEST + 1)
        except OSError as error:
            reason = error.strerror or str(error)
            self.diagnostics.append(codes.UNREADABLE_FILE.at(start, reason=reason))
            return None
        if len(raw) > LONGEST:
            self.diagnostics.append(
                codes.FILE_TOO_LARGE.at(start, size=f"more than {LONGEST}", limit=LONGEST)
            )
            return None
        try:
            self._text = raw.decode("utf-8-sig")
            return json.loads(self._text, parse_constant=_refuse)
        except UnicodeDecodeError:
            self.diagnostics.append(codes.NOT_UTF8.at(start, help="save it as UTF-8"))
        except json.JSONDecodeError as error:
            reason = f"it is not JSON: {error.msg[:1].lower()}{error.msg[1:]}"
            self.diagnostics.append(codes.IMPORT_SHAPE.at(self._at(error.pos), reason=reason))
        except (RecursionError, ValueError) as error:
            # A number of thousands of digits is a ValueError of its own.
            reason = f"it is not JSON that can be read: {str(error).partition(';')[0]}"
            self.diagnostics.append(codes.IMPORT_SHAPE.at(start, reason=reason))
        return None

    def _at(self, position: int) -> Span:
        line = self._text.count("\n", 0, position) + 1
        column = position - self._text.rfind("\n", 0, position)
        return Span(self.name, line, column, line, column + 1)


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"`{word}` is not JSON")


def _below(text: str, at: int, step: str | int) -> int | None:
    """Where a value begins that lies in the one beginning at `at`; None where there is none."""
    decoder = json.JSONDecoder()
    if at >= len(text) or text[at] not in "{[" or (text[at] == "{") != isinstance(step, str):
        return None
    position, number = _skip(text, at + 1), 0
    while position < len(text) and text[position] not in "}]":
        key: Any = number
        if text[at] == "{":
            key, position = decoder.raw_decode(text, position)
            # Behind the colon.
            position = _skip(text, _skip(text, position) + 1)
        if key == step:
            return position
        position = _skip(text, decoder.raw_decode(text, position)[1])
        if text[position : position + 1] == ",":
            position = _skip(text, position + 1)
        number += 1
    return None


def _skip(text: str, at: int) -> int:
    blank = _BLANK.match(text, at)
    return blank.end() if blank else at
