"""What is expected of a media server's answer, and what is said of one that is not so.

No text here names the address or the key: they come from the environment.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec

from exstv.errors import ExstvError


class NoAnswer(ExstvError):
    """The server gave no answer that can be used; the text says why, without its address or key."""


class Refused(NoAnswer):
    """The server does not give this to the holder of this key, or does not have it."""


class Garbled(NoAnswer):
    """One answer makes no sense; others may."""


class Restraint(msgspec.Struct, frozen=True, kw_only=True):
    """How a database on the web is asked: so many questions at a time, each so often while it is busy.

    `silent_s` is how long it may say nothing, `usual_pause_s` what is waited where it does not say how long.
    """

    at_a_time: int = 4
    tries: int = 4
    silent_s: float = 15.0
    usual_pause_s: float = 2.0
    longest_pause_s: float = 60.0
    most_bytes: int = 32_000_000
    sleep: Callable[[float], None] = time.sleep


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How long to wait for an answer, and for how much of it."""

    silent_s: float = 30.0
    """Without a byte; a server that sorts a large library for the first time is slow."""
    whole_s: float = 300.0
    """For all of it: an answer that drips is of no use either."""
    most_bytes: int = 128_000_000

    def check(self, received: int, took_s: float) -> None:
        """Raises NoAnswer for an answer that is too large or too slow already."""
        if received > self.most_bytes:
            raise NoAnswer(f"the answer has more than {self.most_bytes:,} bytes")
        if took_s > self.whole_s:
            raise NoAnswer(f"the answer takes longer than {self.whole_s:g} s")


def check_status(status: int, reason: str, kind: str) -> None:
    """Raises NoAnswer unless an answer of this status and `Content-Type` can be what was asked for."""
    said = f"{status} {reason}".rstrip()
    if status in (401, 403):
        raise Refused(f"it refuses the key: {said}")
    if status == 404:
        raise Refused(f"it does not know what was asked: {said}")
    if 300 <= status < 400:
        # It is not followed: the key would go wherever it leads.
        raise NoAnswer(f"it redirects elsewhere: {said}; write the address that it leads to")
    if not 200 <= status < 300:
        raise NoAnswer(f"the answer is {said}")
    if kind.partition(";")[0].strip().endswith("html"):
        raise NoAnswer("the answer is a web page; write the address of the server itself")
