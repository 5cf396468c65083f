"""The catalog as a DuckDB table: what `where` and `order_by` of a collection are asked of.

Owns the names and types of the columns, which are documented for users. The connection sees no file and no
network and its settings cannot be changed; which SQL may be sent to it is the compiler's rule.
"""

from __future__ import annotations

import msgspec

from exstv import duckdb
from exstv.catalog.model import Catalog
from exstv.lockdown import lock_down

_TYPES = {
    "id": "VARCHAR",
    "source": "VARCHAR",
    "kind": "VARCHAR",
    "title": "VARCHAR",
    "locator": "VARCHAR",
    "duration_ms": "BIGINT",
    "show": "VARCHAR",
    "season": "INTEGER",
    "episode": "INTEGER",
    "year": "INTEGER",
    "released": "DATE",
    "genres": "VARCHAR[]",
    "tags": "VARCHAR[]",
    "studio": "VARCHAR",
    "network": "VARCHAR",
    "actors": "VARCHAR[]",
    "directors": "VARCHAR[]",
    "rating": "VARCHAR",
    "plot": "VARCHAR",
    "artwork": "VARCHAR",
    "chapters": "STRUCT(start_ms BIGINT, title VARCHAR)[]",
    "pauses": "STRUCT(at_ms BIGINT, dark BOOLEAN)[]",
    "streams": (
        "STRUCT(index INTEGER, type VARCHAR, codec VARCHAR, language VARCHAR, width INTEGER, height INTEGER, "
        "frame_rate VARCHAR, interlaced BOOLEAN, transfer VARCHAR, channels INTEGER, "
        'sample_rate INTEGER, "default" BOOLEAN, forced BOOLEAN, spare BOOLEAN, '
        "loudness DOUBLE, file VARCHAR)[]"
    ),
    "guids": "VARCHAR[]",
    "enriched": 'STRUCT("by" VARCHAR, language VARCHAR, facts VARCHAR[], title VARCHAR)[]',
    "library": "VARCHAR",
    "collections": "VARCHAR[]",
    "added": "TIMESTAMP",
    "size": "BIGINT",
    "state": "VARCHAR",
}

COLUMNS: dict[str, str] = {
    "id": "the source's name, a colon and the source's own key: `films:Metropolis (1927).mkv`",
    "source": "name of the source that holds it",
    "kind": "`movie`, `episode`, `music_video`, `clip` or `live`",
    "title": "its own title; an episode's, not the show's",
    "locator": "what the source needs to play it; for `local` the path below the source's root",
    "duration_ms": "length in milliseconds; NULL for a live item",
    "show": "the show that an episode belongs to",
    "season": "number of the season; 0 holds specials",
    "episode": "number of the episode in its season",
    "year": "year of release",
    "released": "date of release or of first airing",
    "genres": "list of genres: `list_contains(genres, 'Western')`",
    "tags": "list of tags",
    "studio": "the studio that made it",
    "network": "the network that first aired it",
    "actors": "list of actors",
    "directors": "list of directors",
    "rating": "content rating as the source words it: `PG`, `TV-14`",
    "plot": "what it is about",
    "artwork": (
        "address or path of a picture; a path lies below the source's folder or the media server's `url`"
    ),
    "chapters": "list of chapter marks, each with start_ms and title",
    "pauses": "list of silences that `exstv scan --deep` has found, each with at_ms and dark",
    "streams": (
        "list of streams, each with index, type, codec, language, width, height, frame_rate, interlaced, "
        "transfer, channels, sample_rate, default, forced, spare, loudness if it was measured, and file "
        "if it lies in one of its own"
    ),
    "guids": "list of identities elsewhere: `imdb:tt0017136`",
    "enriched": "list of what databases added, each with by, language, names of facts, and the old title",
    "library": "the media server's library that holds it",
    "collections": "list of the media server's collections and playlists, or the NFO's sets, that hold it",
    "added": "when the source got it, UTC",
    "size": "size of the file in bytes",
    "state": "`present`, or `missing` when the last scan did not find it",
}
"""The columns of `media` and what each one means."""


def open_view(catalog: Catalog) -> duckdb.DuckDBPyConnection:
    """Opens a database in memory with the one table `media`, in the order of the catalog."""
    connection = duckdb.connect(":memory:")
    columns = ", ".join(f'"{name}" {type_}' for name, type_ in _TYPES.items())
    connection.execute(f"CREATE TABLE media ({columns})")
    if catalog.items:
        _load(connection, catalog)
    # One thread: the same order and the same floating-point sums on every machine.
    lock_down(connection, "threads = 1", "memory_limit = '1GB'")
    return connection


def _load(connection: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
    """Sends all items as one parameter; DuckDB splits their JSON into columns by itself."""
    values = ", ".join(_value(name, type_) for name, type_ in _TYPES.items())
    connection.execute(
        f"INSERT INTO media SELECT {values} FROM "
        "(SELECT from_json(line, $structure) AS item FROM (SELECT unnest($lines::VARCHAR[]) AS line))",
        {
            "structure": msgspec.json.encode(_TYPES).decode(),
            "lines": [msgspec.json.encode(item).decode() for item in catalog.items],
        },
    )


def _value(name: str, type_: str) -> str:
    """The item's JSON leaves out what has its default value; a list that is not there is an empty one."""
    if type_.endswith("[]"):
        return f'coalesce(item."{name}", [])'
    return "coalesce(item.state, 'present')" if name == "state" else f'item."{name}"'
