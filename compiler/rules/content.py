"""What is played anywhere: its order, its guide, how much of it."""

from __future__ import annotations

from compiler.documents.cursors import GROUPED_ORDERS
from compiler.rules.words import Found, belongs, decides, needs, useless, word
from compiler.station import Mode, Order, Overrun
from exstv.nodes import Mapping

ORDERS = frozenset(Order)
MODES = frozenset(Mode)
OVERRUNS = frozenset(Overrun)
_PLACE = ("season", "episode")
_OF_GROUPS = "it is for " + " or ".join(f"`order: {each}`" for each in GROUPED_ORDERS)


def check_order(node: Mapping, default: str = "chronological") -> Found:
    """The words of a cursor."""
    order = word(node, "order", default, ORDERS)
    if order and order not in GROUPED_ORDERS:
        yield from useless(node, ("group_by", "batch"), f"with `order: {order}`", "order", _OF_GROUPS)
    if order == Order.RANDOM:
        yield from useless(node, ("start_at", "seek"), "with `order: random`", "order")
    for key in ("start_at", "seek"):
        place = node.get(key)
        if isinstance(place, Mapping):
            yield from decides(place, f"this `{key}`", _PLACE)


def check_guide(node: Mapping) -> Found:
    """How something is listed."""
    guide = node.get("guide")
    if isinstance(guide, Mapping):
        yield from decides(guide, "this `guide`", ("title", "show"))


def check_amount(node: Mapping, default: str) -> Found:
    """How much plays; `default` is the mode of an entry that has none, empty where that is no word."""
    wanted = {"count": "multiple", "duration": "duration", "tail": "duration"}
    yield from belongs(node, "mode", default, wanted, MODES)
    yield from needs(node, "mode", {"duration": "duration"})


def check_overrun(node: Mapping) -> Found:
    """How much an entry may be late."""
    yield from belongs(node, "overrun", "stop", {"max_late": "finish"}, OVERRUNS)
