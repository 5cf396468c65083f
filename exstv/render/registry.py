"""The formats that diagnostics can be written in: the one place to add another."""

from __future__ import annotations

from collections.abc import Iterable

from exstv.diagnostics import Diagnostic
from exstv.render.lines import render_concise, render_json
from exstv.render.text import PLAIN, Look, ReadSource, render_text

FORMATS = ("text", "concise", "json")


def render(
    diagnostics: Iterable[Diagnostic], format: str, read_source: ReadSource, look: Look = PLAIN
) -> str:
    """Diagnostics in one of FORMATS; empty where there are none. Raises ValueError for another format."""
    if format == "text":
        return render_text(diagnostics, read_source, look)
    if format == "concise":
        return render_concise(diagnostics)
    if format == "json":
        return render_json(diagnostics)
    raise ValueError(f"no format named {format!r}")
