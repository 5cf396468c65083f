"""Content of ErsatzTV's sequential schedules as collections, and the words with which each is played.

Everything is chosen from one source, which stands for ErsatzTV's libraries: a schedule does not name them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ruamel.yaml.comments import CommentedMap

from exstv.codes import Where
from exstv.importing import lucene
from exstv.importing.lucene import Untranslatable
from exstv.importing.model import Names, Report
from exstv.importing.sequential_documents import (
    CollectionContent,
    Guid,
    Keyed,
    MarathonContent,
    MultiCollectionContent,
    Ordered,
    PlaylistContent,
    SearchContent,
    ShowContent,
    SmartCollectionContent,
)
from exstv.importing.writing import flow, plain, put

SOURCE = "media"
"""The source that stands for ErsatzTV's libraries."""
_NOTHING = "false"


def libraries() -> CommentedMap:
    """The sources of what is imported from ErsatzTV."""
    made = CommentedMap()
    words = "this stands for ErsatzTV's libraries: your folder, or the media server that has them"
    put(made, SOURCE, flow(type="local", path="media"), words, depth=1)
    return made


@dataclass(frozen=True)
class Content:
    """How a content of ErsatzTV's is played: its collection, and the order that its one progress has."""

    collection: str
    order: dict[str, Any]

    def words(self, start_at: dict[str, int] | None) -> dict[str, Any]:
        """The words that are the same wherever it plays, as all of them share one progress."""
        first = {} if start_at is None else {"start_at": flow(**start_at)}
        return {"play": self.collection, **self.order, "cursor": self.collection, **first}


class Contents:
    """Makes the collections; owns their document."""

    def __init__(self, report: Report, names: Names) -> None:
        """Begins without any."""
        self.document = CommentedMap()
        self._report = report
        self._names = names

    def add(self, content: Keyed, where: Where) -> Content:
        """Declares what one definition chooses."""
        name = self._names.new(content.key)
        chosen = self._chosen(content, where)
        made = flow(**{"from": SOURCE, "where": plain(chosen)})
        order = self._order(content, where)
        put(self.document, name, made, self._report.comment(), depth=1)
        return Content(name, order)

    def _chosen(self, content: Keyed, where: Where) -> str:
        match content:
            case ShowContent():
                self._by_guid(where)
                return _guids(content.guids)
            case SearchContent():
                return self._searched((content.query,), where)
            case MarathonContent():
                if content.guids:
                    self._by_guid(where)
                found = self._searched(content.searches, where) if content.searches else ""
                return " or ".join(each for each in (_guids(content.guids), found) if each) or _NOTHING
            case CollectionContent(collection=name) | MultiCollectionContent(multi_collection=name):
                return self._called(name, "members", where)
            case SmartCollectionContent(smart_collection=name):
                return self._called(name, "query", where)
            case PlaylistContent():
                return self._called(content.playlist, "entries", where)
        raise AssertionError(content)

    def _by_guid(self, where: Where) -> None:
        self._report.lose(
            where, "a show is named by its ids: they are looked for on each episode; else write show = '…'"
        )

    def _called(self, name: str, what: str, where: Where) -> str:
        self._report.lose(
            where,
            f"the {what} of `{name}`, which ErsatzTV's database holds:"
            " what has that name as a collection or a tag is taken",
        )
        name = name.replace("'", "''")
        return f"list_contains(collections, '{name}') or list_contains(tags, '{name}')"

    def _searched(self, queries: Iterable[str], where: Where) -> str:
        said = []
        for query in queries:
            try:
                said.append(lucene.where(query))
            except Untranslatable as error:
                self._report.lose(
                    where, f"{error} of the search `{query}`, which finds nothing until you say it"
                )
                said.append(_NOTHING)
        return said[0] if len(said) == 1 else " or ".join(f"({each})" for each in said)

    def _order(self, content: Keyed, where: Where) -> dict[str, Any]:
        if isinstance(content, Ordered):
            return {"order": content.order}
        if not isinstance(content, MarathonContent):
            return {"order": "listed"}
        if content.shuffle_groups:
            self._report.lose(where, "`shuffle_groups`: the groups take turns in one order")
        if content.item_order == "shuffle":
            self._report.lose(where, "`item_order: shuffle`: a group plays its items in order")
        batch = "all" if content.play_all_items else None
        group = content.group_by if content.group_by != "show" else None
        return {"order": "rotation", "group_by": group, "batch": batch}


def _guids(guids: Iterable[Guid]) -> str:
    return " or ".join(lucene.guid_is(each.source, each.value) for each in guids)
