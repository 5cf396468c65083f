"""Runs a station's policies and tests on a written timeline: the back edge of `exstv compile --check`.

Only `--check` runs them. A server that recompiles by itself never does: a policy that refused tomorrow's
timeline would leave a channel without one.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path

import msgspec

from compiler.checks.model import Checks, DeadAir, FillerLoad, Policy, Query
from compiler.checks.policies import Finding, dead_air, filler_load, query, repeats
from compiler.checks.rows import Timetable
from compiler.checks.station_tests import check
from compiler.checks.tables import TooSlow, written_tables
from compiler.where import plain
from exstv import codes, duckdb
from exstv.diagnostics import Diagnostic

MAX_FINDINGS = 10
"""Findings of one policy that are reported one by one."""


def run_checks(checks: Checks, path: Path) -> list[Diagnostic]:
    """What the timeline in a file does not hold; nothing is opened where nothing is to be checked."""
    if not checks:
        return []
    with written_tables(path) as connection:
        timetable = Timetable(connection, checks.nodes)
        found = [
            each for policy in checks.policies for each in _capped(_findings(policy, timetable, connection))
        ]
        shows = dict(checks.shows)
        return [*found, *(each for test in checks.tests for each in check(test, timetable, shows))]


def _findings(
    policy: Policy, timetable: Timetable, connection: duckdb.DuckDBPyConnection
) -> Iterator[Finding]:
    rule = policy.rule
    if isinstance(rule, DeadAir):
        yield from dead_air(policy, rule, timetable)
    elif isinstance(rule, FillerLoad):
        yield from filler_load(policy, rule, timetable)
    elif isinstance(rule, Query):
        try:
            yield from query(policy, rule, timetable, connection)
        except (duckdb.Error, TooSlow) as error:
            reason = plain(str(error))
            yield partial(codes.POLICY_FAILED.at, policy.where, name=policy.name, reason=reason)
    else:
        yield from repeats(policy, rule, timetable)


def _capped(findings: Iterator[Finding]) -> list[Diagnostic]:
    """The first of them; the last one says how many are left."""
    shown = [finding() for finding in islice(findings, MAX_FINDINGS)]
    left = sum(1 for _ in findings)
    if left:
        shown[-1] = msgspec.structs.replace(shown[-1], note=f"and {left} more of this policy")
    return shown
