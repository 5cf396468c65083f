"""What most rules say: a key that does nothing here, a key that is needed, a thing that decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set

from exstv import codes
from exstv.diagnostics import Diagnostic, suggest
from exstv.nodes import Mapping as Tree
from exstv.nodes import Node, Scalar, Sequence, at, key_span

Found = Iterator[Diagnostic]


def word(node: Tree, key: str, default: str, known: Set[str]) -> str:
    """The word at a key; empty for one that is reported by itself, so that nothing is concluded from it."""
    value = node.get(key)
    if value is None:
        return default
    return value.text if isinstance(value, Scalar) and value.text in known else ""


def has(node: Tree, key: str) -> bool:
    """Tells whether a key has a value; `key: null` has none."""
    value = node.get(key)
    return value is not None and not (isinstance(value, Scalar) and value.value is None)


def listed(node: Node | None) -> tuple[Tree, ...]:
    """The mappings of a list, or of one alone."""
    parts = node.items if isinstance(node, Sequence) else (node,)
    return tuple(part for part in parts if isinstance(part, Tree))


def useless(node: Tree, keys: Iterable[str], where: str, because: str = "", help: str = "") -> Found:
    """Each of the keys that is there does nothing; `because` names the key that decides it."""
    there = [key for key in keys if has(node, key)]
    if not there:
        return
    decided = node.key(because) if because else None
    also = [(decided, "this decides")] if decided else []
    for key in there:
        yield codes.KEY_WITHOUT_EFFECT.at(key_span(node, key), also=also, help=help, key=key, where=where)


def belongs(node: Tree, key: str, chosen: str, wanted: Mapping[str, str], known: Set[str]) -> Found:
    """Keys that mean something with one word only: `wanted` says which at `key`, `chosen` is its default."""
    there = [name for name in wanted if has(node, name)]
    if not there:
        return
    found = word(node, key, chosen, known)
    for name in there:
        right = wanted[name]
        if found == right or (not found and has(node, key)):
            continue
        where = f"with `{key}: {found}`" if found else f"without `{key}: {right}`"
        help = f"write `{key}: {right}`, or leave it out"
        yield from useless(node, (name,), where, key, help)


def needs(node: Tree, key: str, keys: Mapping[str, str]) -> Found:
    """A word at a key that asks for another key."""
    chosen = node.get(key)
    wanted = keys.get(chosen.text) if isinstance(chosen, Scalar) else None
    if isinstance(chosen, Scalar) and wanted and not has(node, wanted) and not misspelt(node, wanted):
        yield codes.KEY_NEEDED.at(at(node, key).span, what=f"`{key}: {chosen.text}`", key=wanted)


def decides(node: Tree, what: str, keys: Iterable[str]) -> Found:
    """A mapping that must say at least one of some things."""
    wanted = tuple(keys)
    if not any(has(node, key) or misspelt(node, key) for key in wanted):
        named = ", ".join(f"`{key}`" for key in wanted)
        yield codes.NOTHING_DECIDED.at(node.head, what=what, keys=named)


def misspelt(node: Tree, wanted: str) -> bool:
    """Tells whether an unknown key is nearly the wanted one: that is one mistake, already reported."""
    return any(suggest(key.text, (wanted,)) for key, _ in node.entries if key.text != wanted)
