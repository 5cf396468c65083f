"""Diagnostics as a person reads them: the source line, a caret at what is wrong, and what to type instead.

Pure: source lines come from `read_source`. Owns the layout; which formats exist is in registry.py.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from exstv.diagnostics import Diagnostic, Label, Severity, sort_key

ReadSource = Callable[[str], Sequence[str] | None]
"""The lines of a file as diagnostics name it, or None where there are none to show."""

MAX_SHOWN = 50
MAX_WIDTH = 120
_TAB = "    "
_ELLIPSIS = "…"
_RESET = "\x1b[0m"
_BOLD = "\x1b[1m"
_GUTTER = "\x1b[1;34m"
_COLOURS = {Severity.ERROR: "\x1b[1;31m", Severity.WARNING: "\x1b[1;33m", Severity.NOTE: "\x1b[1;36m"}


@dataclass(frozen=True)
class Look:
    """How the text is to look."""

    colour: bool = False
    width: int = MAX_WIDTH


PLAIN = Look()


def render_text(diagnostics: Iterable[Diagnostic], read_source: ReadSource, look: Look = PLAIN) -> str:
    """All diagnostics in order of their places, and a line that counts them; empty without any."""
    ordered = sorted(diagnostics, key=sort_key)
    if not ordered:
        return ""
    blocks = ["\n".join(_block(each, read_source, look)) for each in ordered[:MAX_SHOWN]]
    if len(ordered) > MAX_SHOWN:
        blocks.append(f"… and {len(ordered) - MAX_SHOWN} more")
    return "\n\n".join([*blocks, summary(ordered)]) + "\n"


def summary(diagnostics: Sequence[Diagnostic]) -> str:
    """`4 errors, 1 warning in 2 files`."""
    counts = [
        _count(sum(each.severity is severity for each in diagnostics), severity.value)
        for severity in Severity
    ]
    files = len({each.span.file for each in diagnostics})
    return f"{', '.join(count for count in counts if count)} in {_count(files, 'file')}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}" if number else ""


def _block(diagnostic: Diagnostic, read_source: ReadSource, look: Look) -> Iterator[str]:
    head = f"{diagnostic.severity}[{diagnostic.code}]"
    colour = _COLOURS[diagnostic.severity]
    yield _paint(head, colour, look) + _paint(f": {_safe(diagnostic.message)}", _BOLD, look)
    gutter = len(str(max(label.span.line for label in diagnostic.labels)))
    for position, labels in enumerate(_by_file(diagnostic)):
        first = next((label for label in labels if label.primary), labels[0]).span
        arrow = _paint("-->" if position == 0 else ":::", _GUTTER, look)
        yield f"{' ' * gutter}{arrow} {_safe(first.file)}:{first.line}:{first.column}"
        lines = read_source(first.file)
        if lines:
            yield from _snippet(labels, lines, gutter, colour, look)
    for word, text in (("help", diagnostic.help), ("note", diagnostic.note)):
        if text:
            sign = _paint("=", _GUTTER, look)
            yield f"{' ' * gutter} {sign} {_paint(word + ':', _BOLD, look)} {_safe(text)}"


def _by_file(diagnostic: Diagnostic) -> list[list[Label]]:
    """The labels of each file, the primary label's file first, in the order of lines."""
    own = diagnostic.span.file
    ordered = sorted(diagnostic.labels, key=lambda label: (label.span.file != own, label.span))
    return [list(labels) for _, labels in groupby(ordered, key=lambda label: label.span.file)]


def _snippet(
    labels: list[Label], lines: Sequence[str], gutter: int, colour: str, look: Look
) -> Iterator[str]:
    bar = _paint("|", _GUTTER, look)
    yield f"{' ' * gutter} {bar}"
    last = 0
    for number, group in groupby(labels, key=lambda label: label.span.line):
        if not 1 <= number <= len(lines):
            continue
        if last and number > last + 1:
            yield _paint("...", _GUTTER, look)
        last = number
        here = sorted(group, key=lambda label: not label.primary)
        shown = [_Marked.of(lines[number - 1], label) for label in here]
        # The line is clipped once, around what is wrong; the other labels of the line follow it.
        start = shown[0].clip_start(look.width)
        line_number = _paint(str(number).rjust(gutter), _GUTTER, look)
        yield f"{line_number} {bar} {shown[0].clipped(start, look.width)}"
        for marked, label in zip(shown, here, strict=True):
            marks = marked.marks(start, look.width, "^" if label.primary else "-")
            paint = colour if label.primary else _GUTTER
            text = f" {_safe(label.text)}" if label.text else ""
            yield f"{' ' * gutter} {bar} {' ' * marks[0]}{_paint(marks[1] + text, paint, look)}"


@dataclass(frozen=True)
class _Marked:
    """A source line in columns of the terminal, and the part of it that a label marks."""

    text: str
    start: int
    width: int

    @classmethod
    def of(cls, line: str, label: Label) -> _Marked:
        span = label.span
        end = span.end_column if span.end_line == span.line else len(line) + 1
        before, marked = line[: span.column - 1], line[span.column - 1 : end - 1]
        return cls(_safe(line.rstrip()), _columns(before), max(1, _columns(marked)))

    def clip_start(self, width: int) -> int:
        """The first column to show so that the mark is seen."""
        if _width(self.text) <= width or self.start + self.width <= width:
            return 0
        return max(0, self.start - width // 4)

    def clipped(self, start: int, width: int) -> str:
        """The line's part that is shown, with an ellipsis where it is cut."""
        if _width(self.text) <= width:
            return self.text
        shown, column = "", 0
        for character in self.text:
            if start + bool(start) <= column < start + width - 1:
                shown += character
            column += _width(character)
        return (_ELLIPSIS if start else "") + shown + (_ELLIPSIS if column > start + width - 1 else "")

    def marks(self, start: int, width: int, mark: str) -> tuple[int, str]:
        """How far the mark is from the edge, and the mark itself."""
        first = max(0, min(self.start - start, width - 1))
        return first, mark * max(1, min(self.width, width - first - 1))


def _columns(text: str) -> int:
    return _width(_safe(text))


def _safe(text: str) -> str:
    """Text that a terminal prints as it is: no escape sequences, no line breaks, tabs as spaces."""
    text = text.replace("\t", _TAB)
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def _width(text: str) -> int:
    return sum(_character_width(character) for character in text)


def _character_width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _paint(text: str, colour: str, look: Look) -> str:
    return f"{colour}{text}{_RESET}" if look.colour else text
