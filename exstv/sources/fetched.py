"""What is asked of fetching.py and what it says, for those who load an HTTP client only when they fetch."""

from __future__ import annotations

import msgspec

from exstv.errors import ExstvError


class NotFetched(ExstvError):
    """Something did not come; the message says why, without its address.

    `status` is what the server answered, None where it gave no answer that can be read.
    """

    def __init__(self, words: str, status: int | None = None) -> None:
        super().__init__(words)
        self.status = status


class NoAnswer(NotFetched):
    """A server cannot be reached, or breaks off in the middle of its answer."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much and how long is waited for: bytes once unpacked, seconds in all and of silence."""

    bytes: int = 64_000_000
    seconds: float = 60.0
    silent_seconds: float = 15.0
    redirects: int = 8
