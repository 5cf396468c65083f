"""What the keys of one document demand of each other: a key that would do nothing is a mistake.

Each rule looks at a tree, so that it points at keys, and works on documents that did not bind as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from itertools import chain

from compiler.station import FillerMode, Mode
from exstv import codes
from exstv.diagnostics import Diagnostic, suggest
from exstv.nodes import Mapping, Node, Scalar, Sequence, at, key_span

Rule = Callable[[Mapping], Iterator[Diagnostic]]
ENTRY_MODES = frozenset(Mode)
FILLER_MODES = frozenset(FillerMode)


def check(kind: str, node: Node) -> list[Diagnostic]:
    """The rules of a kind, for one document."""
    rule = _RULES.get(kind)
    return list(rule(node)) if rule and isinstance(node, Mapping) else []


def _station(node: Mapping) -> Iterator[Diagnostic]:
    defaults = node.get("defaults")
    if isinstance(defaults, Mapping):
        yield from _fallbacks(defaults)
        yield from _inline(defaults)


def _channel(node: Mapping) -> Iterator[Diagnostic]:
    yield from _fallbacks(node)
    yield from _inline(node)


def _fallbacks(node: Mapping) -> Iterator[Diagnostic]:
    slots = node.get("filler")
    if node.get("fallback") is not None and isinstance(slots, Mapping) and slots.get("fallback") is not None:
        also = [(key_span(node, "fallback"), "this one counts")]
        yield codes.KEY_WITHOUT_EFFECT.at(
            key_span(slots, "fallback"), also=also, key="fallback", where="beside the outer `fallback`"
        )


def _inline(node: Mapping) -> Iterator[Diagnostic]:
    """Presets that are written where they are used."""
    slots = node.get("filler")
    places = [node.get("fallback")]
    if isinstance(slots, Mapping):
        places += [value for _, value in slots.entries]
    yield from chain.from_iterable(_filler(place) for place in places if isinstance(place, Mapping))


def _filler(node: Mapping) -> Iterator[Diagnostic]:
    mode = _word(node, "mode", "", FILLER_MODES)
    yield from _belongs(node, mode, {"count": "count", "duration": "duration", "to": "pad"})
    yield from _needs(node, mode, {"duration": "duration", "pad": "to"})


def _schedule(node: Mapping) -> Iterator[Diagnostic]:
    yield from _inline(node)
    items = node.get("items")
    entries = items.items if isinstance(items, Sequence) else (items,)
    for entry in entries:
        if isinstance(entry, Mapping):
            yield from _entry(entry)


def _entry(node: Mapping) -> Iterator[Diagnostic]:
    mode = _word(node, "mode", "one", ENTRY_MODES)
    yield from _belongs(node, mode, {"count": "multiple", "duration": "duration", "tail": "duration"})
    yield from _needs(node, mode, {"duration": "duration"})
    yield from _inline(node)


def _collection(node: Mapping) -> Iterator[Diagnostic]:
    if node.get("from") is None and node.get("items") is None:
        if not _misspelt(node, "from") and not _misspelt(node, "items"):
            yield codes.KEY_NEEDED.at(node.head, what="a collection", key="from", help="or list its `items`")
        return
    if node.get("items") is not None:
        for key in ("from", "where", "order_by", "limit"):
            if node.get(key) is not None:
                also = [(key_span(node, "items"), "the items are listed here")]
                yield codes.KEY_WITHOUT_EFFECT.at(
                    key_span(node, key), also=also, key=key, where="beside `items`"
                )


def _source(node: Mapping) -> Iterator[Diagnostic]:
    items = node.get("items")
    seen: dict[str, Scalar] = {}
    for entry in items.items if isinstance(items, Sequence) else ():
        id_ = at(entry, "id")
        if not isinstance(id_, Scalar):
            continue
        if id_.text in seen:
            also = [(seen[id_.text], "first used here")]
            yield codes.DUPLICATE_ITEM.at(id_, also=also, id=id_.text)
        seen.setdefault(id_.text, id_)


def _belongs(node: Mapping, mode: str, modes: dict[str, str]) -> Iterator[Diagnostic]:
    for key, wanted in modes.items():
        if mode and mode != wanted and node.get(key) is not None:
            written = node.key("mode")
            also = [(written, "this is the mode")] if written else []
            help = f"write `mode: {wanted}`, or leave it out"
            yield codes.KEY_WITHOUT_EFFECT.at(
                key_span(node, key), also=also, help=help, key=key, where=f"with `mode: {mode}`"
            )


def _needs(node: Mapping, mode: str, keys: dict[str, str]) -> Iterator[Diagnostic]:
    key = keys.get(mode)
    if key and node.get(key) is None and not _misspelt(node, key):
        yield codes.KEY_NEEDED.at(at(node, "mode").span, what=f"`mode: {mode}`", key=key)


def _misspelt(node: Mapping, wanted: str) -> bool:
    # An unknown key that is nearly the wanted one is one mistake, already reported.
    return any(suggest(key.text, (wanted,)) for key, _ in node.entries)


def _word(node: Mapping, key: str, default: str, known: Set[str]) -> str:
    """The word at a key; empty for one that is reported by itself, so that nothing is concluded from it."""
    value = node.get(key)
    if value is None:
        return default
    return value.text if isinstance(value, Scalar) and value.text in known else ""


_RULES: dict[str, Rule] = {
    "station": _station,
    "channels": _channel,
    "filler": _filler,
    "schedules": _schedule,
    "collections": _collection,
    "sources": _source,
}
