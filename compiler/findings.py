"""What resolving finds: diagnostics without repeats."""

from __future__ import annotations

from exstv.diagnostics import Diagnostic, Span


class Findings:
    """The diagnostics of one resolve; owns the list.

    A schedule is looked at once for each channel that plays it: what is said of it twice is kept once.
    """

    def __init__(self) -> None:
        self._found: dict[tuple[str, Span, str], Diagnostic] = {}

    def add(self, *diagnostics: Diagnostic) -> None:
        """Keeps diagnostics that are new."""
        for diagnostic in diagnostics:
            key = (diagnostic.code, diagnostic.span, diagnostic.message)
            self._found.setdefault(key, diagnostic)

    def all(self) -> list[Diagnostic]:
        """Everything found, in the order it was found."""
        return list(self._found.values())
