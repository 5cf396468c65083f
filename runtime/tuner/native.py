"""What the tuner answers in HDHomeRun's own protocol: who it is, and its variables, read-only. Pure.

Sources: protocols.md §1.1 and §1.4. Packets: packets.py; sockets: native_ports.py.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from exstv.timeline.model import Channel
from runtime.tuner import hdhomerun, packets
from runtime.tuner.packets import Packet

_TUNER, _ANY = 1, 0xFFFFFFFF
_NOTHING_TUNED = "ch=none lock=none ss=0 snq=0 seq=0"
_UNKNOWN = b"ERROR: unknown getset variable\0"
_READ_ONLY = b"ERROR: this tuner is read-only\0"


@dataclass(frozen=True)
class Tuner:
    """The device as it is found. `identity` is 8 hexadecimal digits."""

    identity: str
    tuner_count: int


def discovered(request: Packet, tuner: Tuner, base_url: str) -> Packet | None:
    """The answer to who looks for tuners, this one or any; None to everything else.

    `base_url` is `http://IPV4:PORT`: libhdhomerun drops one that is longer than 28 characters.
    """
    if request.kind != packets.DISCOVER_REQUEST or not _is_meant(request, tuner):
        return None
    tags = (
        (packets.DEVICE_TYPE, struct.pack(">I", _TUNER)),
        (packets.DEVICE_ID, bytes.fromhex(tuner.identity)),
        (packets.TUNER_COUNT, bytes([tuner.tuner_count])),
        (packets.BASE_URL, base_url.encode()),
        (packets.LINEUP_URL, f"{base_url}/lineup.json".encode()),
    )
    return Packet(packets.DISCOVER_REPLY, tags)


def _is_meant(request: Packet, tuner: Tuner) -> bool:
    types = request.get(packets.DEVICE_TYPE) or request.get(packets.MULTI_TYPE) or b""
    identity = request.get(packets.DEVICE_ID)
    wanted = {int.from_bytes(types[at : at + 4], "big") for at in range(0, len(types), 4)}
    mine = (None, bytes.fromhex(tuner.identity), struct.pack(">I", _ANY))
    return bool(wanted & {_TUNER, _ANY}) and identity in mine


def controlled(request: Packet, tuner: Tuner, tuned: Sequence[Channel | None]) -> Packet | None:
    """The answer to who asks for a variable or wants to set one; None to everything else.

    `tuned` are the channels that hold a tuner each, None for one that is free.
    """
    name = request.get(packets.GETSET_NAME)
    if request.kind != packets.GETSET_REQUEST or name is None:
        return None
    value = _value(name.rstrip(b"\0").decode("latin-1").lstrip("/"), tuner, tuned)
    # The name comes first: Jellyfin reads them in this order.
    if value is None:
        said = (packets.ERROR_MESSAGE, _UNKNOWN)
    elif request.get(packets.GETSET_VALUE) is not None:
        said = (packets.ERROR_MESSAGE, _READ_ONLY)
    else:
        said = (packets.GETSET_VALUE, value.encode() + b"\0")
    return Packet(packets.GETSET_REPLY, ((packets.GETSET_NAME, name), said))


def _value(name: str, tuner: Tuner, tuned: Sequence[Channel | None]) -> str | None:
    """A variable's value; None where there is no such variable."""
    if name in _DEVICE:
        return _DEVICE[name]
    place, _, variable = name.partition("/")
    numbers = {f"tuner{number}": number for number in range(tuner.tuner_count)}
    if place not in numbers or variable not in _TUNERS:
        return None
    number = numbers[place]
    return _TUNERS[variable](tuned[number] if number < len(tuned) else None)


def _status(channel: Channel | None) -> str:
    return "ch=auto lock=8vsb ss=100 snq=100 seq=100" if channel else _NOTHING_TUNED


# What is tuned has a number and a name, but no frequency, no lock of its own and nobody that it is sent to.
_TUNERS: dict[str, Callable[[Channel | None], str]] = {
    "status": lambda channel: f"{_status(channel)} bps=0 pps=0",
    "vstatus": lambda channel: (
        f"vch={channel.number if channel else 'none'} name={channel.name if channel else 'none'}"
        " auth=unspecified cci=none cgms=none"
    ),
    "streaminfo": lambda channel: f"1: {channel.number} {channel.name}" if channel else "none",
    "channel": lambda channel: "auto" if channel else "none",
    "vchannel": lambda channel: channel.number if channel else "none",
    "channelmap": lambda channel: "us-bcast",
    "filter": lambda channel: "0x0000-0x1fff",
    "program": lambda channel: "1" if channel else "none",
    "target": lambda channel: "none",
    "lockkey": lambda channel: "none",
    "debug": lambda channel: f"tun: {_status(channel)} dbg=0",
    "plpinfo": lambda channel: "none",
}

_SYSTEM = {
    "lineup/scan": "complete",
    "sys/copyright": "emulated by exstv",
    "sys/features": "channelmap: us-bcast\nmodulation: 8vsb\nauto-modulation: auto",
    "sys/hwmodel": hdhomerun.MODEL,
    "sys/model": hdhomerun.FIRMWARE,
    "sys/version": hdhomerun.FIRMWARE_VERSION,
}
_HELP = "\n".join(
    ["Supported configuration options:", *(f"/{name}" for name in _SYSTEM)]
    + [f"/tuner<n>/{name}" for name in _TUNERS]
)
_DEVICE = {**_SYSTEM, "help": _HELP + "\n"}
