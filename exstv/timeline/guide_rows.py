"""The guide's rows as its text is written from them: column by column, as a guide may have 100,000.

The same facts as exstv.timeline.model.Programme, in a third of its time: nothing is checked that the store
has checked.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import duckdb

_SEPARATOR = "\x1f"
_SELECT = f"""
SELECT channel, epoch_ms(start_time), epoch_ms(finish_time), media_id, title, sub_title, description, season,
    episode, year, released, rating, array_to_string(categories, '{_SEPARATOR}')
FROM programme JOIN channel ON channel.key = programme.channel
WHERE $channel IS NULL OR programme.channel = $channel
ORDER BY channel.position, start_time
"""


class GuideRow(NamedTuple):
    """One programme; instants in UTC ms."""

    channel: str
    start_ms: int
    finish_ms: int
    media_id: str | None
    title: str
    sub_title: str | None
    description: str | None
    season: int | None
    episode: int | None
    year: int | None
    released: str | None
    rating: str | None
    categories: tuple[str, ...]


def read_guide_rows(cursor: duckdb.DuckDBPyConnection, channel: str | None) -> list[GuideRow]:
    """All programmes of one channel, or of all by channel in line-up order, then start."""
    found: dict[str, Any] = cursor.execute(_SELECT, {"channel": channel}).fetchnumpy()
    *plain, categories = (values.tolist() for values in found.values())
    kinds: dict[str, tuple[str, ...]] = {"": ()}
    for text in set(categories) - kinds.keys():
        kinds[text] = tuple(text.split(_SEPARATOR))
    return list(map(GuideRow._make, zip(*plain, map(kinds.__getitem__, categories), strict=True)))
