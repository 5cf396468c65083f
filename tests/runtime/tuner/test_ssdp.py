"""What is announced by SSDP, and which searches are answered."""

from __future__ import annotations

from email.parser import Parser

import pytest

from runtime.tuner import ssdp
from runtime.tuner.device import udn

DEVICE = ssdp.Device(udn("E5E17005"), "Linux/6 UPnP/1.0 exstv/1")
TARGETS = ("upnp:rootdevice", DEVICE.udn, ssdp.MEDIA_SERVER)
BASE_URL = "http://192.168.1.10:8411"


def search(target: str, man: str = '"ssdp:discover"', mx: str = "MX: 3\r\n") -> bytes:
    host = "HOST: 239.255.255.250:1900"
    return f"M-SEARCH * HTTP/1.1\r\n{host}\r\nman:{man}\r\n{mx}ST: {target}\r\n\r\n".encode()


def answers(sent: bytes) -> list[bytes]:
    found = ssdp.parse_search(sent)
    return ssdp.answers(found, DEVICE, BASE_URL, 0) if found else []


def read(message: bytes) -> tuple[str, dict[str, str]]:
    assert message.endswith(b"\r\n\r\n")
    first, _, rest = message.decode().partition("\r\n")
    return first, dict(Parser().parsestr(rest).items())


def test_who_searches_all_is_told_each_target() -> None:
    found = [read(each) for each in answers(search("ssdp:all"))]

    assert [headers["ST"] for _, headers in found] == list(TARGETS)
    assert {first for first, _ in found} == {"HTTP/1.1 200 OK"}
    assert {headers["LOCATION"] for _, headers in found} == {f"{BASE_URL}/device.xml"}
    assert {headers["DATE"] for _, headers in found} == {"Thu, 01 Jan 1970 00:00:00 GMT"}
    assert all(headers["EXT"] == "" and headers["CACHE-CONTROL"] == "max-age=1800" for _, headers in found)


@pytest.mark.parametrize("target", TARGETS)
def test_who_searches_one_target_is_told_that_one(target: str) -> None:
    ((_, headers),) = [read(each) for each in answers(search(target))]

    assert headers["ST"] == target
    assert headers["USN"] == (target if target == DEVICE.udn else f"{DEVICE.udn}::{target}")


@pytest.mark.parametrize(
    "sent",
    [
        search("urn:schemas-upnp-org:device:InternetGatewayDevice:1"),
        search("upnp:rootdevice", man="ssdp:discover"),
        search("upnp:rootdevice", mx=""),
        search("upnp:rootdevice", mx="MX: soon\r\n"),
        search("upnp:rootdevice").replace(b"M-SEARCH", b"NOTIFY"),
        search("upnp:rootdevice").replace(b" * ", b" / "),
        b"",
        b"\xff\x00\r\n",
    ],
    ids=["another device", "no quotes", "no MX", "no number", "no search", "no star", "nothing", "rubbish"],
)
def test_what_is_no_search_for_this_is_not_answered(sent: bytes) -> None:
    assert answers(sent) == []


def test_answers_come_within_five_seconds_whatever_is_asked() -> None:
    waits = {mx: ssdp.parse_search(search("ssdp:all", mx=f"MX: {mx}\r\n")) for mx in ("0", "2", "9" * 600)}

    assert {mx: found.within_seconds for mx, found in waits.items() if found} == {
        "0": 0,
        "2": 2,
        "9" * 600: 5,
    }


def test_it_says_each_target_when_it_comes_and_when_it_goes() -> None:
    alive = [read(each) for each in ssdp.alive(DEVICE, BASE_URL)]
    byebye = [read(each) for each in ssdp.byebye(DEVICE)]

    for told, what in ((alive, "ssdp:alive"), (byebye, "ssdp:byebye")):
        assert [headers["NT"] for _, headers in told] == list(TARGETS)
        assert {(first, headers["NTS"]) for first, headers in told} == {("NOTIFY * HTTP/1.1", what)}
        assert {headers["HOST"] for _, headers in told} == {"239.255.255.250:1900"}
    assert [headers["USN"] for _, headers in alive] == [headers["USN"] for _, headers in byebye]
    assert {headers["LOCATION"] for _, headers in alive} == {f"{BASE_URL}/device.xml"}
