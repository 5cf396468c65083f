"""Cuts a PES of AAC into its frames.

ffmpeg puts several frames into one PES as long as they fit one packet, even with `-pes_payload_size 0`: that
happens in quiet passages, and always in silence. MP2 and AC-3 frames of usual rates are larger than a packet.
"""

from __future__ import annotations

_HEADER = 7


def split_frames(data: bytes) -> list[bytes]:
    """The frames of AAC in ADTS, without a broken one at the end; any other sound is one frame."""
    if not _is_adts(data, 0):
        return [data] if data else []
    frames, at = [], 0
    while _is_adts(data, at):
        end = at + max(_HEADER, (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5)
        if end > len(data):
            break
        frames.append(data[at:end])
        at = end
    return frames


def _is_adts(data: bytes, at: int) -> bool:
    """The syncword, and layer 0, which tells AAC from MP2 (ISO/IEC 13818-7, 6.2)."""
    return len(data) >= at + _HEADER and data[at] == 0xFF and data[at + 1] & 0xF6 == 0xF0
