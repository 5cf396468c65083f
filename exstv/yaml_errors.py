"""What the YAML parser complains about, in a user's words and at the place that is wrong."""

from __future__ import annotations

import re

from ruamel.yaml.error import MarkedYAMLError, StringMark

from exstv import codes
from exstv.diagnostics import Diagnostic, Span
from exstv.nodes import split_lines

# What the parser says -> what it means. The first that occurs in its text counts.
_MEANINGS = (
    (
        "mapping values are not allowed here",
        "a second `:` in one line",
        "put text that contains `: ` in quotes",
    ),
    ("unexpected end of stream", "this quote is never closed", "close it"),
    ("expected ',' or ']'", "this list is never closed, or lacks a comma", "write `[one, two]`"),
    ("expected ',' or '}'", "this mapping is never closed, or lacks a comma", "write `{key: value}`"),
    ("expected <block end>", "this line's indentation fits no line above", "align it with its neighbours"),
    ("expected ':'", "this line has no `key: value`", "write a `:` and a space after the key"),
    ("expected the node content", "a value is missing here", ""),
    ("found unknown escape character", "this escape is unknown", "write `\\\\` for a backslash, or use '…'"),
)
_AT_CONTEXT = ("unexpected end of stream", "expected ',' or ']'", "expected ',' or '}'")


def explain(error: MarkedYAMLError, text: str, file: str) -> Diagnostic:
    """One diagnostic for the parser's one error."""
    problem = " ".join(str(part) for part in (error.context, error.problem) if part)
    mark = error.problem_mark or error.context_mark
    lines = split_lines(text)
    if error.context_mark is not None and any(words in problem for words in _AT_CONTEXT):
        mark = error.context_mark
    span = _span(mark, file, lines)
    if tab := _indent_tab(span, lines):
        return codes.TAB_INDENT.at(tab, help="indent with spaces")
    if found := re.search(r"found character '(.)' that cannot start", problem):
        reason = f"text cannot begin with `{found.group(1)}`"
        return codes.NOT_YAML.at(span, reason=reason, help="put it in quotes")
    for words, reason, help in _MEANINGS:
        if words in problem:
            return codes.NOT_YAML.at(span, reason=reason, help=help)
    return codes.NOT_YAML.at(span, reason=_plain(problem))


def _span(mark: StringMark | None, file: str, lines: list[str]) -> Span:
    if mark is None:
        return Span(file, 1, 1, 1, 2)
    line, column = mark.line, mark.column
    # At the end of the text there is nothing to point at: go back to the last line that says something.
    while line > 0 and (line >= len(lines) or not lines[line].strip()):
        line -= 1
        column = len(lines[line]) if line < len(lines) else 0
    return Span(file, line + 1, column + 1, line + 1, column + 2)


def _indent_tab(span: Span, lines: list[str]) -> Span | None:
    line = lines[span.line - 1]
    indent = line[: len(line) - len(line.lstrip())]
    if "\t" not in indent:
        return None
    column = indent.index("\t") + 1
    return Span(span.file, span.line, column, span.line, column + 1)


def _plain(problem: str) -> str:
    return re.sub(r"<([^>]*)>", r"\1", problem)
