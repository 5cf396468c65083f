"""A user's mistake as a value: where it is, what it is, what to type instead.

Owns no rendering (exstv/render turns diagnostics into text or JSON) and no rule (exstv/codes lists those).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from enum import StrEnum

import msgspec

_NEAR_ENOUGH = 0.6
"""The share of letters in common from which on a word may have been meant."""
_MANY = 5000
"""Words that are all compared; of more than that, as many as begin or end alike."""


class Severity(StrEnum):
    """How bad a diagnostic is: only an error keeps a timeline from being published."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Span(msgspec.Struct, frozen=True, order=True, gc=False):
    """A stretch of one file: lines and columns count from 1 in code points, the end column is exclusive."""

    file: str
    line: int = 1
    column: int = 1
    end_line: int = 1
    end_column: int = 1


class Label(msgspec.Struct, frozen=True):
    """A span with a few words of why it is shown; every diagnostic has exactly one primary label."""

    span: Span
    text: str = ""
    primary: bool = True


class Diagnostic(msgspec.Struct, frozen=True):
    """One finding. `code` is looked up in exstv/codes; `message` makes sense alone."""

    code: str
    severity: Severity
    message: str
    labels: tuple[Label, ...]
    help: str = ""
    note: str = ""

    @property
    def span(self) -> Span:
        """The primary span."""
        return next(label.span for label in self.labels if label.primary)


def sort_key(diagnostic: Diagnostic) -> tuple[Span, str, str]:
    """Order of report: by place, then by code."""
    return (diagnostic.span, diagnostic.code, diagnostic.message)


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Tells whether any of them forbids publishing."""
    return any(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics)


def suggest(word: str, known: Iterable[str]) -> str | None:
    """The one known word that `word` was probably meant to be, if any is near enough."""
    words = list(known)
    if len(words) > _MANY:
        # One slip leaves the first half of a word as it was meant, or the second.
        begin, end = word[: len(word) // 2], word[len(word) // 2 :]
        words = [each for each in words if each.startswith(begin) or each.endswith(end)][:_MANY]
    matcher = difflib.SequenceMatcher()
    matcher.set_seq2(word)
    best = (_NEAR_ENOUGH, "")
    # Words of about the same length first: once one is near, most of the others cannot be nearer.
    for each in sorted(words, key=lambda each: _most(each, word), reverse=True):
        if _most(each, word) < best[0]:
            break
        matcher.set_seq1(each)
        if matcher.quick_ratio() >= best[0]:
            best = max(best, (matcher.ratio(), each))
    return best[1] or None


def _most(one: str, other: str) -> float:
    """The largest share of letters that two words of such lengths can have in common."""
    return 2.0 * min(len(one), len(other)) / ((len(one) + len(other)) or 1)
