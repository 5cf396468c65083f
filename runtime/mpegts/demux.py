"""Reads the transport stream of one ffmpeg process: bytes in any portions to units of picture and sound.

Bytes that are no transport stream are skipped, never raised about. Packets of a picture stay packets, for
their payload need not be touched; `mux` numbers them anew. `splice` is who reads.
"""

from __future__ import annotations

import re
from collections.abc import Collection

import msgspec

from runtime.mpegts.packet import (
    CONTENTS,
    PACKET,
    PAYLOAD,
    RANDOM_ACCESS,
    SYNC,
    is_stuffed,
    payload_at,
    read_timestamp,
)
from runtime.mpegts.tables import PAT_PID, read_pat, read_pmt, read_section

_NOT_ZERO = re.compile(rb"[^\0]")
_SYNC_PACKETS = 3  # sync bytes in a row that prove a transport stream


class Pes(msgspec.Struct):
    """One access unit as it came, with its own clock values."""

    video: bool
    pts: int
    dts: int
    random_access: bool
    """The muxer says that decoding can start here."""
    missing: int | None
    """Bytes still to come by the declared length; None when none is declared."""
    lost: bool
    """Something between the unit before and this one was damaged."""
    doubtful: bool
    """The input ended here, and nothing proves that the unit is whole."""
    head: bytes
    """The elementary stream's part in the first packet."""
    packets: bytearray
    """The other packets, whole, their adaptation fields emptied."""
    stuffed: bool
    """The last packet so far was filled up, so nothing follows it."""

    def elementary(self) -> bytes:
        """The bytes of the elementary stream."""
        starts = range(0, len(self.packets), PACKET)
        pieces = [self.packets[at + payload_at(self.packets, at) : at + PACKET] for at in starts]
        data = b"".join((self.head, *pieces))
        return data[: self.missing] if self.missing else data


class Demuxer:
    """Owner of one input: the place in its bytes, the PIDs of its streams, the units not yet whole."""

    def __init__(self, video_types: Collection[int], audio_types: Collection[int]) -> None:
        """Takes the stream types to look for; the first stream of each kind in the PMT is read."""
        self._kinds = (video_types, audio_types)
        self._rest = b""
        self._synced = False
        self._map_pid: int | None = None
        self._map: bytes | None = None
        self._video_pid = self._audio_pid = -1
        self._open: dict[bool, Pes] = {}
        self._lost = False
        self._last_video: bool | None = None

    def feed(self, data: bytes) -> list[Pes]:
        """Takes the next bytes and gives the units that they complete."""
        data = self._rest + data if self._rest else bytes(data)
        at, done = 0, list[Pes]()
        while True:
            if not self._synced:
                at = self._find_sync(data, at)
            count = (len(data) - at) // PACKET if self._synced else 0
            if not count:
                self._rest = data[at:]
                return done
            marks = data[at : at + count * PACKET : PACKET]
            whole = count - len(marks.lstrip(b"\x47"))
            # Where the next packet does not begin, the one before it may end with what is not its own.
            trusted = whole if whole == count else max(0, whole - 1)
            self._read(data[at : at + trusted * PACKET], done)
            at += whole * PACKET
            if whole < count:
                self._lose()

    def flush(self) -> list[Pes]:
        """Ends the input and gives the sound or picture that was complete but for its successor.

        A picture has no length, so a process that was killed leaves one that only looks complete. It is whole
        if another stream's packet follows it; the bytes of a broken packet behind it prove the opposite;
        without a proof it is `doubtful`.
        """
        last = [pes for pes in self._open.values() if pes.missing is None]
        self._open.clear()
        for pes in last:
            pes.doubtful = pes.video == self._last_video
        return [pes for pes in last if not (pes.doubtful and self._rest)]

    def _find_sync(self, data: bytes, at: int) -> int:
        """Sets `synced` at the next packet; more bytes are waited for rather than a guess being made."""
        while (at := data.find(SYNC, at)) >= 0:
            if at + (_SYNC_PACKETS - 1) * PACKET >= len(data):
                return at
            if all(data[at + n * PACKET] == SYNC for n in range(1, _SYNC_PACKETS)):
                self._synced = True
                return at
            at += 1
        return len(data)

    def _lose(self) -> None:
        self._synced = False
        self._open.clear()
        self._lost = True

    def _read(self, block: bytes, done: list[Pes]) -> None:
        """Reads whole packets. Runs of the picture's plain packets, nearly all there is, are moved as one."""
        taken, pid = 0, self._video_pid
        for index in _not_plain(block, pid):
            if index > taken:
                self._extend(True, block[taken * PACKET : index * PACKET], done)
            taken = index + 1
            self._other(block[index * PACKET : taken * PACKET], done)
            if self._video_pid != pid:
                self._read(block[taken * PACKET :], done)
                return
        if taken * PACKET < len(block):
            self._extend(True, block[taken * PACKET :], done)

    def _other(self, packet: bytes, done: list[Pes]) -> None:
        pid = (packet[1] & 31) << 8 | packet[2]
        starts = bool(packet[1] & 0x40)
        if pid in (self._video_pid, self._audio_pid):
            video = pid == self._video_pid
            if starts:
                self._begin(video, packet, done)
            elif payload_at(packet) < PACKET:
                self._extend(video, _emptied(packet), done)
        elif starts and pid == PAT_PID:
            section = read_section(packet)
            self._map_pid = self._map_pid if section is None else read_pat(section)
        elif starts and pid == self._map_pid:
            self._read_map(packet)

    def _read_map(self, packet: bytes) -> None:
        if packet[4:] == self._map:
            return
        section = read_section(packet)
        if section is None:
            return
        self._map = packet[4:]
        streams = read_pmt(section)
        self._video_pid, self._audio_pid = (
            next((pid for pid, kind in streams.items() if kind in kinds), -1) for kinds in self._kinds
        )

    def _begin(self, video: bool, packet: bytes, done: list[Pes]) -> None:
        before = self._open.pop(video, None)
        if before is not None and before.missing is None:
            done.append(before)
        elif before is not None:
            self._lost |= video
        self._last_video = video
        pes = _read_start(video, packet)
        if pes is None:
            self._lost |= video
            return
        if video:
            pes.lost, self._lost = self._lost, False
        self._put(pes, done)

    def _extend(self, video: bool, packets: bytes, done: list[Pes]) -> None:
        self._last_video = video
        pes = self._open.pop(video, None)
        if pes is None:
            return
        pes.packets += packets
        pes.stuffed = len(packets) == PACKET and is_stuffed(packets)
        if pes.missing is not None:
            plain = len(packets) // PACKET * PAYLOAD
            pes.missing -= PACKET - payload_at(packets) if len(packets) == PACKET else plain
        self._put(pes, done)

    def _put(self, pes: Pes, done: list[Pes]) -> None:
        # A unit without a length ends with a packet that is filled up: the first picture need not wait for
        # the second one. One that fills its last packet exactly ends where the next begins.
        if pes.stuffed if pes.missing is None else pes.missing <= 0:
            done.append(pes)
        else:
            self._open[pes.video] = pes


def _not_plain(block: bytes, pid: int) -> list[int]:
    """Which packets are other than a PID's payload alone that begins nothing."""
    count = len(block) // PACKET
    if pid < 0:
        return list(range(count))
    expected = (pid >> 8, pid & 0xFF, 0x10)
    columns = (block[1::PACKET], block[2::PACKET], block[3::PACKET].translate(CONTENTS))
    # Each column as one number: a look at every packet was a tenth of the splicer's time.
    differ = 0
    for column, byte in zip(columns, expected, strict=True):
        differ |= int.from_bytes(column) ^ int.from_bytes(bytes((byte,)) * count)
    return [found.start() for found in _NOT_ZERO.finditer(differ.to_bytes(count))]


def _read_start(video: bool, packet: bytes) -> Pes | None:
    """Reads the packet that begins a unit; a unit without a time cannot be placed and is none."""
    at = payload_at(packet)
    header = packet[at:]
    if len(header) < 14 or header[:3] != b"\x00\x00\x01" or not header[7] & 0x80:
        return None
    start = 9 + header[8]
    both = header[7] & 0xC0 == 0xC0 and header[8] >= 10
    if start > len(header) or header[8] < 5:
        return None
    pts = read_timestamp(header, 9)
    length = header[4] << 8 | header[5]
    return Pes(
        video=video,
        pts=pts,
        dts=read_timestamp(header, 14) if both else pts,
        random_access=at > 5 and bool(packet[5] & RANDOM_ACCESS),
        missing=length - (len(header) - 6) if length else None,
        lost=False,
        doubtful=False,
        head=header[start:],
        packets=bytearray(),
        stuffed=is_stuffed(packet),
    )


def _emptied(packet: bytes) -> bytes:
    """A packet with an adaptation field, which is kept as stuffing: nothing that it said holds any more."""
    size = payload_at(packet) - 5
    if size <= 0:
        return packet
    return packet[:5] + b"\x00".ljust(size, b"\xff") + packet[5 + size :]
