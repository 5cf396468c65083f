"""Questions to sources, some of which never answer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from runtime.asking import MOST_A_SOURCE, Asker, NoAnswer


@pytest.fixture
def back() -> Iterator[threading.Event]:
    """Set when the source that hangs comes back."""
    event = threading.Event()
    yield event
    event.set()


def soon(seconds: float = 60) -> float:
    return asyncio.get_running_loop().time() + seconds


async def test_an_answer_is_given_and_what_went_wrong_is_raised() -> None:
    asker = Asker()
    assert await asker.ask("films", lambda: "a.mkv", soon()) == "a.mkv"
    with pytest.raises(KeyError):
        await asker.ask("films", lambda: {}["b"], soon())


async def test_what_does_not_answer_holds_up_neither_another_source_nor_the_servers_own_threads(
    back: threading.Event,
) -> None:
    asker = Asker()
    asked = [asker.ask("dead", back.wait, soon(0.05)) for _ in range(MOST_A_SOURCE)]
    for answer in await asyncio.gather(*asked, return_exceptions=True):
        assert isinstance(answer, NoAnswer) and str(answer) == "the source `dead` does not answer"
    assert await asker.ask("films", lambda: "a.mkv", soon()) == "a.mkv"
    assert await asyncio.to_thread(lambda: "read") == "read"


async def test_a_source_of_which_too_many_threads_hang_is_asked_again_when_one_comes_back(
    back: threading.Event,
) -> None:
    asker = Asker()
    begun: list[int] = []

    def hang(n: int) -> int:
        begun.append(n)
        back.wait()
        return n

    hanging = [
        asyncio.create_task(asker.ask("dead", lambda n=n: hang(n), soon())) for n in range(MOST_A_SOURCE)
    ]  # type: ignore[misc]
    while len(begun) < MOST_A_SOURCE:
        await asyncio.sleep(0.01)
    with pytest.raises(NoAnswer):
        await asker.ask("dead", lambda: hang(-1), soon(0.05))
    assert -1 not in begun
    back.set()
    assert await asker.ask("dead", lambda: hang(-2), soon()) == -2
    assert await asyncio.gather(*hanging) == list(range(MOST_A_SOURCE))


async def test_who_has_gone_is_told_nothing(back: threading.Event) -> None:
    asker = Asker()
    asking = asyncio.create_task(asker.ask("dead", back.wait, soon()))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    back.set()
    assert await asker.ask("dead", lambda: 1, soon()) == 1
