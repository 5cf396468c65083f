"""The SQL of a policy: one SELECT over three tables of the timeline, and nothing else.

Owns the allow-list for statements; that for expressions is compiler/sql_words.py's, widened in words.py. As
in compiler/where.py, DuckDB's own tree is checked node by node before anything runs: what is not listed is
refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from compiler.checks.words import (
    NODE_NAMES,
    QUERY_CLASSES,
    QUERY_FUNCTIONS,
    TABLE_NAMES,
    TABLES,
    WINDOW_FUNCTIONS,
)
from compiler.sql_depth import read_tree
from compiler.sql_words import CLASS_NAMES, CLOCK_CALLS, CLOCK_WORDS, SESSION_WORDS, TYPES
from compiler.where import NOWHERE, plain, text_span
from exstv import codes, duckdb
from exstv.codes import did_you_mean
from exstv.diagnostics import Diagnostic, Span, suggest
from exstv.nodes import Scalar

Tree = dict[str, Any]

_NEAR = re.compile(r'(?:Candidate bindings: |Did you mean )"([^"]+)"')
MAX_CHARACTERS = 10_000
"""A page of SQL has two thousand; DuckDB's time grows with the square of a query's unions."""
_AS_WITH = "give it a name with `with … as (…)`"


def problems(connection: duckdb.DuckDBPyConnection, sql: Scalar) -> list[Diagnostic]:
    """What is wrong with a query; `connection` holds the tables, empty or not, and runs nothing."""
    if len(sql.text) > MAX_CHARACTERS:
        return [codes.POLICY_NOT_SQL.at(sql.span, reason=f"it has more than {MAX_CHARACTERS:,} characters")]
    row = connection.execute("SELECT json_serialize_sql(?::VARCHAR)", [sql.text]).fetchone()
    answer, reason = read_tree(row[0] if row else "{}")
    if answer.get("error"):
        reason = plain(str(answer.get("error_message", "")))
    if reason:
        return [codes.POLICY_NOT_SQL.at(sql.span, reason=reason)]
    statements = answer["statements"]
    if len(statements) != 1:
        reason = f"{len(statements)} statements" if statements else "nothing stands here"
        return [codes.POLICY_NOT_SQL.at(sql.span, reason=reason)]
    refused = list(_Checker(sql).query(statements[0]["node"], TABLES))
    return refused or _unbound(connection, sql)


def _unbound(connection: duckdb.DuckDBPyConnection, sql: Scalar) -> list[Diagnostic]:
    """What DuckDB says of names and types, without running the query."""
    try:
        connection.execute(f"EXPLAIN {sql.text}")
    except duckdb.Error as error:
        near = _NEAR.search(str(error))
        help = did_you_mean(near[1] if near else None)
        return [codes.POLICY_NOT_BOUND.at(sql.span, help=help, reason=plain(str(error)))]
    return []


class _Checker:
    """Walks one statement; owns nothing but where its text stands."""

    def __init__(self, sql: Scalar) -> None:
        self._sql = sql

    def query(self, node: Tree, tables: frozenset[str]) -> Iterator[Diagnostic]:
        """What is not allowed in a query that may read these tables."""
        for entry in node["cte_map"]["map"]:
            yield from self.query(entry["value"]["query_node"], tables)
            tables |= {entry["key"].lower()}
        for modifier in node["modifiers"]:
            yield from self._expressions(modifier)
        if node["type"] == "SET_OPERATION_NODE":
            for child in node["children"] or [node["left"], node["right"]]:
                yield from self.query(child, tables)
        elif node["type"] == "SELECT_NODE":
            yield from self._select(node, tables)
        else:
            yield self._refuse(node, NODE_NAMES.get(node["type"], "this query"))

    def _select(self, node: Tree, tables: frozenset[str]) -> Iterator[Diagnostic]:
        if node["sample"]:
            yield self._refuse(node, "a sample")
        yield from self._table(node["from_table"], tables)
        for part in ("select_list", "where_clause", "group_expressions", "having", "qualify"):
            yield from self._expressions(node[part])

    def _table(self, node: Tree, tables: frozenset[str]) -> Iterator[Diagnostic]:
        kind = node["type"]
        if node["sample"]:
            yield self._refuse(node, "a sample")
        elif kind == "JOIN":
            if node["ref_type"] == "POSITIONAL":
                yield self._refuse(node, "a positional join")
            yield from self._table(node["left"], tables)
            yield from self._table(node["right"], tables)
            yield from self._expressions(node["condition"])
            yield from self._expressions(node["ranking_expression"])
        elif kind == "BASE_TABLE":
            yield from self._base_table(node, tables)
        elif kind == "TABLE_FUNCTION":
            yield self._refuse(node, f"the table function `{node['function']['function_name']}`")
        elif kind != "EMPTY":
            help = _AS_WITH if kind == "SUBQUERY" else ""
            yield self._refuse(node, TABLE_NAMES.get(kind, kind.lower()), help)

    def _base_table(self, node: Tree, tables: frozenset[str]) -> Iterator[Diagnostic]:
        name, path = node["table_name"], node["qualified_name"]["path"]
        if name.lower() not in tables or len(path) != 1 or node["at_clause"]:
            known = ", ".join(f"`{each}`" for each in sorted(tables))
            near = did_you_mean(suggest(name.lower(), tables))
            yield self._refuse(node, f"the table `{'.'.join(path)}`", near or f"a policy reads {known}")

    def _expressions(self, tree: Any) -> Iterator[Diagnostic]:
        """What is not allowed in an expression, or in a list or a modifier made of some."""
        if isinstance(tree, list):
            for part in tree:
                yield from self._expressions(part)
        elif isinstance(tree, dict):
            problem = self._problem(tree) if "class" in tree else None
            if problem is not None:
                yield problem
                return
            for part in tree.values():
                if isinstance(part, dict | list):
                    yield from self._expressions(part)

    def _problem(self, tree: Tree) -> Diagnostic | None:
        kind = tree["class"]
        if kind not in QUERY_CLASSES:
            help = _AS_WITH if kind == "SUBQUERY" else ""
            return self._refuse(tree, CLASS_NAMES.get(kind, kind.lower()), help)
        if kind in ("FUNCTION", "WINDOW"):
            return self._function(tree, QUERY_FUNCTIONS if kind == "FUNCTION" else WINDOW_FUNCTIONS)
        if kind == "TYPE" and (tree["type_name"].upper() not in TYPES or tree["schema"] or tree["catalog"]):
            return self._refuse(tree, f"the type `{tree['type_name']}`")
        return self._column(tree) if kind == "COLUMN_REF" else None

    def _function(self, tree: Tree, known: frozenset[str]) -> Diagnostic | None:
        name = tree["function_name"].lower()
        if name in known and not tree["schema"] and not tree["catalog"]:
            return None
        help = "" if name in CLOCK_CALLS else did_you_mean(suggest(name, known))
        return self._refuse(tree, f"the function `{name}`", help)

    def _column(self, tree: Tree) -> Diagnostic | None:
        name = tree["column_names"][-1]
        # DuckDB takes these words for calls where no column has the name.
        if name.lower() in CLOCK_WORDS | SESSION_WORDS:
            return self._refuse(tree, f"`{name}`")
        return None

    def _refuse(self, tree: Tree, what: str, help: str = "") -> Diagnostic:
        return codes.WHERE_REFUSED.at(self._place(tree), what=what, help=help)

    def _place(self, tree: Tree) -> Span:
        start = tree.get("query_location", NOWHERE)
        if start == NOWHERE:
            return self._sql.span
        return text_span(self._sql, start, tree.get("query_location_length", 0))
