"""What the keys of one document demand of each other: a key that would do nothing is a mistake.

Each rule looks at a tree, so that it points at keys, and works on documents that did not bind as well.
"""

from __future__ import annotations

from collections.abc import Callable

from compiler.documents.days import DayRuleDocument
from compiler.documents.station_tests import ExpectDocument
from compiler.rules.collections import check_collection
from compiler.rules.filler import check_places, check_preset
from compiler.rules.profiles import check_profile
from compiler.rules.schedules import check_event, check_schedule
from compiler.rules.sources import check_source
from compiler.rules.words import Found, decides, listed
from exstv.diagnostics import Diagnostic
from exstv.nodes import Mapping, Node

_DAY_WORDS = tuple(key for key in DayRuleDocument.model_fields if key != "priority")


def check(kind: str, node: Node) -> list[Diagnostic]:
    """The rules of a kind, for one document."""
    rule = _RULES.get(kind)
    if rule is None or not isinstance(node, Mapping):
        return []
    return list(rule(node))


def _station(node: Mapping) -> Found:
    defaults = node.get("defaults")
    if isinstance(defaults, Mapping):
        yield from check_places(defaults)


def _channel(node: Mapping) -> Found:
    yield from check_places(node)
    for rule in listed(node.get("calendar")):
        yield from decides(rule, "this rule", _DAY_WORDS)
    for event in listed(node.get("events")):
        yield from check_event(event)


def _test(node: Mapping) -> Found:
    expect = node.get("expect")
    if isinstance(expect, Mapping):
        yield from decides(expect, "this test", ExpectDocument.model_fields)


_RULES: dict[str, Callable[[Mapping], Found]] = {
    "station": _station,
    "channels": _channel,
    "filler": check_preset,
    "profiles": check_profile,
    "schedules": check_schedule,
    "collections": check_collection,
    "sources": check_source,
    "tests": _test,
}
