"""What the stand-ins share: an HTTP server that keeps connections, serves by range and can misbehave."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from serving import Silent

from media_servers.documents import Document

PIECE = 64 * 1024
TROUBLES = {
    "key": "refuses the key",
    "html": "a web page",
    "shape": "unknown shape",
    "truncated": "no JSON",
    "torn": "broke",
    "error": "500",
    "elsewhere": "redirects",
    "silent": "in time",
}
"""Ways to misbehave, each with a word of what is to be said of it."""


class Answer(NamedTuple):
    """What is sent: a body of a type, or a file."""

    status: int
    body: bytes
    kind: str
    file: Path | None = None
    torn: bool = False
    """Whether the connection breaks before all of it is sent."""


@dataclass
class StandIn:
    """A media server; owns what it was asked, and where it or its client went against the document.

    A subclass gives `answer`.
    """

    key: str
    document: Document | None
    """None: nothing is checked, for a measurement."""
    asked: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    trouble: str = ""
    """One of TROUBLES from now on."""
    trouble_after: int = 0
    """So many more requests are answered well."""
    left: threading.Event = field(default_factory=threading.Event)

    def answer(self, path: str, query: dict[str, str], headers: Mapping[str, str]) -> Answer:
        """Answers one request."""
        raise NotImplementedError

    def count(self, words: str) -> int:
        """How many requests had these words in them."""
        return sum(words in each for each in self.asked)

    def reply(self, target: str, headers: Mapping[str, str]) -> Answer:
        """An answer, or whatever trouble there is instead."""
        self.asked.append(target)
        in_trouble = self.trouble != "" and self.trouble_after <= 0
        self.trouble_after -= 1
        if in_trouble and self.trouble not in ("truncated", "torn"):
            return self._trouble()
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        try:
            answer = self.answer(parts.path, query, headers)
        except AssertionError as error:
            self.faults.append(f"{target}: {error}")
            return Answer(500, str(error).encode(), "text/plain")
        half = answer.body[: len(answer.body) // 2]
        return answer._replace(body=half, torn=self.trouble == "torn") if in_trouble else answer

    def checked(self, path: str, query: Mapping[str, str], status: int, answer: Any) -> None:
        """Holds a request and its answer against the document."""
        if self.document is not None:
            self.document.check_request(path, query)
            self.document.check_answer(path, status, answer)

    def _trouble(self) -> Answer:
        match self.trouble:
            case "key":
                return Answer(401, b"", "text/plain")
            case "html":
                return Answer(200, b"<html><body>Sign in</body></html>", "text/html; charset=utf-8")
            case "shape":
                return Answer(200, b'{"Items": [{"Id": 7}], "Version": 1, "Name": null}', "application/json")
            case "elsewhere":
                return Answer(302, b"", "text/plain")
            case "silent":
                self.left.wait(20)
        return Answer(500, b"", "text/plain")


@contextmanager
def standing(stand_in: StandIn) -> Iterator[str]:
    """The stand-in's address; at the end nobody went against the document."""

    class Handler(Silent):
        protocol_version = "HTTP/1.1"
        # Head and body in one go: else each answer waits for the acknowledgement of its head.
        wbufsize = -1

        def do_GET(self) -> None:
            with suppress(ConnectionError):
                self._send(stand_in.reply(self.path, self.headers))

        def _send(self, answer: Answer) -> None:
            if answer.file is not None:
                self._send_file(answer.file)
                return
            self.send_response(answer.status)
            if answer.status == 302:
                self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", str(len(answer.body) + answer.torn))
            self.end_headers()
            self.wfile.write(answer.body)
            self.close_connection = self.close_connection or answer.torn

        def _send_file(self, path: Path) -> None:
            size = path.stat().st_size
            asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
            first = int(asked[1]) if asked else 0
            last = int(asked[2]) if asked and asked[2] else size - 1
            self.send_response(206 if asked else 200)
            if asked:
                self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Type", "video/x-matroska")
            self.send_header("Content-Length", str(last - first + 1))
            self.end_headers()
            with path.open("rb") as file:
                file.seek(first)
                left = last - first + 1
                while left > 0 and (piece := file.read(min(PIECE, left))):
                    self.wfile.write(piece)
                    left -= len(piece)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    # A client that is gone for good may have left its connection open.
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        stand_in.left.set()
        server.shutdown()
        thread.join()
        server.server_close()
    assert stand_in.faults == []
