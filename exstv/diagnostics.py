"""A user's mistake as a value: where it is, what it is, what to type instead.

Owns no rendering (exstv/render turns diagnostics into text or JSON) and no rule (exstv/codes lists those).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from enum import StrEnum

import msgspec


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
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return near[0] if near else None
