"""The setup page: the exact addresses, by what the client knows us as."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from html_tree import Element, parse
from pydantic import SecretStr

from exstv.server_settings import ServerSettings
from exstv.settings import HdhomerunSettings
from runtime.routes.setup import only_here

if TYPE_CHECKING:
    from tests.runtime.conftest import Station


def page(station: Station) -> Element:
    answer = station.client.get("/setup")
    assert answer.status_code == 200
    return parse(answer.text)


def listed(shown: Element) -> list[str]:
    return [code.text for code in shown.one("section", id="addresses").all("code")]


def test_addresses_are_those_that_the_client_knows(station: Station) -> None:
    assert listed(page(station)) == [
        "http://tv.example:8411/iptv/channels.m3u",
        "http://tv.example:8411/iptv/channels.m3u?type=m3u8",
        "http://tv.example:8411/iptv/xmltv.xml",
        "tv.example:8411",
        "http://tv.example:8411/iptv/channel/2.5.ts",
        "http://tv.example:8411/iptv/channel/2.5.m3u8",
    ]


def test_addresses_are_below_the_public_url(station: Station) -> None:
    station.set(server=ServerSettings(public_url="https://home.example/tv"))
    shown = page(station)
    assert listed(shown)[0] == "https://home.example/tv/iptv/channels.m3u"
    assert not shown.all("section", id="hidden")
    # The M3U at that address says the same of its channels.
    assert "\nhttps://home.example/tv/iptv/channel/2.5.ts\n" in station.client.get("/iptv/channels.m3u").text


@pytest.mark.parametrize("player", ["plex", "jellyfin", "kodi", "vlc"])
def test_each_player_has_steps_with_addresses_that_answer(station: Station, player: str) -> None:
    steps = page(station).one("section", id=player)
    assert len(steps.one("ol").all("li")) == 3
    given = [code.text for code in steps.all("code", class_="address")]
    assert given
    for address in given:
        path = address.partition("tv.example:8411")[2] or "/discover.json"
        assert station.client.get(path).status_code == 200


def test_a_tuner_that_is_off_is_not_offered(station: Station) -> None:
    station.set(hdhomerun=HdhomerunSettings(enabled=False))
    shown = page(station)
    assert "off in config.yaml" in shown.one("section", id="addresses").text
    assert "hdhomerun.enabled" in shown.one("section", id="plex").text


def test_below_a_token_no_tuner_is_offered(station: Station) -> None:
    station.set(server=ServerSettings(token=SecretStr("k" * 32)))
    shown = page(station)
    assert "not below a token" in shown.one("section", id="addresses").text
    assert "server.token" in shown.one("section", id="plex").text


def test_codes_for_phones_are_pictures_in_the_page(station: Station) -> None:
    codes = page(station).one("section", id="phone").all("figure")
    named = [code.one("div", role="img").attributes["aria-label"] for code in codes]
    assert named == [
        "QR code of http://tv.example:8411/",
        "QR code of http://tv.example:8411/iptv/channels.m3u?type=m3u8",
    ]
    for code in codes:
        sides = [int(part) for part in (code.one("svg").attributes["viewbox"] or "").split()]
        # A QR code of version 1 to 40 with three modules of quiet around it.
        assert sides[:2] == [0, 0] and sides[2] == sides[3] and (sides[2] - 6 - 17) % 4 == 0
        assert (code.one("path").attributes["d"] or "").startswith("M3 3.5h7")


@pytest.mark.parametrize(
    ("base", "told"),
    [
        ("http://127.0.0.1:8411", True),
        ("http://localhost:8411", True),
        ("http://[::1]:8411", True),
        ("http://192.168.1.20:8411", False),
        ("http://tv.example", False),
    ],
)
def test_an_address_of_this_machine_alone_is_told(station: Station, base: str, told: bool) -> None:
    assert only_here(base) is told
    answer = station.client.get("/setup", headers={"Host": base.removeprefix("http://")})
    assert bool(parse(answer.text).all("section", id="hidden")) is told
