"""Schedules: the rules of each kind."""

from __future__ import annotations

from collections.abc import Callable

from compiler.documents.loop import entry_key
from compiler.rules.content import check_amount, check_guide, check_order, check_overrun
from compiler.rules.filler import check_places
from compiler.rules.words import Found, belongs, has, listed, misspelt, useless
from compiler.station import Flex, Stop
from exstv import codes
from exstv.nodes import Mapping, Scalar, to_data

_CONTENT = (
    "order", "group_by", "batch", "start_at", "seek", "keep_multi_part", "cursor", "no_repeat",
    "mode", "count",
)  # fmt: skip
"""What a slot says of content, and a schedule decides for itself."""
_FLEXES, _SLOT_MODES, _STOPS = frozenset(Flex), frozenset(("one", "multiple")), frozenset(Stop)


def check_schedule(node: Mapping) -> Found:
    """A schedule of any kind."""
    yield from check_places(node)
    kind = node.get("kind")
    rule = _KINDS.get(kind.text) if isinstance(kind, Scalar) else None
    if rule:
        yield from rule(node)


def check_event(node: Mapping) -> Found:
    """An appointment on a channel."""
    yield from _content(node)
    yield from check_amount(node, "one")
    yield from check_overrun(node)


def _content(node: Mapping) -> Found:
    yield from check_order(node)
    yield from check_guide(node)
    yield from check_places(node)


def _loop(node: Mapping) -> Found:
    for entry in listed(node.get("items")):
        key = entry_key(to_data(entry))
        if key == "play":
            yield from check_event(entry)
            if not has(entry, "start"):
                yield from useless(entry, ("start_behaviour",), "without `start`")
        elif key in ("pad_to", "pad_until"):
            yield from _content(entry)
            yield from check_overrun(entry)
        else:
            yield from check_places(entry)


def _slots(node: Mapping) -> Found:
    for slot in listed(node.get("slots")):
        yield from check_places(slot)
        yield from check_guide(slot)
        yield from belongs(slot, "flex", "none", {"max_late": "extend"}, _FLEXES)
        if has(slot, "schedule"):
            yield from useless(slot, ("play", *_CONTENT), "beside `schedule`", "schedule")
        else:
            yield from check_order(slot)
            yield from belongs(slot, "mode", "", {"count": "multiple"}, _SLOT_MODES)
            if not has(slot, "play") and not misspelt(slot, "play") and not misspelt(slot, "schedule"):
                yield codes.KEY_NEEDED.at(slot.head, what="a slot", key="play", help="or a `schedule`")


def _balance(node: Mapping) -> Found:
    for source in listed(node.get("sources")):
        yield from _content(source)


def _blocks(node: Mapping) -> Found:
    blocks = node.get("blocks")
    for _, block in blocks.entries if isinstance(blocks, Mapping) else ():
        if not isinstance(block, Mapping):
            continue
        yield from check_places(block)
        yield from check_guide(block)
        yield from belongs(block, "stop", "before_end", {"max_late": "after_end"}, _STOPS)
        for entry in listed(block.get("items")):
            yield from _content(entry)
            yield from check_amount(entry, "")


def _external(node: Mapping) -> Found:
    if has(node, "url"):
        yield from useless(node, ("path",), "beside `url`", "url")
    elif not has(node, "path") and not misspelt(node, "path") and not misspelt(node, "url"):
        help = "or the `path` of a file in the station"
        yield codes.KEY_NEEDED.at(node.head, what="an external schedule", key="url", help=help)


_KINDS: dict[str, Callable[[Mapping], Found]] = {
    "loop": _loop,
    "slots": _slots,
    "balance": _balance,
    "blocks": _blocks,
    "external": _external,
}
