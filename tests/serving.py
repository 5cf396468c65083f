"""A server of the test's own, for what is fetched by HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
