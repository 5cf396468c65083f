"""Which model a declaration is bound to, where its kind has several: by a word in it, or by the keys it has.

The model is chosen before binding, so that everything said of a declaration is about one model. A word that
is wrong is reported here, and the rest is looked at as what it most likely is.
"""

from __future__ import annotations

from collections.abc import Mapping as Names
from dataclasses import dataclass

from pydantic import BaseModel

from compiler.documents.policies import POLICIES
from compiler.documents.schedules import KINDS
from compiler.documents.sources import TYPES
from exstv import codes
from exstv.binding import known_keys
from exstv.codes import did_you_mean
from exstv.diagnostics import Diagnostic, suggest
from exstv.nodes import Mapping, Node, Scalar, describe, key_span


@dataclass(frozen=True)
class Branch:
    """The model to bind a tree to, None where nothing tells; `node` is the tree without what was reported."""

    model: type[BaseModel] | None
    node: Node
    found: tuple[Diagnostic, ...] = ()


def choose(kind: str, node: Node) -> Branch | None:
    """The branch of a kind that has several; None for the other kinds."""
    if kind == "sources":
        return _by_word(node, "type", TYPES, "a source")
    if kind == "schedules":
        return _by_word(node, "kind", KINDS, "a schedule")
    if kind == "policies":
        return _by_key(node)
    return None


def _by_word(node: Node, key: str, models: Names[str, type[BaseModel]], what: str) -> Branch:
    if not isinstance(node, Mapping):
        return Branch(next(iter(models.values())), node)
    chosen = node.get(key)
    if isinstance(chosen, Scalar) and isinstance(chosen.value, str) and chosen.text in models:
        return _without_foreign(node, models, chosen.text, f"{what} of `{key}: {chosen.text}`")
    word = _likely(node, key, models)
    found = _about_word(node, key, models)
    if word is None:
        return Branch(None, node, found)
    said, name = (Scalar(node.head, node.head, text, text) for text in (word, key))
    rest = tuple((other, value) for other, value in node.entries if other.text not in (key, _near(node, key)))
    branch = _without_foreign(Mapping(node.span, node.head, ((name, said), *rest)), models, word, "")
    return Branch(branch.model, branch.node, found)


def _near(node: Mapping, key: str) -> str | None:
    """A key that is nearly the wanted one, which is not there."""
    return next((name.text for name, _ in node.entries if suggest(name.text, (key,))), None)


def _about_word(node: Mapping, key: str, models: Names[str, type[BaseModel]]) -> tuple[Diagnostic, ...]:
    known = ", ".join(f"`{name}`" for name in models)
    chosen = node.get(key)
    if chosen is None:
        # A misspelt key is not also a missing one.
        if near := _near(node, key):
            return (codes.UNKNOWN_KEY.at(key_span(node, near), key=near, help=did_you_mean(key)),)
        return (codes.MISSING_KEY.at(node.head, key=key, help=f"write `{key}:` with one of {known}"),)
    if not isinstance(chosen, Scalar) or not isinstance(chosen.value, str):
        return (codes.WRONG_TYPE.at(chosen.span, expected="one word", found=describe(chosen)),)
    help = did_you_mean(suggest(chosen.text, models))
    return (codes.UNKNOWN_VALUE.at(chosen.span, value=chosen.text, known=known, help=help),)


def _likely(node: Mapping, key: str, models: Names[str, type[BaseModel]]) -> str | None:
    """What a declaration was probably meant to be: by its word, else by its keys."""
    chosen = node.get(key) or node.get(_near(node, key) or key)
    if isinstance(chosen, Scalar) and chosen.text in models:
        return chosen.text
    if isinstance(chosen, Scalar) and (near := suggest(chosen.text, models)):
        return near
    written = {name.text for name, _ in node.entries}
    shared = set.intersection(*(_keys(model) for model in models.values()))
    telling = {name: len(written & (_keys(model) - shared)) for name, model in models.items()}
    best = max(telling, key=lambda name: telling[name])
    return best if telling[best] else None


def _by_key(node: Node) -> Branch:
    if not isinstance(node, Mapping):
        return Branch(next(iter(POLICIES.values())), node)
    key = next((key for key in POLICIES if node.get(key) is not None), None)
    if key is not None:
        return _without_foreign(node, POLICIES, key, f"a policy with `{key}`")
    for wanted in POLICIES:
        if near := _near(node, wanted):
            said = codes.UNKNOWN_KEY.at(key_span(node, near), key=near, help=did_you_mean(wanted))
            return Branch(None, node, (said,))
    first, *others = POLICIES
    help = "or one of " + ", ".join(f"`{name}`" for name in others)
    return Branch(None, node, (codes.MISSING_KEY.at(node.head, key=first, help=help),))


def _without_foreign(node: Mapping, models: Names[str, type[BaseModel]], name: str, what: str) -> Branch:
    """The tree without the keys that only the other models have, each reported if there is a word for it."""
    own = _keys(models[name])
    foreign = {key for model in models.values() for key in _keys(model)} - own
    found = tuple(
        codes.KEY_OF_ANOTHER.at(key, key=key.text, what=what)
        for key, _ in node.entries
        if what and key.text in foreign
    )
    entries = tuple((key, value) for key, value in node.entries if key.text not in foreign)
    kept = node if len(entries) == len(node.entries) else Mapping(node.span, node.head, entries)
    return Branch(models[name], kept, found)


def _keys(model: type[BaseModel]) -> set[str]:
    return known_keys(model, ())
