"""SSDP, by which UPnP devices are found: what is announced, and what is answered to a search. Pure.

Sources: protocols.md §1.6 and UPnP Device Architecture 1.0. Sockets: multicast.py; the description that
LOCATION leads to: hdhomerun.device_xml.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import formatdate

GROUP, PORT = "239.255.255.250", 1900
MEDIA_SERVER = "urn:schemas-upnp-org:device:MediaServer:1"
ANNOUNCE_SECONDS = 60.0
"""Plex takes a device that is silent for a few minutes for gone (protocols.md §1.6)."""
_MAX_AGE_SECONDS = 1800
_LONGEST_WAIT_SECONDS = 5
_MOST_BYTES = 2048


@dataclass(frozen=True)
class Device:
    """What is announced. `udn` is `uuid:…`, `server` the product as UPnP writes it."""

    udn: str
    server: str

    def targets(self) -> tuple[str, ...]:
        """What it can be searched as."""
        return ("upnp:rootdevice", self.udn, MEDIA_SERVER)

    def name_of(self, target: str) -> str:
        """Its unique name as one of its targets."""
        return self.udn if target == self.udn else f"{self.udn}::{target}"


@dataclass(frozen=True)
class Search:
    """What is searched, and within how many seconds the answers are to come."""

    target: str
    within_seconds: int


def parse_search(data: bytes) -> Search | None:
    """The search that a packet is; None where it is none, or leaves out what UPnP wants in it."""
    first, *rest = data[:_MOST_BYTES].decode("latin-1").split("\r\n")
    if first.split() != ["M-SEARCH", "*", "HTTP/1.1"]:
        return None
    lines = (line.partition(":") for line in rest)
    headers = {name.strip().upper(): value.strip() for name, _, value in lines}
    wait = headers.get("MX", "")
    if headers.get("MAN") != '"ssdp:discover"' or not (wait.isascii() and wait.isdecimal()):
        return None
    # Five digits are more seconds than anybody waits, and too few to keep a parser of numbers busy.
    return Search(headers.get("ST", ""), min(int(wait[:5]), _LONGEST_WAIT_SECONDS))


def answers(search: Search, device: Device, base_url: str, now_ms: int) -> list[bytes]:
    """What is sent to who searches: one answer a target that was meant, none where we are not."""
    meant = [target for target in device.targets() if search.target in ("ssdp:all", target)]
    return [
        _message(
            "HTTP/1.1 200 OK",
            **{
                "CACHE-CONTROL": f"max-age={_MAX_AGE_SECONDS}",
                "DATE": formatdate(now_ms // 1000, usegmt=True),
            },
            EXT="",
            LOCATION=f"{base_url}/device.xml",
            SERVER=device.server,
            ST=target,
            USN=device.name_of(target),
        )
        for target in meant
    ]


def alive(device: Device, base_url: str) -> Iterator[bytes]:
    """What is told to everybody now and then."""
    for target in device.targets():
        yield _notify(
            target,
            **{"CACHE-CONTROL": f"max-age={_MAX_AGE_SECONDS}"},
            LOCATION=f"{base_url}/device.xml",
            SERVER=device.server,
            NTS="ssdp:alive",
            USN=device.name_of(target),
        )


def byebye(device: Device) -> Iterator[bytes]:
    """What is told to everybody at the end."""
    for target in device.targets():
        yield _notify(target, NTS="ssdp:byebye", USN=device.name_of(target))


def _notify(target: str, **headers: str) -> bytes:
    return _message("NOTIFY * HTTP/1.1", HOST=f"{GROUP}:{PORT}", NT=target, **headers)


def _message(first: str, **headers: str) -> bytes:
    lines = [first, *(f"{name}: {value}" for name, value in headers.items())]
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode()
