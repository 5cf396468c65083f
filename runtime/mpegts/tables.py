"""The tables of a transport stream: builds ours (PAT, PMT, SDT) and reads those of ffmpeg (PAT, PMT).

A table is one section in one packet: enough for one service with a picture, a sound and subtitles.
`demux` reads with it, `mux` writes.
"""

from __future__ import annotations

from runtime.mpegts.display import PAGE_ID
from runtime.mpegts.packet import PAYLOAD, packetise, payload_at

PAT_PID, SDT_PID, PMT_PID = 0, 0x11, 0x1000
VIDEO_PID, AUDIO_PID, SUBTITLE_PID = 0x100, 0x101, 0x102
PRIVATE_TYPE = 0x06
"""The stream type of what a descriptor names, as DVB subtitles are (ETSI EN 300 468, 6.2.41)."""

_STREAM_ID = 1  # of the transport stream
_SERVICE = 1
_NETWORK = 0xFF01  # of the range for private, temporary use (ETSI TS 101 162)
_REGISTERED = {0x24: b"HEVC", 0x81: b"AC-3"}
"""Format identifiers, by stream type (ISO/IEC 13818-1, 2.6.8; ATSC A/52, A.2.3)."""
_NAME_BYTES = 60  # two names and the rest of the SDT fit into one packet


def _crc_table() -> tuple[int, ...]:
    table = []
    for index in range(256):
        crc = index << 24
        for _ in range(8):
            crc = crc << 1 ^ (0x104C11DB7 if crc & 0x80000000 else 0)
        table.append(crc)
    return tuple(table)


_CRC = _crc_table()


def crc32(data: bytes) -> int:
    """The CRC-32/MPEG-2 of some bytes: 0 over a section with its own CRC."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc << 8 & 0xFFFFFFFF ^ _CRC[crc >> 24 ^ byte]
    return crc


def pat() -> bytes:
    """Our program association table: one service, as a packet with counter 0."""
    return _packet(PAT_PID, 0x00, _STREAM_ID, _pair(_SERVICE) + _pair(0xE000 | PMT_PID))


def pmt(video_type: int, audio_type: int, subtitles: str = "") -> bytes:
    """Our program map table: a picture with the clock, and a sound, as a packet with counter 0.

    `subtitles` is the language, by ISO 639-2, of the DVB subtitles; without one there are none.
    """
    streams = b"".join(
        bytes((kind,)) + _pair(0xE000 | pid) + _described(kind)
        for kind, pid in ((video_type, VIDEO_PID), (audio_type, AUDIO_PID))
    )
    if subtitles:
        streams += bytes((PRIVATE_TYPE,)) + _pair(0xE000 | SUBTITLE_PID) + _dvb_subtitles(subtitles)
    return _packet(PMT_PID, 0x02, _SERVICE, _pair(0xE000 | VIDEO_PID) + _pair(0xF000) + streams)


def sdt(service: str, provider: str) -> bytes:
    """Our service description table: the service's name, as a packet with counter 0 (ETSI EN 300 468)."""
    names = b"\x01" + _text(provider) + _text(service)
    descriptor = bytes((0x48, len(names))) + names
    running = _pair(0x8000 | len(descriptor))
    body = _pair(_NETWORK) + b"\xff" + _pair(_SERVICE) + b"\xfc" + running + descriptor
    return _packet(SDT_PID, 0x42, _STREAM_ID, body)


def read_section(packet: bytes) -> bytes | None:
    """The section that begins in a packet, if it is whole and its CRC is right."""
    at = payload_at(packet)
    if at >= len(packet):
        return None
    at += 1 + packet[at]
    if at + 3 > len(packet):
        return None
    end = at + 3 + ((packet[at + 1] & 15) << 8 | packet[at + 2])
    section = packet[at:end]
    return section if 12 <= len(section) == end - at and crc32(section) == 0 else None


def read_pat(section: bytes) -> int | None:
    """The PID of the first service's PMT."""
    if section[0] != 0x00:
        return None
    for at in range(8, len(section) - 7, 4):
        if section[at] << 8 | section[at + 1]:
            return (section[at + 2] & 31) << 8 | section[at + 3]
    return None


def read_pmt(section: bytes) -> dict[int, int]:
    """The PIDs of a service's streams with their types, in the table's order."""
    streams: dict[int, int] = {}
    if section[0] != 0x02:
        return streams
    at, end = 12 + ((section[10] & 15) << 8 | section[11]), len(section) - 4
    while at + 5 <= end:
        streams[(section[at + 1] & 31) << 8 | section[at + 2]] = section[at]
        at += 5 + ((section[at + 3] & 15) << 8 | section[at + 4])
    return streams


def _packet(pid: int, table: int, extension: int, body: bytes) -> bytes:
    # Version 0, current, the only section: our tables never change.
    head = _pair(extension) + b"\xc1\x00\x00"
    length = len(head) + len(body) + 4
    section = bytes((table,)) + _pair(0xB000 | length) + head + body
    section += crc32(section).to_bytes(4, "big")
    return packetise(pid, (b"\x00" + section).ljust(PAYLOAD, b"\xff"), 0)


def _described(kind: int) -> bytes:
    """The registration that a kind of stream needs to be known for what it is, with its length."""
    name = _REGISTERED.get(kind, b"")
    descriptor = b"\x05\x04" + name if name else b""
    return _pair(0xF000 | len(descriptor)) + descriptor


def _dvb_subtitles(language: str) -> bytes:
    """The descriptor of plain subtitles for a screen of any shape, all on one page, with its length."""
    page = _pair(PAGE_ID)
    descriptor = bytes((0x59, 8)) + language.encode("ascii") + b"\x10" + page + page
    return _pair(0xF000 | len(descriptor)) + descriptor


def _pair(value: int) -> bytes:
    return value.to_bytes(2, "big")


def _text(name: str) -> bytes:
    """A name in UTF-8, which the first byte says, cut at a whole character."""
    data = name.encode()[:_NAME_BYTES].decode(errors="ignore").encode()
    return bytes((len(data) + 1, 0x15)) + data
