"""Writes the one unbroken stream of a channel: counters, clock, tables; the same PIDs for ever.

It is told where on the clock each unit lies and writes it there; `splice` decides where.
"""

from __future__ import annotations

from runtime.mpegts.demux import Pes
from runtime.mpegts.packet import CONTENTS, PACKET, WRAP, clock_field, clock_packet, packetise, pes_header
from runtime.mpegts.stream import StreamFormat, Unit
from runtime.mpegts.tables import AUDIO_PID, PMT_PID, SDT_PID, SUBTITLE_PID, VIDEO_PID, pat, pmt, sdt

LEAD = 36_000
"""How far the clock (PCR) lies behind the picture's DTS, in ticks: 400 ms for a receiver to buffer."""
CLOCK_EVERY = 3_600
"""The clock is sent more often than each 40 ms (ETSI TR 101 290, 2.3a)."""
TABLES_EVERY, NAME_EVERY = 9_000, 45_000
"""PAT and PMT come each 100 ms or at each frame if frames are longer; the SDT each 500 ms."""

_VIDEO_ID, _AUDIO_ID, _PRIVATE_ID = 0xE0, 0xC0, 0xBD
_NUMBERS = bytes(range(16))
_PRIVATE_TYPES = {0x06, 0x81, 0x87}  # AC-3 and its kin are carried in private streams


class Mux:
    """Owner of the output's counters and of what was sent when."""

    def __init__(self, format: StreamFormat, base: int) -> None:
        """Takes the 33-bit clock value of tick 0."""
        self._base = base
        self._grid = format.video_grid()
        self._audio_id = _PRIVATE_ID if format.audio_type in _PRIVATE_TYPES else _AUDIO_ID
        self._tables = pat() + pmt(format.video_type, format.audio_type, format.subtitles)
        self._name = sdt(format.service_name, format.provider_name)
        self._counters = dict.fromkeys((VIDEO_PID, AUDIO_PID, SUBTITLE_PID, PMT_PID, SDT_PID), 0)
        self._clock_tick: int | None = None
        self._tables_tick = self._name_tick = -NAME_EVERY

    def video(self, pes: Pes, slot: int, shown: int, *, keyframe: bool) -> Unit:
        """Writes a frame that is decoded in one slot and shown in another."""
        tick, following = self._grid.tick(slot), self._grid.tick(slot + 1)
        dts, pts = (self._base + tick) % WRAP, (self._base + self._grid.tick(shown)) % WRAP
        parts = [self._due_tables(tick, following, keyframe), self._due_clocks(tick)]
        head = packetise(
            VIDEO_PID,
            pes_header(_VIDEO_ID, pts, dts, None) + pes.head,
            self._counters[VIDEO_PID],
            clock_field(dts - LEAD, random_access=keyframe),
        )
        self._count(VIDEO_PID, head)
        self._number(pes.packets)
        return Unit(b"".join((*parts, head, pes.packets)), tick, keyframe, True)

    def audio(self, frame: bytes, tick: int) -> Unit:
        """Writes a sound frame."""
        stamp = (self._base + tick) % WRAP
        payload = pes_header(self._audio_id, stamp, stamp, len(frame)) + frame
        data = packetise(AUDIO_PID, payload, self._counters[AUDIO_PID])
        self._count(AUDIO_PID, data)
        return Unit(data, tick, False, False)

    def subtitle(self, field: bytes, tick: int, shown: int) -> Unit:
        """Writes what subtitles are told with the frame of a tick, which is shown at another one."""
        stamp = (self._base + shown) % WRAP
        payload = pes_header(_PRIVATE_ID, stamp, stamp, len(field), aligned=True) + field
        data = packetise(SUBTITLE_PID, payload, self._counters[SUBTITLE_PID])
        self._count(SUBTITLE_PID, data)
        return Unit(data, tick, False, False)

    def _due_tables(self, tick: int, following: int, keyframe: bool) -> bytes:
        data = b""
        if keyframe or following - self._tables_tick > TABLES_EVERY:
            self._tables_tick = tick
            data = self._renumbered(self._tables, PMT_PID)
        if following - self._name_tick > NAME_EVERY:
            self._name_tick = tick
            data += self._renumbered(self._name, SDT_PID)
        return data

    def _renumbered(self, tables: bytes, counted: int) -> bytes:
        """PAT and PMT are always sent together, so one counter serves both."""
        data, counter = bytearray(tables), self._counters[counted]
        data[3::PACKET] = bytes(control & 0xF0 | counter for control in data[3::PACKET])
        self._counters[counted] = counter + 1 & 15
        return bytes(data)

    def _due_clocks(self, tick: int) -> bytes:
        """Clock packets that divide the time since the last frame, if that is too long, into equal parts."""
        last, self._clock_tick = self._clock_tick, tick
        if last is None:
            return b""
        parts = (tick - last) // CLOCK_EVERY + 1
        counter = self._counters[VIDEO_PID] - 1 & 15
        between = (last + (tick - last) * part // parts for part in range(1, parts))
        return b"".join(clock_packet(VIDEO_PID, self._base + at - LEAD, counter) for at in between)

    def _number(self, packets: bytearray) -> None:
        """Gives the packets of a picture our PID and counters, in place: nearly all bytes that there are."""
        count = len(packets) // PACKET
        counter = self._counters[VIDEO_PID]
        control = int.from_bytes(packets[3::PACKET].translate(CONTENTS))
        numbers = int.from_bytes((_NUMBERS * (count // 16 + 2))[counter : counter + count])
        packets[1::PACKET] = bytes((VIDEO_PID >> 8,)) * count
        packets[2::PACKET] = bytes((VIDEO_PID & 0xFF,)) * count
        # All at once, as one number: byte by byte is a tenth of the splicer's time.
        packets[3::PACKET] = (control | numbers).to_bytes(count)
        self._counters[VIDEO_PID] = counter + count & 15

    def _count(self, pid: int, data: bytes) -> None:
        self._counters[pid] = self._counters[pid] + len(data) // PACKET & 15
