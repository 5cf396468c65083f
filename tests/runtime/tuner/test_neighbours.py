"""Who is answered, with which address, and how often."""

from __future__ import annotations

import pytest

from runtime.tuner.neighbours import Patience, Reach, is_discoverable, is_near


class StillClock:
    """A clock that a test moves."""

    seconds = 0.0

    def now_ms(self) -> int:
        return 0

    def monotonic(self) -> float:
        return self.seconds


@pytest.mark.parametrize(
    "address", ["10.0.0.1", "172.16.0.1", "172.31.255.254", "192.168.1.2", "169.254.9.9", "127.0.0.1"]
)
def test_a_house_s_own_addresses_are_near(address: str) -> None:
    assert is_near(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "172.32.0.1", "192.169.0.1", "0.0.0.0", "255.255.255.255", "::1", "fe80::1", "tv"]
)
def test_everything_else_is_not(address: str) -> None:
    assert not is_near(address)


def test_a_server_for_this_machine_alone_cannot_be_found() -> None:
    found = {
        host: is_discoverable(host)
        for host in ("0.0.0.0", "::", "192.168.1.2", "127.0.0.1", "::1", "fd00::1")
    }

    assert [host for host, yes in found.items() if yes] == ["0.0.0.0", "::", "192.168.1.2"]


@pytest.mark.parametrize("listening", ["0.0.0.0", "::", "127.0.0.1"])
def test_each_neighbour_is_told_the_address_that_faces_it(listening: str) -> None:
    assert Reach(listening, 8411).base_url("127.0.0.1") == "http://127.0.0.1:8411"


def test_a_stranger_or_one_on_another_network_is_told_none() -> None:
    assert Reach("0.0.0.0", 8411).base_url("8.8.8.8") is None
    assert Reach("192.168.250.250", 8411).base_url("127.0.0.1") is None


def test_it_is_never_announced_to_this_machine_alone() -> None:
    assert "127.0.0.1" not in Reach("0.0.0.0", 8411).own_addresses()
    assert Reach("127.0.0.1", 8411).own_addresses() == []


def test_a_source_is_answered_twenty_times_at_once_and_then_five_a_second() -> None:
    clock = StillClock()
    patience = Patience(clock)

    assert [patience.take("10.0.0.1") for _ in range(22)] == [True] * 20 + [False] * 2
    assert patience.take("10.0.0.2")
    clock.seconds = 1.0
    assert [patience.take("10.0.0.1") for _ in range(6)] == [True] * 5 + [False]


def test_a_flood_of_sources_is_not_remembered() -> None:
    patience = Patience(StillClock())
    for number in range(3000):
        patience.take(f"10.0.{number // 250}.{number % 250}")

    assert len(patience) == 1024
