"""Many viewers in one process, as crowd.c for machines without a C compiler: the same words in, the same out.

`python crowd_client.py PORT SETTLE_S WINDOW_S PATH VIEWERS [PATH VIEWERS ...]`

Slower than the native one: of each portion that comes it looks at the first clock value (PCR) only, which is
the one that has waited longest.
"""

from __future__ import annotations

import asyncio
import sys
import time

PACKET = 188
HEAD_END = b"\r\n\r\n"


class Viewer(asyncio.Protocol):
    """One viewer: bytes that came in the window, and how far its clock values lay behind ours."""

    def __init__(self, path: str) -> None:
        self._request = f"GET {path} HTTP/1.0\r\n\r\n".encode()
        self._head: bytes | None = b""
        self._rest = b""
        self.measuring = False
        self.bytes = 0
        self._least, self._most = float("inf"), float("-inf")

    @property
    def late(self) -> float:
        """Seconds from the earliest to the latest."""
        return max(0.0, self._most - self._least)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        at = time.monotonic()
        if self._head is not None:
            self._head += data
            if HEAD_END not in self._head:
                return
            data, self._head = self._head.partition(HEAD_END)[2], None
        if self.measuring:
            self.bytes += len(data)
        data = self._rest + data
        whole = len(data) // PACKET * PACKET
        self._rest = data[whole:]
        if self.measuring and (clock := first_clock(data, whole)) is not None:
            self._least = min(self._least, at - clock)
            self._most = max(self._most, at - clock)


def first_clock(data: bytes, size: int) -> float | None:
    """The first clock value of some packets, in seconds."""
    for at in range(0, size, PACKET):
        if data[at + 3] & 0x20 and data[at + 4] >= 7 and data[at + 5] & 0x10:
            return (int.from_bytes(data[at + 6 : at + 11], "big") >> 7) / 90_000
    return None


def say(words: str) -> None:
    """Tells whoever started this, at once."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


async def watch(port: int, settle: float, window: float, asked: list[str]) -> None:
    """Joins, waits, measures, tells."""
    loop = asyncio.get_running_loop()
    viewers = [
        Viewer(path) for path, count in zip(asked[::2], asked[1::2], strict=True) for _ in range(int(count))
    ]
    for viewer in viewers:
        await loop.create_connection(lambda viewer=viewer: viewer, "127.0.0.1", port)
    say("joined")
    await asyncio.sleep(settle)
    for viewer in viewers:
        viewer.measuring = True
    say("measuring")
    await asyncio.sleep(window)
    served = sum(1 for viewer in viewers if viewer.bytes > 0)
    total, latest = sum(viewer.bytes for viewer in viewers), max(viewer.late for viewer in viewers)
    say(f"{served} {total} {1000 * latest:.1f}")


if __name__ == "__main__":
    port_word, settle_word, window_word, *asked_words = sys.argv[1:]
    asyncio.run(watch(int(port_word), float(settle_word), float(window_word), asked_words))
