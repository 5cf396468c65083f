"""What pages that stay open are told, by whom, and for how long."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from litestar import Litestar

from runtime.events import MOST_LISTENERS, Events, TooManyListeners
from runtime.routes import events as route
from runtime.status import ChannelStatus, PlayerState, ReloadStatus, RuntimeStatus


@dataclass
class Desk:
    """A runtime that says what a test lets it say."""

    seconds: float = 0.0
    viewers: dict[str, int] = field(default_factory=lambda: {"alpha": 0, "beta": 1})
    reload: ReloadStatus | None = None
    asked: int = 0
    slow_seconds: float = 0.05

    def __post_init__(self) -> None:
        self.events = Events(self, self.status, lambda: 3, self.slow_seconds)

    def now_ms(self) -> int:
        return int(self.seconds * 1000)

    def monotonic(self) -> float:
        return self.seconds

    def status(self) -> RuntimeStatus:
        self.asked += 1
        channels = {
            key: ChannelStatus(channel=key, state=PlayerState.IDLE, viewers=viewers)
            for key, viewers in self.viewers.items()
        }
        return RuntimeStatus(channels=channels, reload=self.reload, started_ms=0)


def read(message: bytes) -> dict[str, Any]:
    assert message.startswith(b"data: ") and message.endswith(b"\n\n") and message.count(b"\n") == 2
    found: dict[str, Any] = json.loads(message[6:])
    return found


async def test_the_first_message_tells_all_and_the_next_what_changed() -> None:
    desk = Desk()
    with desk.events.listener() as messages:
        first = read(await anext(messages))
        assert first["revision"] == 3 and set(first["channels"]) == {"alpha", "beta"}
        idle = {"state": "idle", "viewers": 1, "step": None, "seq": None, "trouble": None}
        assert first["channels"]["beta"] == idle
        desk.seconds, desk.viewers = 1.5, {"alpha": 0, "gamma": 2}
        assert read(await anext(messages))["channels"] == {"beta": None, "gamma": idle | {"viewers": 2}}
        desk.seconds, desk.reload = 3, ReloadStatus(ok=False, at_ms=0)
        said = read(await anext(messages))
        assert said == {"revision": 3, "reload": {"ok": False, "at": "1970-01-01T00:00:00.000Z"}}
        # Nothing happens for long: a comment says that somebody is there.
        desk.seconds = 60
        assert await anext(messages) == b":\n\n"


async def test_those_who_listen_share_one_snapshot_a_second_and_nobody_costs_nothing() -> None:
    desk = Desk()
    assert desk.asked == 0
    with desk.events.listener() as one, desk.events.listener() as two:
        told = [await anext(one), await anext(two)]
        assert told[0] == told[1] and desk.asked == 1 and desk.events.listeners == 2
    assert desk.events.listeners == 0


async def test_the_end_comes_at_once_and_nobody_is_let_in_any_more() -> None:
    desk = Desk()
    with desk.events.listener() as messages:
        await anext(messages)
        waiting = asyncio.create_task(anext(messages, None))
        await asyncio.sleep(0)
        desk.events.end()
        assert await waiting is None
    with pytest.raises(TooManyListeners), desk.events.listener():
        pass


class Client:
    """An ASGI client that takes what it is sent until `full`, and then nothing."""

    def __init__(self, desk: Desk, full: int = 1000) -> None:
        self.app = Litestar(route.HANDLERS, openapi_config=None, logging_config=None)
        self.app.state.events = desk.events
        self.sent: list[dict[str, Any]] = []
        self.full, self.was_cut = full, False
        self.gone = asyncio.Event()

    async def get(self, method: str = "GET") -> None:
        scope = {
            "type": "http",
            "method": method,
            "path": "/events",
            "raw_path": b"/events",
            "root_path": "",
            "query_string": b"",
            "headers": [],
            "client": ("192.0.2.7", 1),
            "server": ("tv", 80),
            "scheme": "http",
            "http_version": "1.1",
            "asgi": {"version": "3.0"},
            "extensions": {},
            "state": {"exstv_connection": lambda: self},
        }
        await self.app(scope, self.receive, self.send)  # type: ignore[arg-type]

    def cut(self) -> None:
        self.was_cut = True

    async def receive(self) -> Any:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if len(self.sent) >= self.full:
            await asyncio.Event().wait()
        self.sent.append(message)
        if self.full == len(self.sent) == 2:
            self.gone.set()


async def test_a_client_that_takes_nothing_is_cut_off() -> None:
    desk = Desk()
    client = Client(desk, full=1)
    await client.get()
    assert client.was_cut and [message["type"] for message in client.sent] == ["http.response.start"]
    assert desk.events.listeners == 0


async def test_a_client_that_goes_is_let_go() -> None:
    desk = Desk()
    client = Client(desk, full=2)
    await client.get()
    assert not client.was_cut and desk.events.listeners == 0
    assert read(client.sent[1]["body"])["revision"] == 3


async def test_too_many_are_refused_and_a_question_about_it_costs_nothing() -> None:
    desk = Desk()
    desk.events.listeners = MOST_LISTENERS
    for method, status in (("GET", 503), ("HEAD", 200), ("POST", 405)):
        client = Client(desk)
        await client.get(method)
        assert client.sent[0]["status"] == status
    assert desk.asked == 0
