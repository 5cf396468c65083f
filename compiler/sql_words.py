"""What `where` and `order_by` may be made of: the allow-list of compiler/where.py.

A function belongs here only if its answer depends on nothing but its arguments: no clock, no random numbers,
no files, no settings, and no way to make a huge value out of a small one.
"""

from __future__ import annotations

_OPERATORS = """
+ - * / // % ^ ** || & | << >> ~~ !~~ ~~* !~~* ~~~ like_escape not_like_escape ilike_escape not_ilike_escape
"""
_TEXT = """
lower upper length len trim ltrim rtrim left right substring substr replace reverse strip_accents starts_with
ends_with prefix suffix contains position strpos instr split_part string_split concat concat_ws regexp_matches
regexp_full_match regexp_extract regexp_replace ascii chr md5 sha256 hash
"""
_LISTS = """
list_contains list_has list_has_any list_has_all list_position list_value list_filter
list_transform list_apply list_first list_last list_sort list_distinct
list_unique list_extract list_min list_max list_concat
list_intersect array_contains array_has array_length array_to_string filter apply struct_extract
struct_pack row
"""
_NUMBERS = """
abs ceil ceiling floor round trunc mod sign sqrt least greatest if ifnull nullif isnan isfinite
"""
# `age` is not one of them: with one argument it asks the clock.
_DATES = """
year month day dayofweek isodow dayofyear week weekofyear quarter decade century hour minute second date_part
datepart date_trunc datetrunc date_diff datediff date_sub datesub date_add make_date strftime strptime
try_strptime last_day monthname dayname epoch to_days to_weeks to_months to_years to_hours
to_minutes to_seconds
"""

FUNCTIONS = frozenset((_OPERATORS + _TEXT + _LISTS + _NUMBERS + _DATES).split())
CLASSES = frozenset(
    (
        "BETWEEN",
        "CASE",
        "CAST",
        "COLUMN_REF",
        "COMPARISON",
        "CONJUNCTION",
        "CONSTANT",
        "FUNCTION",
        "LAMBDA",
        "OPERATOR",
        "TYPE",
    )
)
"""The kinds of nodes in DuckDB's parse tree that an expression may hold."""

CLASS_NAMES = {
    "SUBQUERY": "a subquery",
    "WINDOW": "a window function",
    "STAR": "`*`",
    "PARAMETER": "a parameter",
    "COLLATE": "a collation",
    "DEFAULT": "`default`",
}
"""What to call some of the others."""

_TYPE_NAMES = """
VARCHAR TEXT STRING INTEGER INT BIGINT SMALLINT HUGEINT DOUBLE FLOAT REAL DECIMAL NUMERIC BOOLEAN BOOL DATE
TIMESTAMP TIME INTERVAL
"""
TYPES = frozenset(_TYPE_NAMES.split())
"""What a value may be cast to."""

CLOCK_WORDS = frozenset(("current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"))
CLOCK_CALLS = frozenset(("now", "today", "get_current_timestamp", "transaction_timestamp"))
SESSION_WORDS = frozenset(
    ("current_user", "session_user", "user", "current_role", "current_schema", "current_catalog")
)
