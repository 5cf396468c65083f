"""Fillers: what a preset's mode asks for, and the keys that only a mid-roll has a use for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from compiler.rules.content import check_order
from compiler.rules.words import Found, belongs, has, needs, useless, word
from compiler.station import FillerMode
from exstv import codes
from exstv.nodes import Mapping, Node, Scalar, key_span, walk

MODES = frozenset(FillerMode)
BREAKS = ("at", "every", "max_breaks")
"""The keys of a mid-roll."""
_USES = frozenset(("pre_roll", "mid_roll", "post_roll", "tail", "fallback", "extends"))


def check_preset(node: Mapping) -> Found:
    """One preset, wherever it is written."""
    yield from check_order(node, "shuffle")
    yield from belongs(node, "mode", "", {"count": "count", "duration": "duration", "to": "pad"}, MODES)
    yield from needs(node, "mode", {"duration": "duration", "pad": "to"})
    yield from needs(node, "at", {"every": "every"})
    mode = word(node, "mode", "", MODES)
    if mode in ("count", "loop"):
        yield from useless(node, ("fit",), f"with `mode: {mode}`", "mode")


def check_places(node: Mapping) -> Found:
    """The fillers of one place, with the presets that are written there."""
    slots = node.get("filler")
    places = [("fallback", node.get("fallback"))]
    if isinstance(slots, Mapping):
        places += [(key.text, value) for key, value in slots.entries]
        yield from _fallbacks(node, slots)
    for place, value in places:
        if isinstance(value, Mapping):
            yield from check_preset(value)
            if place != "mid_roll":
                yield from useless(value, BREAKS, f"in a `{place}`")


def _fallbacks(node: Mapping, slots: Mapping) -> Found:
    if node.get("fallback") is not None and slots.get("fallback") is not None:
        also = [(key_span(node, "fallback"), "this one counts")]
        yield codes.KEY_WITHOUT_EFFECT.at(
            key_span(slots, "fallback"), also=also, key="fallback", where="beside the outer `fallback`"
        )


def misplaced_breaks(presets: Iterable[tuple[str, Node | None]], trees: Iterable[Node | None]) -> Found:
    """Presets with keys of a mid-roll that are used, but never as one; what others extend is let be."""
    suspects = [
        (name, node)
        for name, node in presets
        if isinstance(node, Mapping) and any(has(node, key) for key in BREAKS)
    ]
    if not suspects:
        return
    uses = list(chain.from_iterable(_uses(tree) for tree in trees if tree is not None))
    breaking = {name for place, name in uses if place in ("mid_roll", "extends")}
    elsewhere = {name: place for place, name in reversed(uses)}
    for name, node in suspects:
        if name in elsewhere and name not in breaking:
            help = "use it as `mid_roll`, or leave the key out"
            yield from useless(node, BREAKS, f"in a `{elsewhere[name]}`", help=help)


def _uses(tree: Node) -> Iterator[tuple[str, str]]:
    for part in walk(tree):
        for key, value in part.entries if isinstance(part, Mapping) else ():
            if key.text in _USES and isinstance(value, Scalar):
                yield key.text, value.text
