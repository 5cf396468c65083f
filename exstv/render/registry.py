"""The formats that diagnostics can be written in: the one place to add another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from exstv.diagnostics import Diagnostic
from exstv.render.github import render_github
from exstv.render.lines import render_concise, render_json
from exstv.render.sarif import render_sarif
from exstv.render.text import PLAIN, Look, ReadSource, render_text

FORMATS = ("text", "concise", "json", "sarif", "github")
FOR_PROGRAMS = ("json", "sarif", "github")
"""Those that belong on stdout, with no other word there."""


def default_format(environ: Mapping[str, str]) -> str:
    """The format that is meant where none is asked for: GitHub's own in a workflow, else text."""
    return "github" if environ.get("GITHUB_ACTIONS") == "true" else "text"


def render(
    diagnostics: Iterable[Diagnostic], format: str, read_source: ReadSource, look: Look = PLAIN
) -> str:
    """Diagnostics in one of FORMATS; empty without any, but for SARIF. Raises ValueError for another."""
    if format == "text":
        return render_text(diagnostics, read_source, look)
    if format == "concise":
        return render_concise(diagnostics)
    if format == "json":
        return render_json(diagnostics)
    if format == "sarif":
        return render_sarif(diagnostics)
    if format == "github":
        return render_github(diagnostics)
    raise ValueError(f"no format named {format!r}")
