"""The station in numbers, for Prometheus: made anew of each snapshot, so that no number lives twice.

Pure. Labels are the station's own words (channel, exit kind, …), never a viewer's: their number is bounded.
docs/api.md lists each metric, and a test holds the list to this file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from exstv import __version__
from exstv.asrun.entry import Outcome
from exstv.diagnostics import Severity
from exstv.followed import Followed
from exstv.timeline.model import Header
from exstv.units import SECOND_MS
from runtime.process.breaker import Circuit
from runtime.process.states import ExitKind
from runtime.status import (
    BreakerStatus,
    ChannelStatus,
    PlayerState,
    PoolStatus,
    ReloadStatus,
    RuntimeStatus,
    SyncStatus,
)


@dataclass(frozen=True)
class Snapshot(Collector):
    """What is told at one instant."""

    now_ms: int
    header: Header
    status: RuntimeStatus

    def collect(self) -> Iterator[Metric]:
        """Every metric."""
        status = self.status
        yield _gauge(
            "exstv_up_seconds", "Since the server started.", _seconds(self.now_ms, status.started_ms)
        )
        yield from _timeline(self.header, self.now_ms)
        yield from _channels(status.channels)
        yield from _breakers(status.breakers)
        yield _count("exstv_restarts", "Tries of what had failed, over all channels.", status.restarts)
        yield _gauge(
            "exstv_tuners_in_use",
            "Tuners that a channel holds.",
            sum(each is not None for each in status.tuners),
        )
        yield _gauge("exstv_catch_up_sessions", "Who watches another time than now.", len(status.catch_ups))
        if status.pool is not None:
            yield from _pool(status.pool)
        yield from _as_run(status)
        yield from _reload(status.reload, status.reload_failures)
        if status.rescan is not None:
            yield _gauge("exstv_rescan_ok", "1 where the last one was.", float(status.rescan.ok))
            age = _seconds(self.now_ms, status.rescan.at_ms)
            yield _gauge("exstv_rescan_age_seconds", "Since the last scan of all sources.", age)
        yield _gauge("exstv_pinned", "1 where a version is pinned.", float(status.pin is not None))
        if status.sync is not None:
            yield from _git(status.sync, self.now_ms)


def _timeline(header: Header, now_ms: int) -> Iterator[Metric]:
    told = {"version": __version__, "station": header.station, "digest": header.digest}
    yield InfoMetricFamily("exstv", "What runs, and what it plays.", {**told, "commit": header.commit or ""})
    yield _gauge("exstv_timeline_version", "Of the timeline on air.", header.version)
    age = _seconds(now_ms, header.built_at_ms)
    yield _gauge("exstv_timeline_age_seconds", "Since the timeline on air was made.", age)
    left = _seconds(header.finish_ms, now_ms)
    yield _gauge("exstv_horizon_left_seconds", "Until the timeline on air ends; below 0: it has.", left)


def _channels(channels: Mapping[str, ChannelStatus]) -> Iterator[Metric]:
    on_air = sum(each.state is not PlayerState.IDLE for each in channels.values())
    yield _gauge("exstv_channels", "Channels of the line-up.", len(channels))
    yield _gauge("exstv_channels_on_air", "Channels that send.", on_air)
    yield _gauges(
        "exstv_channel_on_plan",
        "1 where a channel sends what the plan wants, 0 where something stands in for it.",
        {
            key: float(each.step.planned or (each.item is not None and each.item.media_id is None))
            for key, each in channels.items()
            if each.step is not None
        },
    )
    viewers = {key: each.viewers for key, each in channels.items()}
    yield _gauges("exstv_viewers", "Who watches what is on now, by any protocol.", viewers)
    late = {key: each.late_ms / SECOND_MS for key, each in channels.items() if each.late_ms is not None}
    yield _gauges("exstv_lateness_seconds", "By how much viewers see the plan later than it says.", late)
    sent = {key: each.sent_bytes for key, each in channels.items()}
    yield _counts("exstv_sent_bytes", "Of streams, to all who watch what is on now.", "channel", sent)


def _breakers(breakers: tuple[BreakerStatus, ...]) -> Iterator[Metric]:
    name, words = "exstv_breaker_state", "1 for the state in which a channel's circuit breaker is."
    states = GaugeMetricFamily(name, words, labels=("channel", "state"))
    for breaker in breakers:
        for state in Circuit:
            states.add_metric((breaker.channel, state.value), float(breaker.circuit is state))
    yield states
    failed = {breaker.channel: breaker.failed for breaker in breakers}
    yield _counts(
        "exstv_channel_failures", "Items that failed on air or before their turn.", "channel", failed
    )


def _pool(pool: PoolStatus) -> Iterator[Metric]:
    yield _gauge("exstv_processes", "Child processes that run.", pool.running)
    yield _gauge("exstv_processes_waiting", "Processes that wait for a place.", pool.waiting)
    yield _count("exstv_spawns", "Processes that were started.", pool.spawned)
    exits = {kind.value.replace(" ", "_"): pool.exits.get(kind.value, 0) for kind in ExitKind}
    yield _counts("exstv_process_exits", "Processes that ended, by why.", "kind", exits)
    left = pool.resources
    yield _gauge("exstv_machine_memory_bytes", "Of the machine: the memory guard's whole.", left.memory_total)
    used = "Of it, what is in use: what the memory guard looks at."
    yield _gauge("exstv_machine_memory_used_bytes", used, left.memory_used)
    yield _gauge("exstv_open_fds", "Of the server: what the descriptor guard looks at.", left.fds_open)
    if left.fd_limit is not None:
        yield _gauge("exstv_max_fds", "Most that the server may open.", left.fd_limit)


def _as_run(status: RuntimeStatus) -> Iterator[Metric]:
    outcomes = {outcome.value: status.as_run.outcomes.get(outcome.value, 0) for outcome in Outcome}
    yield _counts("exstv_as_run_entries", "Stretches that went out, by how they ended.", "outcome", outcomes)
    yield _gauge("exstv_as_run_waiting", "Entries that are not on the disk yet.", status.as_run.waiting)
    yield _count("exstv_as_run_lost", "Entries that the disk did not take in time.", status.as_run.given_up)


def _reload(reload: ReloadStatus | None, failures: int) -> Iterator[Metric]:
    yield _count("exstv_reload_failures", "Compiles by the server that were not put on air.", failures)
    if reload is None:
        return
    yield _gauge("exstv_reload_ok", "1 where the last one was.", float(reload.ok))
    name, words = "exstv_diagnostics", "What the compiler said of the last edit."
    family = GaugeMetricFamily(name, words, labels=("severity",))
    for severity in Severity:
        number = sum(each.severity is severity for each in reload.diagnostics)
        family.add_metric((severity.value,), number)
    yield family


def _git(sync: SyncStatus, now_ms: int) -> Iterator[Metric]:
    yield _count("exstv_git_fetches", "Looks at the repository that is followed.", sync.fetches)
    yield _count("exstv_git_failures", "Those that failed.", sync.failures)
    if sync.fetched_ms is not None:
        age = _seconds(now_ms, sync.fetched_ms)
        yield _gauge("exstv_git_age_seconds", "Since the last look that did not fail.", age)
    name, words = "exstv_git_commit_state", "1 for what became of the branch's newest commit."
    states = GaugeMetricFamily(name, words, labels=("state",))
    for state in Followed:
        states.add_metric((state.value,), float(sync.state is state))
    yield states


def _seconds(later_ms: int, earlier_ms: int) -> float:
    return (later_ms - earlier_ms) / SECOND_MS


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=value)


def _gauges(name: str, words: str, by_channel: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, words, labels=("channel",))
    for channel, value in by_channel.items():
        family.add_metric((channel,), value)
    return family


def _count(name: str, words: str, value: float) -> Metric:
    return CounterMetricFamily(name, words, value=value)


def _counts(name: str, words: str, label: str, values: Mapping[str, float]) -> Metric:
    family = CounterMetricFamily(name, words, labels=(label,))
    for of, value in values.items():
        family.add_metric((of,), value)
    return family
