"""Collections: one way to choose, and what goes with it."""

from __future__ import annotations

from compiler.rules.content import check_order
from compiler.rules.words import Found, has, listed, misspelt, useless
from exstv import codes
from exstv.nodes import Mapping, Scalar

_WAYS = ("items", "playlist", "of", "from")
_REFINED = {"from": ("where", "order_by", "limit", "except"), "of": ("except",)}
"""What each way to choose can be refined by."""


def check_collection(node: Mapping) -> Found:
    """A collection is chosen in one way."""
    way = next((key for key in _WAYS if has(node, key)), None)
    if way is None:
        if not any(misspelt(node, key) for key in _WAYS):
            help = "or list its `items`, or write `of` or `playlist`"
            yield codes.KEY_NEEDED.at(node.head, what="a collection", key="from", help=help)
        return
    others = [key for key in _WAYS if key != way]
    refining = [key for key in _REFINED["from"] if key not in _REFINED.get(way, ())]
    yield from useless(node, (*others, *refining), f"beside `{way}`", way)
    for entry in listed(node.get("playlist")):
        yield from check_order(entry)
        whole = entry.get("all")
        if isinstance(whole, Scalar) and whole.value is True:
            yield from useless(entry, ("count",), "beside `all: true`", "all")
