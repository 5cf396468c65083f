"""HDHomeRun's own packets: how the discovery port (UDP 65001) and the control port (TCP 65001) write. Pure.

A packet is a kind, a length, tagged values and a CRC; protocols.md §1.1 has the vectors. What is said with
them: native.py.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

PORT = 65001
"""Of both, by the protocol."""

DISCOVER_REQUEST, DISCOVER_REPLY, GETSET_REQUEST, GETSET_REPLY = 2, 3, 4, 5

DEVICE_TYPE, DEVICE_ID = 0x01, 0x02
GETSET_NAME, GETSET_VALUE, ERROR_MESSAGE = 0x03, 0x04, 0x05
TUNER_COUNT, LINEUP_URL, BASE_URL, MULTI_TYPE = 0x10, 0x27, 0x2A, 0x2D

HEADER_BYTES, CRC_BYTES, MOST_PAYLOAD_BYTES = 4, 4, 1452
_MOST_SHORT = 0x7F


@dataclass(frozen=True)
class Packet:
    """One packet. Tags that we do not know are kept, and looked at by nobody."""

    kind: int
    tags: tuple[tuple[int, bytes], ...]

    def get(self, tag: int) -> bytes | None:
        """The first value of a tag."""
        return next((value for found, value in self.tags if found == tag), None)


def encode(packet: Packet) -> bytes:
    """The packet as it is sent."""
    payload = b"".join(bytes([tag]) + _length(len(value)) + value for tag, value in packet.tags)
    body = struct.pack(">HH", packet.kind, len(payload)) + payload
    return body + _crc(body)


def decode(data: bytes) -> Packet | None:
    """The packet that was received; None where length, CRC or a tag is wrong: such are not answered."""
    if len(data) < HEADER_BYTES + CRC_BYTES or following(data) != len(data) - HEADER_BYTES:
        return None
    body = data[:-CRC_BYTES]
    if _crc(body) != data[-CRC_BYTES:]:
        return None
    try:
        return Packet(int.from_bytes(data[:2], "big"), tuple(_tags(body[HEADER_BYTES:])))
    except (IndexError, ValueError):
        return None


def following(header: bytes) -> int:
    """How many bytes follow a header, the CRC included."""
    return int.from_bytes(header[2:HEADER_BYTES], "big") + CRC_BYTES


def _crc(body: bytes) -> bytes:
    # All else in a packet begins with the highest byte; this does not.
    return struct.pack("<I", zlib.crc32(body))


def _length(length: int) -> bytes:
    """One byte, or two with the low seven bits first."""
    if length <= _MOST_SHORT:
        return bytes([length])
    return bytes([length & _MOST_SHORT | 0x80, length >> 7])


def _tags(payload: bytes) -> Iterator[tuple[int, bytes]]:
    """The tagged values. Raises IndexError or ValueError where the last one is cut off."""
    at = 0
    while at < len(payload):
        tag, length = payload[at], payload[at + 1]
        at += 2
        if length > _MOST_SHORT:
            length = length & _MOST_SHORT | payload[at] << 7
            at += 1
        if at + length > len(payload):
            raise ValueError("a value ends behind its packet")
        yield tag, payload[at : at + length]
        at += length
