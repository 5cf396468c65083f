"""Headers that every answer has, so that a browser does with it no more than it is for. Pure.

A route that sets one of them knows better, and keeps its own.
"""

from __future__ import annotations

from collections.abc import Iterable

Header = tuple[bytes, bytes]

DOCUMENT_POLICY = "default-src 'none'; frame-ancestors 'none'"
"""Of what is no page: opened by itself, it does nothing."""
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    # A channel's logo may be at a public address; hls.js hands pictures over as blobs, from a worker.
    "img-src 'self' http: https: data:; media-src 'self' blob:; worker-src 'self' blob:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""Of our pages: what is ours, no inline script or style."""

_ALWAYS: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    # An address of ours may hold the token: nobody is told where a visitor came from.
    (b"referrer-policy", b"no-referrer"),
)
_POLICY = b"content-security-policy"
_HTML = b"text/html"


def protected(headers: Iterable[Header]) -> list[Header]:
    """An answer's headers, with those that it lacks."""
    given = [(name.lower(), value) for name, value in headers]
    names = {name for name, _ in given}
    is_page = any(name == b"content-type" and value.startswith(_HTML) for name, value in given)
    policy = PAGE_POLICY if is_page else DOCUMENT_POLICY
    added = (*_ALWAYS, (_POLICY, policy.encode()))
    return [*given, *(header for header in added if header[0] not in names)]
