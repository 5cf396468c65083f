"""Documents to Checks: names become what they stand for, and a policy's SQL is looked at before it runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from compiler.checks.model import (
    NOTHING_TO_CHECK,
    Checks,
    DeadAir,
    Expected,
    FillerLoad,
    Policy,
    Query,
    Repeat,
    StationTest,
)
from compiler.checks.sql import problems
from compiler.checks.tables import empty_tables
from compiler.documents.declared import Declared, Documents
from compiler.documents.loop import LoopDocument, WaitUntilDocument
from compiler.documents.policies import (
    DeadAirPolicyDocument,
    FillerPolicyDocument,
    PolicyDocument,
    RepeatPolicyDocument,
    SqlPolicyDocument,
)
from compiler.documents.slots import SlotsDocument
from compiler.documents.station_tests import TestDocument
from compiler.findings import Findings
from compiler.library import Library
from exstv import codes
from exstv.codes import did_you_mean
from exstv.diagnostics import Severity, suggest
from exstv.nodes import Node, Scalar, at


def resolve_checks(documents: Documents, library: Library, findings: Findings) -> Checks:
    """The checks of a station; what is wrong with them goes to `findings`, and is left out."""
    return _Resolver(documents, library, findings).resolve()


class _Resolver:
    def __init__(self, documents: Documents, library: Library, findings: Findings) -> None:
        self._documents = documents
        self._library = library
        self._findings = findings

    def resolve(self) -> Checks:
        policies = tuple(self._policies())
        tests = tuple(found for each in self._documents.tests if (found := self._test(each)))
        if not policies and not tests:
            return NOTHING_TO_CHECK
        return Checks(policies, tests, tuple(_nodes(self._documents)), self._shows(tests))

    def _policies(self) -> Iterator[Policy]:
        queries = []
        for declared in self._documents.policies.values():
            document, node = declared.document, declared.node
            rule = self._rule(document, node) if document and node else None
            if document is None or node is None or rule is None:
                continue
            where = at(node, _key(document))
            if isinstance(rule, Query) and isinstance(where, Scalar):
                queries.append(where)
            severity = Severity(document.severity)
            yield Policy(declared.name, severity, declared.span, where.span, rule)
        self._check(queries)

    def _rule(self, document: PolicyDocument, node: Node) -> DeadAir | Query | Repeat | FillerLoad | None:
        if isinstance(document, DeadAirPolicyDocument):
            return DeadAir(document.max, frozenset(_declared(self._documents)))
        if isinstance(document, FillerPolicyDocument):
            return FillerLoad(document.max_filler_per_hour)
        if isinstance(document, RepeatPolicyDocument):
            items = self._library.get(document.collection, at(node, "collection"))
            return (
                None if items is None else Repeat(document.min_repeat, frozenset(each.id for each in items))
            )
        return Query(document.sql) if isinstance(document, SqlPolicyDocument) else None

    def _check(self, queries: list[Scalar]) -> None:
        if not queries:
            return
        with empty_tables() as connection:
            for sql in queries:
                self._findings.add(*problems(connection, sql))

    def _test(self, declared: Declared[TestDocument]) -> StationTest | None:
        document, node = declared.document, declared.node
        if document is None or node is None or not self._knows_channel(document.channel, at(node, "channel")):
            return None
        wanted = document.expect.model_dump(exclude_none=True)
        expected = [self._expected(key, value, at(node, "expect", key)) for key, value in wanted.items()]
        found = tuple(each for each in expected if each is not None)
        return StationTest(document.channel, document.at, node.span, found)

    def _expected(self, key: str, wanted: Any, node: Node) -> Expected | None:
        """What one key asks for; a name that nothing has is reported, and not asked for."""
        if key == "collection":
            items = self._library.get(wanted, node)
            return (items and Expected(key, wanted, node.span, frozenset(each.id for each in items))) or None
        if key == "schedule" and not self._library.names.schedule(wanted, node):
            return None
        return Expected(key, wanted, node.span)

    def _knows_channel(self, name: str, node: Node) -> bool:
        known = self._documents.channels
        if name in known:
            return True
        if "channels" not in self._documents.broken:
            near = suggest(name, known)
            also = [(known[near].span, "a similar name is declared here")] if near else []
            help = did_you_mean(near)
            self._findings.add(codes.UNKNOWN_CHANNEL.at(node.span, also=also, help=help, name=name))
        return False

    def _shows(self, tests: tuple[StationTest, ...]) -> tuple[tuple[str, str], ...]:
        if not any(expected.key == "show" for test in tests for expected in test.expected):
            return ()
        return tuple((item.id, item.show) for item in self._library.catalog.items if item.show)


def _key(document: PolicyDocument) -> str:
    """The key that tells what a policy checks."""
    return next(key for key in type(document).model_fields if key not in ("severity", "collection"))


def _declared(documents: Documents) -> Iterator[tuple[str, ...]]:
    """Runs of names in the rule of an item, of places that say that the fallback is to play."""
    for name, schedule in documents.schedules.items():
        document = schedule.document
        if isinstance(document, LoopDocument):
            waits = (each for each in document.items if isinstance(each, WaitUntilDocument))
            yield from ((wait.name or "wait_until",) for wait in waits)
        elif isinstance(document, SlotsDocument):
            slots = (slot for slot in document.slots if slot.padding == "none")
            yield from ((name, slot.name or slot.schedule or slot.play or "") for slot in slots)


def _nodes(documents: Documents) -> Iterator[Node]:
    """Everything that can put something on the air."""
    for kind in (documents.channels, documents.schedules, documents.filler):
        yield from (each.node for each in kind.values() if each.node is not None)
    if documents.station is not None and documents.station.node is not None:
        yield documents.station.node
