"""Looks at a file's groups of pictures: how long they are, and whether decoding can start at each of them.

What this finds decides whether pictures may be sent unencoded; where it cannot tell, it says nothing. Opens
no file of its own accord: probe.py does, in a process that may be lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

import av
import msgspec

from exstv.catalog.model import Stream
from exstv.catalog.streams import rate_of

WHOLE_FILE = 64 * 1024 * 1024
"""Files up to this many bytes are read whole; of longer ones the index is asked, if it can be trusted."""

MP4 = "mp4"
"""Part of what libav calls the format of MP4 and MOV."""

_START = re.compile(rb"\x00\x00\x01(.)", re.DOTALL)
_H264_IDR, _H264_SPS = 5, 7
_HEVC_CLOSED, _HEVC_SPS = (
    range(16, 21),
    33,
)  # BLA and IDR; CRA, which is 21, lets pictures lean on those before it
_SEQUENCE, _GROUP = 0xB3, 0xB8
_CLOSED_GROUP = 0x40


def has_index(container: av.container.InputContainer, stream: Stream) -> bool:
    """Tells whether the file's index knows every picture, and of each keyframe that decoding starts there."""
    return MP4 in container.format.name and stream.codec == "h264"


def in_file(container: av.container.InputContainer, number: int, stream: Stream) -> Stream:
    """Reads all packets of a small file; the stream with what was found."""
    source = container.streams[number]
    if not isinstance(source, av.VideoStream):
        return stream
    times: list[int] = []
    keys: list[int] = []
    cutter = _Cutter(stream.codec, source.codec_context.extradata or b"", stream.reorder or 0)
    for packet in container.demux(source):
        if not packet.size:
            continue
        if packet.pts is None:
            return stream
        if packet.is_keyframe:
            if not cutter.starts_anew(bytes(packet)):
                return stream
            keys.append(len(times))
        times.append(packet.pts)
    known = _known(stream, sorted(times), keys, source.time_base)
    # Other formats have no exact index, or lack the order of decoding where they are opened in the middle.
    exact = MP4 in container.format.name
    return known if exact else msgspec.structs.replace(known, even_gop=False)


def in_index(source: av.VideoStream, stream: Stream) -> Stream:
    """Asks the index of an MP4 file, where with H.264 each keyframe starts decoding (ISO/IEC 14496-15)."""
    entries = list(source.index_entries)
    keys = [place for place, entry in enumerate(entries) if entry.is_keyframe]
    # In the order of decoding; what is decoded evenly is shown evenly.
    return _known(stream, [entry.timestamp for entry in entries], keys, source.time_base)


def _known(stream: Stream, times: Sequence[int], keys: Sequence[int], base: Fraction | None) -> Stream:
    rate = rate_of(stream)
    if not keys or keys[0] != 0 or rate is None or base is None:
        return stream
    step = 1 / (rate * base)
    if any(abs(at - times[0] - step * place) > step / 4 for place, at in enumerate(times)):
        return stream
    lengths = [after - before for before, after in zip(keys, (*keys[1:], len(times)), strict=True)]
    longest = max(lengths)
    return msgspec.structs.replace(
        stream,
        frames=len(times),
        closed_gop=longest,
        even_gop=all(length == longest for length in lengths[:-1]),
    )


class _Cutter:
    """Knows how a codec marks a picture that needs none before it."""

    def __init__(self, codec: str, extradata: bytes, reorder: int) -> None:
        self._codec = codec
        self._reorder = reorder
        # avcC and hvcC begin with their version, Annex B with a start code (ISO/IEC 14496-15, 5.3 and 8.3).
        place = {"h264": 4, "hevc": 21}.get(codec, len(extradata))
        packed = len(extradata) > place and extradata[0] == 1
        self._prefix = (extradata[place] & 3) + 1 if packed else 0

    def starts_anew(self, picture: bytes) -> bool:
        if self._codec == "mpeg2video":
            return self._mpeg2(picture)
        kinds = {head & 31 if self._codec == "h264" else head >> 1 & 63 for head in self._heads(picture)}
        # Without a header in the extradata each keyframe has to bring its own.
        if self._codec == "h264":
            return _H264_IDR in kinds and (self._prefix > 0 or _H264_SPS in kinds)
        closed = any(kind in _HEVC_CLOSED for kind in kinds)
        return self._codec == "hevc" and closed and (self._prefix > 0 or _HEVC_SPS in kinds)

    def _heads(self, picture: bytes) -> Iterator[int]:
        """The first byte of each NAL unit."""
        if not self._prefix:
            yield from (found[1][0] for found in _START.finditer(picture))
            return
        at = 0
        while at + self._prefix < len(picture):
            yield picture[at + self._prefix]
            at += self._prefix + int.from_bytes(picture[at : at + self._prefix], "big")

    def _mpeg2(self, picture: bytes) -> bool:
        found = {match[1][0]: match.end() for match in _START.finditer(picture[:4096])}
        group = found.get(_GROUP)
        closed = group is not None and bool(
            picture[group + 3 : group + 4] and picture[group + 3] & _CLOSED_GROUP
        )
        # Where nothing is reordered no picture can lean on one that is shown after it.
        return _SEQUENCE in found and (closed or self._reorder == 0)
