"""What the SQL of a policy may be made of, beyond what compiler/sql_words.py allows in a `where`."""

from __future__ import annotations

from compiler.sql_words import CLASSES, FUNCTIONS

TABLES = frozenset(("playout_item", "programme", "media"))

# What depends on the order of rows, as `list` and `first` do, is not one of them.
_AGGREGATES = """
count count_star sum min max avg mean median any_value arg_min arg_max min_by max_by bool_and bool_or count_if
"""
_WINDOWS = "row_number rank dense_rank ntile lag lead first_value last_value nth_value"

QUERY_FUNCTIONS = FUNCTIONS | frozenset(_AGGREGATES.split()) | {"epoch_ms"}
WINDOW_FUNCTIONS = frozenset((_AGGREGATES + _WINDOWS).split())
QUERY_CLASSES = CLASSES | {"STAR", "WINDOW"}

TABLE_NAMES = {
    "SUBQUERY": "a subquery",
    "EXPRESSION_LIST": "`values`",
    "SHOW_REF": "`describe`, `show` or `summarize`",
    "PIVOT": "`pivot`",
    "COLUMN_DATA": "a column of data",
}
"""What to call that which stands after `from` and is no table."""

NODE_NAMES = {"RECURSIVE_CTE_NODE": "a recursive query"}
