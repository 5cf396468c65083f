"""`where` and `order_by` of a collection: SQL that may ask of the catalog's columns and nothing else.

Owns the allow-list. An expression is parsed by DuckDB itself and its tree is checked node by node before
anything runs: what is not listed is refused, so a new function of DuckDB's is refused as well. The connection
comes from exstv/catalog/view.py, locked down; `today` is a column, so that no clock is asked.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from compiler.sql_depth import read_tree
from compiler.sql_words import CLASS_NAMES, CLASSES, CLOCK_CALLS, CLOCK_WORDS, FUNCTIONS, SESSION_WORDS, TYPES
from exstv import codes, duckdb
from exstv.catalog.view import COLUMNS
from exstv.codes import did_you_mean
from exstv.diagnostics import Diagnostic, Span, suggest
from exstv.nodes import Scalar

TODAY = "today"
TIME_LIMIT_S = 20.0
"""A last resort against an expression that grows without end; a real one takes milliseconds."""

NOWHERE = 2**64 - 1
"""What DuckDB says for a part of a tree that stands nowhere in the text."""
# `show` is a column of ours and a reserved word of DuckDB's. Text and names in quotes are left as they are.
_RESERVED = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\b(?P<word>show)\b""", re.IGNORECASE)


@dataclass(frozen=True)
class _Form:
    """How an expression is put into a statement: `head`, then the text, then `tail` on a line of its own."""

    key: str
    head: str
    tail: str
    sample: str


_WHERE = _Form("where", "SELECT ", "\nFROM media", "true")
_ORDER = _Form("order_by", "SELECT id FROM media ORDER BY ", "\n", "id")


class Asker:
    """The catalog's table for one compile; owns the connection."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, today: date) -> None:
        """`connection` is one of exstv/catalog/view.py."""
        self._connection = connection
        self._from = f"(SELECT *, DATE '{today.isoformat()}' AS {TODAY} FROM media) AS media"
        self._frames: dict[str, Any] = {}

    def close(self) -> None:
        """Ends the connection."""
        self._connection.close()

    def matching(self, where: Scalar) -> tuple[frozenset[str] | None, list[Diagnostic]]:
        """The ids for which an expression is true."""
        problems = self._check(where, _WHERE)
        if problems:
            return None, problems
        try:
            # The line break ends a comment in the expression.
            text = _quoted(where.text)
            self._connection.execute(f"SELECT ({text}\n) FROM {self._from} LIMIT 0")
            columns = self._connection.description
            type_ = str(columns[0][1]) if columns else ""
            if type_ != "BOOLEAN":
                help = "compare it with something, like `year < 1960`"
                return None, [codes.WHERE_NOT_BOOLEAN.at(where.span, type=type_.lower(), help=help)]
            rows = self._run(f"SELECT id FROM {self._from} WHERE ({text}\n)")
        except duckdb.Error as error:
            return None, [_failed(error, where)]
        return frozenset(row[0] for row in rows), []

    def ordered(self, order_by: Scalar) -> tuple[tuple[str, ...] | None, list[Diagnostic]]:
        """Every id in an order; equal ones by id."""
        problems = self._check(order_by, _ORDER)
        if problems:
            return None, problems
        try:
            rows = self._run(f"SELECT id FROM {self._from} ORDER BY {_quoted(order_by.text)}\n, id")
        except duckdb.Error as error:
            return None, [_failed(error, order_by)]
        return tuple(row[0] for row in rows), []

    def _run(self, statement: str) -> Sequence[tuple[str]]:
        timer = threading.Timer(TIME_LIMIT_S, self._connection.interrupt)
        timer.daemon = True
        timer.start()
        try:
            return self._connection.execute(statement).fetchall()
        finally:
            timer.cancel()

    def _check(self, scalar: Scalar, form: _Form) -> list[Diagnostic]:
        text = _quoted(scalar.text)
        tree = self._parse(f"{form.head}{text}{form.tail}", len(form.head) + len(text.encode()))
        if isinstance(tree, str):
            return [codes.WHERE_NOT_SQL.at(scalar.span, reason=tree)]
        if form.key not in self._frames:
            self._frames[form.key] = self._parse(f"{form.head}{form.sample}{form.tail}", 0)
        expressions = _expressions(tree, self._frames[form.key], form)
        if expressions is None:
            reason = "only an expression may stand here, and nothing after it"
            return [codes.WHERE_NOT_SQL.at(scalar.span, reason=reason)]
        checker = _Checker(scalar, len(form.head))
        return list(checker.problems(expressions, frozenset()))

    def _parse(self, statement: str, end: int) -> Any:
        """DuckDB's tree of a statement, or its complaint; the user's own text ends at `end`."""
        row = self._connection.execute("SELECT json_serialize_sql(?::VARCHAR)", [statement]).fetchone()
        answer, problem = read_tree(row[0] if row else "{}")
        if problem:
            return problem
        if answer.get("error") and int(answer.get("position") or 0) >= end:
            return "it does not end as an expression does"
        if answer.get("error"):
            return plain(str(answer.get("error_message", "")))
        return answer["statements"]


def _expressions(tree: Any, frame: Any, form: _Form) -> list[Any] | None:
    """The expressions of a statement that is nothing but the frame around them."""
    if len(tree) != 1:
        return None
    found, wanted = (_without_places(statements[0]) for statements in (tree, frame))
    if form is _ORDER:
        modifiers = tree[0]["node"].get("modifiers", [])
        if len(modifiers) != 1 or modifiers[0]["type"] != "ORDER_MODIFIER":
            return None
        expressions = [order["expression"] for order in modifiers[0]["orders"]]
        found["node"]["modifiers"] = wanted["node"]["modifiers"] = []
    else:
        expressions = tree[0]["node"].get("select_list", [])
        found["node"]["select_list"] = wanted["node"]["select_list"] = []
        if len(expressions) != 1:
            return None
    # A second table, a condition, a limit, a union or an alias would show in the rest.
    named = any(expression.get("alias") for expression in expressions)
    return None if named or found != wanted else expressions


def _without_places(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {
            key: _without_places(value) for key, value in tree.items() if not key.startswith("query_location")
        }
    return [_without_places(value) for value in tree] if isinstance(tree, list) else tree


@dataclass(frozen=True)
class _Checker:
    """Compares a tree with the allow-list; `offset` is where the user's text begins in the statement."""

    scalar: Scalar
    offset: int

    def problems(self, tree: Any, names: frozenset[str]) -> Iterator[Diagnostic]:
        """Everything in a tree that is not allowed; `names` are the parameters of lambdas around it."""
        if isinstance(tree, list):
            for part in tree:
                yield from self.problems(part, names)
        elif isinstance(tree, dict):
            problem = self._problem(tree, names) if "class" in tree else None
            if problem is not None:
                yield problem
                return
            if tree.get("class") == "LAMBDA":
                names |= {name.lower() for name in _parameters(tree["lhs"])}
            for part in tree.values():
                if isinstance(part, dict | list):
                    yield from self.problems(part, names)

    def _problem(self, tree: dict[str, Any], names: frozenset[str]) -> Diagnostic | None:
        kind = tree["class"]
        if kind not in CLASSES:
            return self._refuse(tree, CLASS_NAMES.get(kind, kind.lower()))
        if kind == "FUNCTION":
            return self._function(tree)
        if kind == "TYPE" and (tree["type_name"].upper() not in TYPES or tree["schema"] or tree["catalog"]):
            return self._refuse(tree, f"the type `{tree['type_name']}`")
        return self._column(tree, names) if kind == "COLUMN_REF" else None

    def _function(self, tree: dict[str, Any]) -> Diagnostic | None:
        name = tree["function_name"].lower()
        if name not in FUNCTIONS or tree["schema"] or tree["catalog"]:
            if name in CLOCK_CALLS:
                return self._refuse(tree, f"the function `{name}`", "use `today`, the broadcast day")
            near = suggest(name, FUNCTIONS)
            return self._refuse(tree, f"the function `{name}`", did_you_mean(near))
        if tree["filter"] or tree["distinct"] or tree["order_bys"]["orders"]:
            return self._refuse(tree, "an aggregate")
        return None

    def _column(self, tree: dict[str, Any], names: frozenset[str]) -> Diagnostic | None:
        path = [name.lower() for name in tree["column_names"]]
        if path[0] == "media" and len(path) > 1:
            path = path[1:]
        name = path[0]
        if name in COLUMNS or name == TODAY or name in names:
            return None
        if name in CLOCK_WORDS:
            return self._refuse(tree, f"`{name}`", "use `today`, the broadcast day")
        if name in SESSION_WORDS:
            return self._refuse(tree, f"`{name}`")
        near = suggest(name, (*COLUMNS, TODAY))
        help = did_you_mean(near) or "text stands in single quotes: 'episode'"
        return codes.WHERE_UNKNOWN_COLUMN.at(self._place(tree), name=tree["column_names"][-1], help=help)

    def _refuse(self, tree: dict[str, Any], what: str, help: str = "") -> Diagnostic:
        return codes.WHERE_REFUSED.at(self._place(tree), what=what, help=help)

    def _place(self, tree: dict[str, Any]) -> Span:
        start, length = tree.get("query_location", NOWHERE), tree.get("query_location_length", 0)
        if start == NOWHERE:
            return self.scalar.span
        return text_span(self.scalar, _unquoted_place(self.scalar.text, start - self.offset), length)


def _quoted(text: str) -> str:
    """An expression with our columns in quotes where DuckDB would take them for its own words."""
    return _RESERVED.sub(lambda match: f'"{match[0]}"' if match["word"] else match[0], text)


def _unquoted_place(text: str, place: int) -> int:
    """Where a byte of the quoted expression stands in what the user wrote."""
    added = 0
    for match in _RESERVED.finditer(text):
        if match["word"] and len(text[: match.start()].encode()) + added < place:
            added += 2
    return place - added


def _parameters(lhs: dict[str, Any]) -> Iterator[str]:
    """The names before a lambda's arrow: one column, or several in a row."""
    if lhs.get("class") == "COLUMN_REF":
        yield from lhs["column_names"]
    for argument in lhs.get("arguments", []):
        yield from _parameters(argument["expression"])


def text_span(scalar: Scalar, start: int, length: int) -> Span:
    """The part of a scalar that begins `start` bytes into its text; all of it where that cannot be told."""
    span, raw = scalar.span, scalar.text.encode()
    width = span.end_column - span.column
    quotes = width - len(scalar.text)
    if span.line != span.end_line or quotes not in (0, 2) or not 0 <= start < len(raw):
        return span
    before = len(raw[:start].decode(errors="ignore"))
    characters = max(1, len(raw[start : start + length].decode(errors="ignore")))
    column = span.column + quotes // 2 + before
    return Span(span.file, span.line, column, span.line, min(column + characters, span.end_column))


def _failed(error: duckdb.Error, scalar: Scalar) -> Diagnostic:
    reason = plain(str(error))
    if isinstance(error, duckdb.BinderException):
        return codes.WHERE_WRONG_TYPE.at(scalar.span, reason=reason)
    return codes.WHERE_FAILED.at(scalar.span, reason=reason)


def plain(message: str) -> str:
    """The first line of what DuckDB says, without its name for the error and its advice on casts."""
    line = message.strip().split("\n")[0]
    line = re.sub(r"^[A-Za-z]+ Error: ", "", line).replace("_LITERAL", "")
    line = line.partition(" - an explicit cast")[0].partition(". You might need")[0].rstrip(".! ")
    return line[:1].lower() + line[1:] if line[1:2].islower() else line
