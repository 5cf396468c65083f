"""Requests as nobody's player makes them: at random from a seed, as bytes for a socket.

`conversations` gives what one connection sends each; `talk` sends it and tells what came back. Streams are
asked for by HEAD alone, or by numbers that no channel has: what would play is no part of this.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from urllib.parse import quote

PATIENCE_SECONDS = 120.0
"""Only ends a hang."""
ROOTS = (
    "",
    *["/iptv/logo", "/iptv/artwork", "/iptv/channel", "/iptv", "/channels", "/auto"],
    *["/tuner/0", "/hdhomerun", "/static"],
)
COSTLY = [
    "/",
    "/guide",
    "/setup",
    "/channels/1",
    "/api/v1/now",
    "/api/v1/guide",
    "/api/v1/channels/1/items",
    "/metrics",
]
CHEAP = [
    "/channels/99",
    "/iptv/channels.m3u",
    "/iptv/xmltv.xml.gz",
    "/discover.json",
    "/lineup.json",
    "/lineup.xml",
    "/device.xml",
    "/status.json",
    "/hdhomerun/discover.json",
    "/api/v1/channels",
    "/api/v1/sources",
    "/schema",
    "/healthz",
    "/readyz",
    "/static/live.js",
    "/iptv/logo/a.png",
    "/iptv/artwork/0123456789abcdef0123456789abcdef",
    "/iptv/channel/99.ts",
    "/iptv/channel/1/x.ts",
]
ADDRESSES = (*COSTLY, *(CHEAP * 6))
UPWARDS = [
    "..",
    "%2e%2e",
    "%2E.",
    "..%2f",
    "..%5c",
    "%252e%252e",
    "%c0%ae%c0%ae",
    "....//",
    "..;",
    "%00",
    ".%00.",
]
TARGETS = ["etc/passwd", "station.yaml", "config.yaml", "secret.txt", ".exstv/device_id", "proc/self/environ"]
METHODS = (
    *["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "PATCH", "CONNECT", "POST", "get", "@"],
    "G" * 300,
)
HOSTS = (
    *["evil.example", "tv.local.evil.example", "user@tv.local", "[::1", "127.0.0.1:x", "\x7f", "é", "%41"],
    *["127.0.0.1", "[::1]:80", "localhost:1", "tv.lan"],
    *("", "a b", "x" * 300, "tv.local, evil.example"),
)
RANGES = (
    *["bytes=0-", "bytes=-0", "bytes=9-1", "lines=1-2"],
    "bytes=" + "0-1," * 200,
    "bytes=-" + "9" * 40,
    "\t",
)
TEXTS = (
    *["0", "-1", "NaN", "%00", "%ff", "é", "{{7*7}}", "<script>", "\\", "%0d%0aX-A:1"],
    *("", "9" * 40, "'; drop table media"),
)
PARAMETERS = ("limit", "from", "to", "cursor", "at", "group", "type", "duration", "nonsense", "%")
LEAKS = re.compile(rb"root:x?:0|CANARY-|PATH=/|https?://evil")
"""What must be in no answer: files of the machine and of the station, and addresses made of a Host."""


@dataclass(frozen=True)
class Said:
    """What came back on one connection."""

    statuses: tuple[int, ...]
    data: bytes


@dataclass(frozen=True)
class Conversation:
    """What one connection sends; what is no whole request ends only when the client does."""

    sent: bytes
    is_whole: bool


def conversations(seed: int, requests: int) -> Iterator[Conversation]:
    """So many requests, some to a connection."""
    random = Random(seed)
    while requests > 0:
        make = random.choice(KINDS)
        several = min(requests, random.randint(4, 12)) if make in MANNERLY else 1
        sent = b"".join(make(random, n == several - 1) for n in range(several))
        yield Conversation(sent, make not in UNFINISHED)
        requests -= several


async def talk(port: int, conversation: Conversation) -> Said:
    """Says it, and listens to the end."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        data = bytearray()
        try:
            writer.write(conversation.sent)
            if not conversation.is_whole:
                await asyncio.sleep(0.02)
                writer.write_eof()
            while part := await reader.read(65_536):
                data += part
        except ConnectionError:
            # A server that has had enough may close with bytes of ours unread.
            pass
        finally:
            writer.close()
    found = re.findall(rb"HTTP/1\.1 ([0-9]{3}) [^\r\n]*\r\n", data)
    return Said(tuple(map(int, found)), bytes(data))


def request(method: str, target: str, *headers: str, host: str = "127.0.0.1", body: str = "") -> bytes:
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode("latin-1", "replace")


def _ending(is_last: bool) -> tuple[str, ...]:
    return ("Connection: close",) if is_last else ()


def _traversal(random: Random, is_last: bool) -> bytes:
    upwards = "/".join(random.choice(UPWARDS) for _ in range(random.randint(1, 6)))
    path = f"{random.choice(ROOTS)}/{upwards}/{random.choice(TARGETS)}"
    return request(random.choice(("GET", "HEAD")), path, *_ending(is_last))


def _query(random: Random, is_last: bool) -> bytes:
    query = "&".join(
        f"{random.choice(PARAMETERS)}={quote(random.choice(TEXTS), safe='%')}"
        for _ in range(random.randint(1, 4))
    )
    return request("GET", f"{random.choice(ADDRESSES)}?{query}", *_ending(is_last))


def _text(random: Random, is_last: bool) -> bytes:
    path = "/".join(quote(random.choice(TEXTS), safe="%") for _ in range(random.randint(1, 5)))
    return request("GET", f"{random.choice(ROOTS)}/{path}", *_ending(is_last))


def _method(random: Random, is_last: bool) -> bytes:
    return request(random.choice(METHODS), random.choice(ADDRESSES), *_ending(True))


def _range(random: Random, is_last: bool) -> bytes:
    header = random.choice(("Range", "If-Range", "If-None-Match", "If-Modified-Since", "Accept", "Cookie"))
    target = random.choice((*ADDRESSES, "/iptv/logo/alpha.test-card.png"))
    return request("GET", target, f"{header}: {random.choice(RANGES)}", *_ending(is_last))


def _host(random: Random, is_last: bool) -> bytes:
    forwarded = f"X-Forwarded-Host: {random.choice(HOSTS)}"
    hosts = [f"Host: {random.choice(HOSTS)}" for _ in range(random.randint(0, 2))]
    more = [forwarded, "X-Forwarded-Proto: javascript", "X-Forwarded-For: ::, \x00"][: random.randint(0, 2)]
    lines = [f"GET {random.choice(ADDRESSES)} HTTP/1.{random.randint(0, 1)}", *hosts, *more, *_ending(True)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


def _huge(random: Random, is_last: bool) -> bytes:
    size = random.choice((2_000, 9_000, 20_000, 100_000))
    kinds = (
        (f"X-Long: {'x' * size}",),
        tuple(f"X-{n}: y" for n in range(size // 10)),
        (f"{'N' * size}: y",),
    )
    target = f"/?{'q' * size}" if random.random() < 0.3 else "/healthz"
    return request("GET", target, *random.choice(kinds), *_ending(True))


def _body(random: Random, is_last: bool) -> bytes:
    bodies = (
        ("Content-Length: 5", "12345678"),
        ("Content-Length: -1", ""),
        ("Content-Length: 1e3", "x"),
        ("Content-Length: 99999", "too little"),
        ("Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n"),
        ("Transfer-Encoding: chunked", "FFFFFFFFFFFFFFFFF\r\nx"),
        ("Transfer-Encoding: chunked", "-1\r\n\r\n"),
        ("Transfer-Encoding: chunked", "5;" + "x" * 20_000),
        ("Transfer-Encoding: gzip, chunked", "0\r\n\r\n"),
        ("Transfer-Encoding: chunked\r\nContent-Length: 3", "0\r\n\r\n"),
    )
    header, body = random.choice(bodies)
    return request(
        "POST", random.choice(("/lineup.post", "/hooks/git", "/api/v1/now", "/")), header, body=body
    )


def _rubbish(random: Random, is_last: bool) -> bytes:
    whole = request("GET", random.choice(ADDRESSES), "A: b", *_ending(True))
    forms: tuple[Callable[[], bytes], ...] = (
        lambda: whole[: random.randrange(len(whole))],
        lambda: random.randbytes(random.randint(1, 400)),
        lambda: whole.replace(b"\r\n", b"\n"),
        lambda: whole.replace(b"A: b", b"A: \0"),
        lambda: whole.replace(b"A: b", b" folded"),
        lambda: whole.replace(b"A: b", b"A b"),
        lambda: whole.replace(b"HTTP/1.1", random.choice((b"HTTP/9.9", b"HTTP/1", b"", b"ICY/1.0"))),
        lambda: b"\r\n" * 50 + whole,
        lambda: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + random.randbytes(200),
        lambda: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        lambda: whole + random.randbytes(50),
    )
    return random.choice(forms)()


def _absolute(random: Random, is_last: bool) -> bytes:
    targets = (
        "http://evil.example/",
        "http://127.0.0.1/healthz",
        "*",
        "//evil.example/",
        "evil.example:443",
        "?x",
        "",
    )
    return request("GET", random.choice(targets), *_ending(True))


def _upgrade(random: Random, is_last: bool) -> bytes:
    to = random.choice(("websocket", "h2c", "TLS/1.0"))
    return request("GET", random.choice(ADDRESSES), f"Upgrade: {to}", "Connection: upgrade, close")


def _stream(random: Random, is_last: bool) -> bytes:
    target = random.choice(
        ("/iptv/channel/1.ts", "/iptv/channel/1.m3u8", "/auto/v1", "/tuner0/v1", "/tuner/1/v1")
    )
    at = random.choice(("", "?at=", "?at=start", "?at=" + "9" * 30, "?duration=-1", "?at=%00"))
    return request("HEAD", target + at, *_ending(is_last))


MANNERLY = (_traversal, _query, _text, _range, _stream)
"""Those after which a connection goes on."""
UNFINISHED = (_body, _rubbish)
KINDS = (*MANNERLY, _method, _host, _huge, _body, _rubbish, _absolute, _upgrade)
