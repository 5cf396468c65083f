"""Diagnostics as one line each: for editors and scripts."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from exstv.diagnostics import Diagnostic, sort_key


def render_concise(diagnostics: Iterable[Diagnostic]) -> str:
    """`file:line:column: error[EXS3001] message; help`, in order of places."""
    lines: list[str] = []
    for each in sorted(diagnostics, key=sort_key):
        span = each.span
        help = f"; {each.help}" if each.help else ""
        text = f"{span.file}:{span.line}:{span.column}: {each.severity}[{each.code}] {each.message}{help}"
        lines.append(" ".join(text.split()) + "\n")
    return "".join(lines)


def render_json(diagnostics: Iterable[Diagnostic]) -> str:
    """One JSON object a line, each as exstv.diagnostics.Diagnostic, in order of places."""
    ordered = sorted(diagnostics, key=sort_key)
    return "".join(msgspec.json.encode(each).decode() + "\n" for each in ordered)
