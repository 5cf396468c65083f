"""What the items of ErsatzTV's classic schedules play: rows of its database as collections and fillers.

Progress belongs to a collection there, and the first item that plays one decides its order; so here the
items of a schedule share one cursor for each collection.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ruamel.yaml.comments import CommentedMap

from exstv.diagnostics import Span
from exstv.importing import lucene
from exstv.importing.contents import SOURCE
from exstv.importing.lucene import Untranslatable
from exstv.importing.model import Names, Report
from exstv.importing.sqlite_file import Database, Row, number, text
from exstv.importing.writing import flow, plain, put

_ORDERS = {
    1: "chronological",
    2: "random",
    3: "shuffle",
    4: "shuffle_in_order",
    6: "episode",
    7: "rotation",
}
"""ErsatzTV's orders by the numbers that its database has for them; one that is not here is told.

Unlike tables, columns and kinds of collections, the numbers of orders, of filler modes and of tails were not
found written anywhere.
"""
_SHOW, _SEASON, _ARTIST, _SMART, _SEARCH = 1, 2, 3, 5, 9
_NAMED = {
    0: ("Collection", "CollectionId"),
    4: ("MultiCollection", "MultiCollectionId"),
    6: ("Playlist", "PlaylistId"),
}
_DURATION, _COUNT, _PAD, _RANDOM_COUNT = 1, 2, 3, 4
_MACRO = re.compile(r'smart_collection:"([^"]*)"')
_MOST_MACROS = 100
"""As ErsatzTV has it."""


class DatabaseContents:
    """Makes collections and fillers; owns their documents."""

    def __init__(self, database: Database, where: Span, report: Report, taken: Iterable[str]) -> None:
        """Reads the tables that name things."""
        self.document, self.filler = CommentedMap(), CommentedMap()
        self._database = database
        self._where = where
        self._report = report
        self._names, self._filler_names = Names([SOURCE, *taken]), Names(taken)
        self._smart = database.by_id("SmartCollection")
        self._named = {kind: database.by_id(table) for kind, (table, _) in _NAMED.items()}
        self._shows = database.by_id("ShowMetadata", "ShowId")
        self._seasons = database.by_id("Season")
        self._artists = database.by_id("ArtistMetadata", "ArtistId")
        self._fillers = database.by_id("FillerPreset")
        self._made: dict[str, str] = {}
        self._told: dict[str, str] = {}
        self._presets: dict[tuple[object, bool], str] = {}
        self._orders: dict[str, dict[str, Any]] = {}
        self._keep_parts = True

    def begin(self, *, keep_parts: bool) -> None:
        """Another schedule: its items share progress with each other alone."""
        self._orders = {}
        self._keep_parts = keep_parts

    def words(self, item: Row, what: str) -> dict[str, Any]:
        """What an item plays and in which order."""
        name = self._collection(item, what)
        if name not in self._orders:
            order = _ORDERS.get(number(item, "PlaybackOrder"))
            if order is None:
                self._report.lose(self._where, f"the order of {what}: it is shuffled")
                order = "shuffle"
            keep = None if self._keep_parts or order == "chronological" else False
            self._orders[name] = {"order": order, "keep_multi_part": keep}
        return {"play": name, **self._orders[name]}

    def preset(self, id_: object, place: str) -> str | None:
        """The name of the filler with this id, as it is used at this place; None without one."""
        row = self._fillers.get(id_)
        if id_ is None or row is None:
            return None
        key = (id_, place == "fallback")
        if key not in self._presets:
            name = self._filler_names.new(text(row, "Name"))
            waiting = self._report.comment()
            words = {"play": self._collection(row, f"the filler `{name}`"), **self._how(row, place, name)}
            put(self.filler, name, flow(**words), self._report.comment(), depth=1)
            self._presets[key] = name
            if waiting:
                self._report.explain(waiting)
        return self._presets[key]

    def _how(self, row: Row, place: str, name: str) -> dict[str, Any]:
        """How much of a filler plays."""
        if place == "fallback":
            return {"mode": "loop"}
        if place == "tail":
            # It plays as long as something fits.
            return {"mode": "duration", "duration": "1d", "fit": "greedy"}
        mode = number(row, "FillerMode")
        if text(row, "Expression"):
            self._report.lose(self._where, f"the expression of the filler `{name}`")
        if mode == _PAD and 1 <= number(row, "PadToNearestMinute") <= 1440 and place != "mid_roll":
            return {"mode": "pad", "to": f"{number(row, 'PadToNearestMinute')}m"}
        if mode == _DURATION and (length := _seconds(text(row, "Duration"))):
            return {"mode": "duration", "duration": f"{length}s"}
        if mode != _COUNT:
            self._report.lose(self._where, f"how much of the filler `{name}` plays: it counts")
        return {"mode": "count", "count": min(max(1, number(row, "Count")), 1000)}

    def _collection(self, row: Row, what: str) -> str:
        """The collection that a row refers to."""
        label, where = self._chosen(row, what)
        if where not in self._made:
            name = self._names.new(label)
            if label in self._told:
                self._report.lose(self._where, self._told[label])
            made = flow(**{"from": SOURCE, "where": plain(where)})
            put(self.document, name, made, self._report.comment(), depth=1)
            self._made[where] = name
        return self._made[where]

    def _chosen(self, row: Row, what: str) -> tuple[str, str]:
        """A name for it, and the condition that chooses its media."""
        kind, media = number(row, "CollectionType"), row.get("MediaItemId")
        if kind == _SHOW and (title := text(self._shows.get(media), "Title")):
            return title, f"show = {_quoted(title)}"
        if kind == _SEASON and (season := self._seasons.get(media)) is not None:
            title, number_of = (
                text(self._shows.get(season.get("ShowId")), "Title"),
                number(season, "SeasonNumber"),
            )
            return f"{title}-{number_of}", f"show = {_quoted(title)} and season = {number_of}"
        if kind == _ARTIST and (artist := text(self._artists.get(media), "Title")):
            return artist, f"list_contains(actors, {_quoted(artist)})"
        if kind == _SMART and (smart := self._smart.get(row.get("SmartCollectionId"))) is not None:
            return text(smart, "Name"), self._searched(text(smart, "Query"))
        if kind == _SEARCH and text(row, "SearchQuery"):
            return text(row, "SearchTitle") or "search", self._searched(text(row, "SearchQuery"))
        if kind in _NAMED and (name := text(self._named[kind].get(row.get(_NAMED[kind][1])), "Name")):
            # Told once, where its collection is made, though many items play it.
            self._told[name] = (
                f"the members of `{name}`: what has that name as a collection or a tag is taken"
            )
            return (
                name,
                f"list_contains(collections, {_quoted(name)}) or list_contains(tags, {_quoted(name)})",
            )
        self._report.lose(self._where, f"what {what} plays: a single item, a rerun, or something unknown")
        return "unknown", "false"

    def _searched(self, query: str) -> str:
        """The condition of a search; others that it names are written out, as ErsatzTV does."""
        by_name = {text(row, "Name").lower(): text(row, "Query") for row in self._smart.values()}
        for _ in range(_MOST_MACROS):
            found = _MACRO.search(query)
            if found is None or len(query) > lucene.LONGEST or found[1].lower() not in by_name:
                break
            query = f"{query[: found.start()]}({by_name[found[1].lower()]}){query[found.end() :]}"
        try:
            return lucene.where(query)
        except Untranslatable as error:
            self._report.lose(
                self._where, f"{error} of the search `{query}`, which finds nothing until you say it"
            )
            return "false"


def _seconds(time: str) -> int:
    found = re.fullmatch(r"(\d{1,2}):(\d{2}):(\d{2})(?:\.\d+)?", time)
    if found is None:
        return 0
    hours, minutes, seconds = (int(part) for part in found.groups())
    return min((hours * 60 + minutes) * 60 + seconds, 86_400)


def _quoted(value: str) -> str:
    return "'" + plain(value).replace("'", "''") + "'"
