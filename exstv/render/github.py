"""Diagnostics as workflow commands, which GitHub Actions shows beside the lines of a pull request."""

from __future__ import annotations

from collections.abc import Iterable

from exstv.diagnostics import Diagnostic, Severity, sort_key

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render_github(diagnostics: Iterable[Diagnostic]) -> str:
    """`::error file=…,line=…,col=…,title=…::message`, one line each, in order of places."""
    return "".join(_command(each) for each in sorted(diagnostics, key=sort_key))


def _command(diagnostic: Diagnostic) -> str:
    span = diagnostic.span
    facts = {"file": span.file, "line": span.line, "col": span.column, "title": diagnostic.code}
    properties = ",".join(f"{name}={_property(str(value))}" for name, value in facts.items())
    words = (diagnostic.message, diagnostic.help, diagnostic.note)
    message = _data("\n".join(part for part in words if part))
    return f"::{_COMMANDS[diagnostic.severity]} {properties}::{message}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
