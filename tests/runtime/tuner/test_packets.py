"""HDHomeRun's packets, byte for byte as clients send them (protocols.md §1.1)."""

from __future__ import annotations

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.tuner import packets
from runtime.tuner.packets import Packet, decode, encode

ANY = b"\xff\xff\xff\xff"
VECTORS = {
    "0002000c0104ffffffff0204ffffffff73cc7d8f": Packet(2, ((1, ANY), (2, ANY))),
    "00020006010400000001393077e7": Packet(2, ((1, b"\0\0\0\1"),)),
    "0002000a2d0800000001000000054f63391f": Packet(2, ((0x2D, b"\0\0\0\1\0\0\0\5"),)),
    "0004000d030b2f7379732f6d6f64656c008f5b54b5": Packet(4, ((3, b"/sys/model\0"),)),
    "0004001a03102f74756e6572302f6c6f636b6b65790004063132333435003e87a357": Packet(
        4, ((3, b"/tuner0/lockkey\0"), (4, b"12345\0"))
    ),
}


@pytest.mark.parametrize("written", VECTORS)
def test_a_packet_is_read_and_written_as_the_clients_do(written: str) -> None:
    assert decode(bytes.fromhex(written)) == VECTORS[written]
    assert encode(VECTORS[written]).hex() == written


def test_a_value_of_more_than_127_bytes_has_a_length_of_two() -> None:
    packet = Packet(5, ((4, b"x" * 200),))

    assert encode(packet)[4:7].hex() == "04c801"
    assert decode(encode(packet)) == packet


@given(st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=300)), max_size=4))
def test_what_is_written_is_read(tags: list[tuple[int, bytes]]) -> None:
    packet = Packet(3, tuple(tags))

    assert decode(encode(packet)) == packet
    assert packets.following(encode(packet)) == len(encode(packet)) - packets.HEADER_BYTES


@given(st.sampled_from(sorted(VECTORS)), st.data())
def test_a_bit_that_flipped_makes_it_no_packet(written: str, data: st.DataObject) -> None:
    sent = bytearray.fromhex(written)
    bit = data.draw(st.integers(0, len(sent) * 8 - 1))
    sent[bit // 8] ^= 1 << bit % 8

    assert decode(bytes(sent)) is None


@given(st.binary(max_size=64))
def test_rubbish_is_no_packet(data: bytes) -> None:
    assert decode(data) is None


def test_a_value_that_ends_behind_its_packet_makes_it_none() -> None:
    for payload in (b"\x01", b"\x01\x80", b"\x01\x05abc"):
        assert decode(_framed(payload)) is None


def _framed(payload: bytes) -> bytes:
    """A payload, however wrong, with a length and a CRC that are right."""
    body = struct.pack(">HH", 2, len(payload)) + payload
    return body + struct.pack("<I", zlib.crc32(body))
