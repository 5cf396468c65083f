"""What the keys of a source demand of each other."""

from __future__ import annotations

from compiler.rules.words import Found, has, listed, misspelt, useless, word
from exstv import codes
from exstv.nodes import Mapping, Node, Scalar, at
from exstv.sources.addresses import without_secrets


def check_source(node: Mapping) -> Found:
    """The rules of a source, whatever its type."""
    yield from _items(node)
    if word(node, "type", "", {"m3u"}):
        yield from _list(node)
    if word(node, "type", "", {"archive_org"}):
        yield from _archive(node)


def _items(node: Mapping) -> Found:
    seen: dict[str, Node] = {}
    for entry in listed(node.get("items")):
        if word(entry, "kind", "", {"live"}):
            yield from useless(entry, ("duration",), "with `kind: live`", "kind")
        id_, url = at(entry, "id"), at(entry, "url")
        said = id_ if isinstance(id_, Scalar) else url
        if not isinstance(said, Scalar):
            continue
        # As exstv/sources/url.py names an item that has no id.
        key = said.text if said is id_ else without_secrets(said.text)
        if key in seen:
            also = [(seen[key], "first used here")]
            help = "" if said is id_ else "an address counts without its query: give both an `id`"
            yield codes.DUPLICATE_ITEM.at(said, also=also, id=key, help=help)
        seen.setdefault(key, said)


def _list(node: Mapping) -> Found:
    if has(node, "url"):
        yield from useless(node, ("path",), "beside `url`", "url")
    elif not has(node, "path") and not misspelt(node, "path") and not misspelt(node, "url"):
        yield codes.KEY_NEEDED.at(node.head, what="an M3U list", key="url", help="or the `path` of a file")


def _archive(node: Mapping) -> Found:
    if has(node, "items"):
        yield from useless(node, ("query", "limit"), "beside `items`", "items")
    elif not has(node, "query") and not misspelt(node, "query") and not misspelt(node, "items"):
        help = "or the `items` by their identifiers"
        yield codes.KEY_NEEDED.at(node.head, what="a source of `type: archive_org`", key="query", help=help)
