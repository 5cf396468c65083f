"""A server of the test's own, for what is fetched by HTTP."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Silent(BaseHTTPRequestHandler):
    """An answerer that writes nothing to the terminal."""

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is to be said."""


@contextmanager
def listening(handler: type[Silent]) -> Iterator[str]:
    """The address of a server on the loopback interface, which ends with the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def served(answers: dict[str, bytes]) -> Iterator[str]:
    """The address of a server that knows these paths."""

    class Handler(Silent):
        def do_GET(self) -> None:
            body = answers.get(self.path.partition("?")[0])
            self.send_response(200 if body is not None else 404)
            self.end_headers()
            self.wfile.write(body or b"")

    with listening(Handler) as address:
        yield address


@contextmanager
def dripping(body: bytes, fast: int) -> Iterator[tuple[str, threading.Event]]:
    """A server that gives each client so many bytes at once and then 1 kB a second.

    Once the event is set new clients get no more than that from the start.
    """
    left, dropped = threading.Event(), threading.Event()

    class Handler(Silent):
        def do_GET(self) -> None:
            given = 0 if dropped.is_set() else fast
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(ConnectionError):
                self.wfile.write(body[:given])
                while given < len(body) and not left.wait(1):
                    self.wfile.write(body[given : given + 1000])
                    given += 1000

    with listening(Handler) as address:
        try:
            yield address, dropped
        finally:
            left.set()


@dataclass
class Shelf:
    """Bodies on a server that gives ranges of them, and what it was asked for, as it came."""

    bodies: dict[str, bytes] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    required: dict[str, str] = field(default_factory=dict)
    """Headers without which nothing is given."""
    query: str = ""
    """What an address has to end with."""
    breaks: int = 0
    """How many answers are still to break off in their middle."""
    asked: list[tuple[str, Message]] = field(default_factory=list)
    address: str = ""

    def allows(self, path: str, headers: Message) -> bool:
        named = all(headers.get(name) == value for name, value in self.required.items())
        return named and (not self.query or path.endswith(f"?{self.query}"))


@contextmanager
def shelved(shelf: Shelf) -> Iterator[Shelf]:
    """The same shelf, with its address, while the block lasts."""

    class Handler(Silent):
        def do_GET(self) -> None:
            shelf.asked.append((self.path, self.headers))
            name = self.path.partition("?")[0]
            body = shelf.bodies.get(name)
            if name in shelf.redirects:
                self.send_response(302)
                self.send_header("Location", shelf.redirects[name])
                self.end_headers()
            elif not shelf.allows(self.path, self.headers) or body is None:
                self.send_error(404 if body is None else 403)
            else:
                with suppress(ConnectionError):
                    self._give(body)

        def _give(self, body: bytes) -> None:
            wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
            first = int(wanted[1]) if wanted else 0
            last = int(wanted[2]) if wanted and wanted[2] else len(body) - 1
            self.send_response(206 if wanted else 200)
            if wanted:
                self.send_header("Content-Range", f"bytes {first}-{last}/{len(body)}")
            self.send_header("Content-Length", str(last + 1 - first))
            self.end_headers()
            if shelf.breaks and last - first > 1000:
                shelf.breaks -= 1
                last = (first + last) // 2
            self.wfile.write(body[first : last + 1])

    with listening(Handler) as shelf.address:
        yield shelf
