"""HDHomeRun's ports with real sockets: on the loopback interface, from one to another, nothing broadcast."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest

from exstv.clock import Clock, SystemClock
from runtime.tuner import native_ports, packets
from runtime.tuner.native import Tuner
from runtime.tuner.native_ports import Control, Finding, open_control, open_finding
from runtime.tuner.neighbours import Patience, Reach
from runtime.tuner.packets import Packet

TUNER = Tuner("E5E17005", 4)
WILDCARD = bytes.fromhex("0002000c0104ffffffff0204ffffffff73cc7d8f")
# protocols.md has 9e for the first byte of this CRC, which is not what zlib makes of it.
REPLY = bytes.fromhex(
    "000300490104000000010204e5e170051001042a15687474703a2f2f3132372e302e302e313a353030342721687474703a2f2f31"
    "32372e302e302e313a353030342f6c696e6575702e6a736f6e653f5fbb"
)
MODEL = bytes.fromhex("0004000d030b2f7379732f6d6f64656c008f5b54b5")
LOOPBACK = "127.0.0.1"
Client = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
async def stack() -> AsyncIterator[contextlib.AsyncExitStack]:
    async with contextlib.AsyncExitStack() as opened:
        yield opened
    # What was closed is gone one turn later.
    await asyncio.sleep(0)


class StillClock(SystemClock):
    """A clock that stands."""

    def monotonic(self) -> float:
        return 0.0


async def looking(
    stack: contextlib.AsyncExitStack, listening: str = "0.0.0.0", clock: Clock | None = None
) -> socket.socket:
    """Someone who looks at the discovery port of a server that listens somewhere."""
    finding = Finding(TUNER, Reach(listening, 5004), Patience(clock or SystemClock()))
    port = await open_finding(stack, finding, (LOOPBACK, 0))
    client = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    client.setblocking(False)
    client.connect((LOOPBACK, port))
    return client


async def heard(client: socket.socket) -> bytes:
    return await asyncio.get_running_loop().sock_recv(client, 2000)


async def test_who_looks_is_answered_byte_for_byte(stack: contextlib.AsyncExitStack) -> None:
    client = await looking(stack)
    client.send(WILDCARD)

    assert await heard(client) == REPLY


async def test_rubbish_is_passed_over_in_silence(stack: contextlib.AsyncExitStack) -> None:
    client = await looking(stack)
    for sent in (b"", b"\0" * 1500, WILDCARD[:-1] + b"\x8e", REPLY, MODEL, WILDCARD):
        client.send(sent)

    assert await heard(client) == REPLY
    with pytest.raises(BlockingIOError):
        client.recv(2000)


async def test_a_server_that_this_neighbour_cannot_reach_says_nothing(
    stack: contextlib.AsyncExitStack,
) -> None:
    unreached, reached = await looking(stack, "192.168.250.250"), await looking(stack)
    unreached.send(WILDCARD)
    reached.send(WILDCARD)

    assert await heard(reached) == REPLY
    with pytest.raises(BlockingIOError):
        unreached.recv(2000)


async def test_a_flood_is_answered_twenty_times(stack: contextlib.AsyncExitStack) -> None:
    client, another = await looking(stack, clock=StillClock()), await looking(stack)
    for _ in range(40):
        client.send(WILDCARD)
    for _ in range(20):
        assert await heard(client) == REPLY
    another.send(WILDCARD)

    assert await heard(another) == REPLY
    with pytest.raises(BlockingIOError):
        client.recv(2000)


async def connecting(stack: contextlib.AsyncExitStack) -> Callable[[], Coroutine[Any, Any, Client]]:
    """What connects to a control port."""
    control = Control(TUNER, lambda: (), Patience(SystemClock()))
    port = await open_control(stack, control, (LOOPBACK, 0))

    async def connect() -> Client:
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
        stack.callback(writer.close)
        return reader, writer

    return connect


async def answer(reader: asyncio.StreamReader) -> Packet | None:
    header = await reader.readexactly(packets.HEADER_BYTES)
    return packets.decode(header + await reader.readexactly(packets.following(header)))


async def test_one_connection_is_answered_again_and_again(stack: contextlib.AsyncExitStack) -> None:
    connect = await connecting(stack)
    reader, writer = await connect()
    for portion in (MODEL, MODEL[:3], MODEL[3:9], MODEL[9:]):
        writer.write(portion)
        await writer.drain()

    for _ in range(2):
        found = await answer(reader)
        assert found and found.get(packets.GETSET_VALUE) == b"hdhomerun4_atsc\0"


@pytest.mark.parametrize(
    "sent",
    [MODEL[:-1] + b"\0", struct.pack(">HH", 4, 60_000) + MODEL, WILDCARD],
    ids=["a wrong CRC", "a packet that is too long", "no question"],
)
async def test_who_talks_nonsense_is_let_go_of(stack: contextlib.AsyncExitStack, sent: bytes) -> None:
    connect = await connecting(stack)
    reader, writer = await connect()
    writer.write(sent)

    with contextlib.suppress(ConnectionResetError):
        assert await reader.read() == b""


async def test_who_is_silent_for_long_is_let_go_of(
    stack: contextlib.AsyncExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(native_ports, "_IDLE_SECONDS", 0.05)
    connect = await connecting(stack)
    reader, _writer = await connect()

    assert await reader.read() == b""


async def test_more_than_sixteen_at_once_are_turned_away(stack: contextlib.AsyncExitStack) -> None:
    connect = await connecting(stack)
    held = [await connect() for _ in range(16)]
    for _, writer in held:
        writer.write(MODEL)
    assert all([await answer(reader) for reader, _ in held])
    reader, _writer = await connect()

    assert await reader.read() == b""


async def test_at_the_end_everybody_is_let_go_of() -> None:
    async with contextlib.AsyncExitStack() as serving:
        control = Control(TUNER, lambda: (), Patience(SystemClock()))
        port = await open_control(serving, control, (LOOPBACK, 0))
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
        writer.write(MODEL)
        assert await answer(reader)

    assert await reader.read() == b""
    writer.close()
