"""Fetches a picture from its server. Loaded with the first one: an HTTP client takes long to load."""

from __future__ import annotations

import asyncio

import httpx

from exstv.errors import ExstvError
from exstv.pictures import LARGEST_BYTES

FETCH_SECONDS = 10.0


class NotFetched(ExstvError):
    """No picture came; the message says why."""


async def fetch(url: str) -> bytes:
    """Gives what an address gives. Raises NotFetched."""
    body = bytearray()
    try:
        async with (
            asyncio.timeout(FETCH_SECONDS),
            httpx.AsyncClient(follow_redirects=True, timeout=FETCH_SECONDS) as client,
            client.stream("GET", url) as response,
        ):
            if response.status_code != 200:
                raise NotFetched(f"its server says {response.status_code}")
            async for portion in response.aiter_bytes():
                body += portion
                if len(body) > LARGEST_BYTES:
                    raise NotFetched(f"it is larger than {LARGEST_BYTES // 1024 // 1024} MB")
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError):
        raise NotFetched("its server does not give it") from None
    return bytes(body)
