"""DuckDB as far as exstv needs it: the database, without what its package builds of it in Python.

Expressions, relations and data frames take four times as long to load as the database itself, and all that a
command does with it is often quicker. The names are DuckDB's.
"""

from __future__ import annotations

from _duckdb import (
    BinderException,
    DuckDBPyConnection,
    Error,
    IOException,
    StatementType,
    __version__,
    connect,
)

__all__ = [
    "BinderException",
    "DuckDBPyConnection",
    "Error",
    "IOException",
    "StatementType",
    "__version__",
    "connect",
]
