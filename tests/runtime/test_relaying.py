"""The relay, started when it is first wanted."""

from __future__ import annotations

import httpx
import pytest
from serving import Shelf, shelved

from exstv.errors import ExstvError
from exstv.sources.base import FileInput, UrlInput
from exstv.sources.relay import Relay
from runtime.relaying import Relaying

HERE = FileInput(path="/media/film.mkv")


async def fails(relay: Relay) -> Relay:
    raise OSError("no certificates")


async def test_what_is_here_is_opened_as_it_is_also_where_no_relay_starts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Relay, "__aenter__", fails)
    async with Relaying() as relay:
        assert (await relay.open(HERE)).input == HERE
        with pytest.raises(ExstvError, match="no certificates"):
            await relay.open(UrlInput(url="http://127.0.0.1:9/film.mkv"))
        assert (await relay.open(HERE)).input == HERE


async def test_a_relay_that_did_not_start_is_started_anew_and_ends_with_its_owner(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with shelved(Shelf({"/film": b"film"})) as shelf:
        remote = UrlInput(url=f"{shelf.address}/film")
        async with Relaying() as relay, httpx.AsyncClient(trust_env=False) as client:
            with monkeypatch.context() as broken, pytest.raises(ExstvError):
                broken.setattr(Relay, "__aenter__", fails)
                await relay.open(remote)
            opened, again = await relay.open(remote), await relay.open(remote)
            address = opened.input.address  # type: ignore[union-attr]
            assert (await client.get(address)).content == b"film"
            opened.close()
            assert (await client.get(address)).status_code == 404
            address = again.input.address  # type: ignore[union-attr]
            assert (await client.get(address)).content == b"film"
        async with httpx.AsyncClient(trust_env=False) as client:
            with pytest.raises(httpx.ConnectError):
                await client.get(address)
