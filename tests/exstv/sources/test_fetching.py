"""What is fetched for a scan comes whole and in time, or not at all, whatever the server does."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest
from msgspec.structs import replace
from serving import Shelf, Silent, listening, shelved

from exstv.sources.fetched import Limits, NotFetched
from exstv.sources.fetching import fetch

LIST = b"#EXTM3U\n" + b"#EXTINF:-1,One\nhttp://tv.example/1\n" * 100
FEW = Limits(bytes=10_000, seconds=60, silent_seconds=60, redirects=3)
HURRIED = {"silent": replace(FEW, silent_seconds=0.5), "slow": replace(FEW, seconds=1.0)}
"""What is to take too long; of all else a busy machine may make it long."""


class Misbehaving(Silent):
    """Answers by its path; `left` ends those that would go on for ever."""

    left = threading.Event()

    def do_GET(self) -> None:
        with suppress(ConnectionError):
            getattr(self, self.path.strip("/"))()

    def _give(self, body: bytes, **headers: str) -> None:
        self.send_response(200)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def whole(self) -> None:
        self._give(LIST)

    def packed(self) -> None:
        self._give(gzip.compress(LIST), Content_Encoding="gzip")

    def packed_file(self) -> None:
        self._give(gzip.compress(gzip.compress(LIST)), Content_Encoding="gzip")

    def forbidden(self) -> None:
        self.send_error(403)

    def round(self) -> None:
        self.send_response(302)
        self.send_header("Location", "/round")
        self.end_headers()

    def away(self) -> None:
        self.send_response(302)
        self.send_header("Location", "file:///etc/passwd")
        self.end_headers()

    def silent(self) -> None:
        self.left.wait(30)

    def slow(self) -> None:
        self._give(b"#")
        while not self.left.wait(0.1):
            self.wfile.write(b"#")

    def endless(self) -> None:
        self._give(b"#EXTM3U\n")
        while not self.left.is_set():
            self.wfile.write(b"#\n" * 1000)

    def short(self) -> None:
        self._give(LIST, Content_Length=str(len(LIST) + 1))

    def cut(self) -> None:
        self._give(gzip.compress(LIST)[:-9], Content_Encoding="gzip")

    def rubbish(self) -> None:
        self._give(b"\x1f\x8brubbish")

    def bomb(self) -> None:
        self._give(gzip.compress(bytes(1_000_000)), Content_Encoding="gzip")

    def brotli(self) -> None:
        self._give(LIST, Content_Encoding="br")


@pytest.fixture
def server() -> Iterator[str]:
    Misbehaving.left.clear()
    with listening(Misbehaving) as address:
        yield address
        Misbehaving.left.set()


@pytest.mark.parametrize("path", ["whole", "packed", "packed_file"])
def test_an_answer_comes_unpacked(server: str, path: str) -> None:
    assert fetch(f"{server}/{path}", limits=FEW) == LIST


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("forbidden", "the answer is 403 Forbidden"),
        ("round", "it is sent from one address to the next"),
        ("away", "its address is neither http nor https"),
        ("silent", "no answer in time"),
        ("slow", "the answer does not come to an end in time"),
        ("endless", "the answer has more than 10,000 bytes"),
        ("short", "the connection broke"),
        ("cut", "the answer is packed, and its end is missing"),
        ("rubbish", "the answer is packed and cannot be unpacked"),
        ("bomb", "the answer has more than 10,000 bytes"),
        ("brotli", "the answer is packed in a way that nobody asked for"),
    ],
)
def test_a_server_that_misbehaves_is_told_from_an_answer(server: str, path: str, reason: str) -> None:
    with pytest.raises(NotFetched) as caught:
        fetch(f"{server}/{path}", limits=HURRIED.get(path, FEW))
    assert str(caught.value) == reason


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1:9/secret", "no connection"),
        ("ftp://tv.example/secret", "its address is neither http nor https"),
        ("http://[secret/", "its address is neither http nor https"),
        ("http:///secret", "its address is neither http nor https"),
    ],
)
def test_what_cannot_be_asked_is_told_without_its_address(url: str, reason: str) -> None:
    with pytest.raises(NotFetched) as caught:
        fetch(url)
    assert str(caught.value) == reason


def test_a_key_goes_to_its_own_server_only() -> None:
    with shelved(Shelf({"/list": LIST})) as elsewhere, shelved(Shelf()) as own:
        own.redirects = {"/list": f"{elsewhere.address}/list"}
        assert fetch(f"{own.address}/list", (("X-Key", "secret"), ("Referer", "http://a.example"))) == LIST
    assert own.asked[0][1]["X-Key"] == "secret"
    told = elsewhere.asked[0][1]
    assert (told["X-Key"], told["Referer"], told["User-Agent"]) == (None, "http://a.example", "exstv")
