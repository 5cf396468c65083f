"""Diagnostics as SARIF 2.1.0: for code scanning and editors.

Each code that was found is a rule with its page as help. Files are URIs, relative where the diagnostics' are;
columns count code points, as spans do.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

import msgspec

import exstv
from exstv.codes import CODES
from exstv.diagnostics import Diagnostic, Label, Span, sort_key
from exstv.render.explanations import explanation, heading

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render_sarif(diagnostics: Iterable[Diagnostic]) -> str:
    """One SARIF log with one run; without results it closes what was reported before."""
    ordered = sorted(diagnostics, key=sort_key)
    rules = sorted({each.code for each in ordered})
    driver = {"name": "exstv", "version": exstv.__version__, "rules": [_rule(code) for code in rules]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(each, rules.index(each.code)) for each in ordered],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return msgspec.json.format(msgspec.json.encode(log)).decode() + "\n"


def _rule(code: str) -> dict[str, Any]:
    page = explanation(code)
    return {
        "id": code,
        "shortDescription": {"text": heading(page)},
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": {"level": CODES[code].severity.value},
    }


def _result(diagnostic: Diagnostic, rule: int) -> dict[str, Any]:
    words = (diagnostic.message, diagnostic.help, diagnostic.note)
    found: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "ruleIndex": rule,
        # SARIF has the same three words.
        "level": diagnostic.severity.value,
        "message": {"text": "\n".join(part for part in words if part)},
        "locations": [{"physicalLocation": _place(diagnostic.span)}],
    }
    related = [label for label in diagnostic.labels if not label.primary]
    if related:
        found["relatedLocations"] = [_related(number, label) for number, label in enumerate(related)]
    return found


def _related(number: int, label: Label) -> dict[str, Any]:
    place: dict[str, Any] = {"id": number, "physicalLocation": _place(label.span)}
    return {**place, "message": {"text": label.text}} if label.text else place


def _place(span: Span) -> dict[str, Any]:
    region = {"startLine": span.line, "startColumn": span.column}
    if (span.end_line, span.end_column) > (span.line, span.column):
        region |= {"endLine": span.end_line, "endColumn": span.end_column}
    return {"artifactLocation": {"uri": _uri(span.file)}, "region": region}


def _uri(file: str) -> str:
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
