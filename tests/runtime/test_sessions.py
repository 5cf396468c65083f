"""Which channel holds which tuner, and for how long."""

from __future__ import annotations

import pytest

from runtime.fanout import Fanout
from runtime.sessions import (
    TUNER_GRACE_SECONDS,
    AllTunersInUse,
    Follower,
    Limits,
    Session,
    SessionManager,
    TooManyViewers,
)


class FakeClock:
    """A clock that a test moves."""

    seconds = 0.0

    def now_ms(self) -> int:
        return round(self.seconds * 1000)

    def monotonic(self) -> float:
        return self.seconds


ME, OTHER = "127.0.0.1", "10.0.0.9"


def tune(sessions: SessionManager, channel: str, *, tuner: bool = True, client: str = ME) -> Session:
    return sessions.open(channel, Fanout().join(), tuner=tuner, client=client)


def test_all_viewers_of_a_channel_share_its_tuner() -> None:
    sessions = SessionManager(FakeClock(), Limits(tuner_count=2))
    for channel in ("a", "a", "b", "a"):
        tune(sessions, channel)
    tune(sessions, "c", tuner=False)

    assert sessions.tuners() == ["a", "b"]
    assert [sessions.take_tuner(channel, ME) for channel in ("a", "b")] == [0, 1]
    with pytest.raises(AllTunersInUse):
        sessions.take_tuner("c", ME)


def test_a_tuner_is_held_for_a_grace_and_then_free() -> None:
    clock = FakeClock()
    sessions = SessionManager(clock, Limits(tuner_count=1))
    sessions.close(tune(sessions, "a"))

    clock.seconds = TUNER_GRACE_SECONDS - 0.1
    assert sessions.take_tuner("a", ME) == 0
    with pytest.raises(AllTunersInUse):
        tune(sessions, "b", client=OTHER)
    clock.seconds = TUNER_GRACE_SECONDS
    tune(sessions, "b", client=OTHER)
    assert sessions.tuners() == ["b"]


def test_a_client_that_changes_channels_takes_its_tuner_along() -> None:
    sessions = SessionManager(FakeClock(), Limits(tuner_count=2))
    shared = tune(sessions, "a", client=OTHER)
    mine = tune(sessions, "a")
    tune(sessions, "b", client=OTHER)
    sessions.close(mine)
    # Somebody else still watches it.
    with pytest.raises(AllTunersInUse):
        tune(sessions, "c")
    sessions.close(shared)
    # It was left by somebody else, who may come back.
    with pytest.raises(AllTunersInUse):
        tune(sessions, "c")
    assert sessions.take_tuner("c", OTHER) == 0
    assert sessions.tuners() == ["a", "b"]
    tune(sessions, "c", client=OTHER)
    assert sessions.tuners() == ["c", "b"]


def test_a_channel_keeps_its_number_when_another_tuner_falls_free() -> None:
    clock = FakeClock()
    sessions = SessionManager(clock, Limits(tuner_count=3))
    first = tune(sessions, "a")
    tune(sessions, "b")
    sessions.close(first)
    clock.seconds = TUNER_GRACE_SECONDS

    assert sessions.tuners() == [None, "b", None]
    assert [sessions.take_tuner(channel, ME) for channel in ("b", "c")] == [1, 0]
    tune(sessions, "c")
    assert sessions.tuners() == ["c", "b", None]


def test_asking_for_a_tuner_takes_none() -> None:
    sessions = SessionManager(FakeClock(), Limits(tuner_count=1))

    assert [sessions.take_tuner(channel, ME) for channel in ("a", "b")] == [0, 0]
    assert sessions.tuners() == [None]


def test_so_many_may_watch_and_so_many_of_one_address() -> None:
    sessions = SessionManager(FakeClock(), Limits(viewers=3, viewers_per_client=2))
    first, _ = tune(sessions, "one"), tune(sessions, "two", tuner=False)
    with pytest.raises(TooManyViewers, match=r"server\.max_viewers_per_client"):
        sessions.admit("127.0.0.1")
    # A player of HLS counts, whatever it calls itself.
    sessions.follow(Follower("one", "10.0.0.2", "VLC"))
    with pytest.raises(TooManyViewers, match=r"server\.max_viewers "):
        sessions.admit("10.0.0.3")
    sessions.close(first)
    sessions.admit("127.0.0.1")
