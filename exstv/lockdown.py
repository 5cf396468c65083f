"""A DuckDB connection for SQL that somebody wrote: it reaches nothing but the tables it is given.

Owns which doors are shut. What such SQL may say is the caller's to check, how long it may take to watch.
"""

from __future__ import annotations

from exstv import duckdb

_SHUT = (
    "TimeZone = 'UTC'",
    "autoinstall_known_extensions = false",
    "autoload_known_extensions = false",
    "allow_community_extensions = false",
    "enable_external_access = false",
    # Last: nothing can be set after it, by anybody.
    "lock_configuration = true",
)


def lock_down(connection: duckdb.DuckDBPyConnection, *settings: str) -> None:
    """Shuts a connection off for good, after some `settings` of its own, each as `name = value`."""
    for setting in (*settings, *_SHUT):
        connection.execute(f"SET {setting}")
