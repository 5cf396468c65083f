"""HDHomeRun device ids: 32 bits whose last nibble makes a checksum right, written as 8 hexadecimal digits.

Pure. Settings refuse an id that clients would refuse; the tuner derives one where none is configured.
Source of the checksum: libhdhomerun's rule for validating an id.
"""

from __future__ import annotations

import re
from functools import reduce
from operator import xor

_LOOKUP = (0xA, 0x5, 0xF, 0x6, 0x7, 0xC, 0x1, 0xB, 0x9, 0x2, 0x8, 0xD, 0x4, 0x3, 0xE, 0x0)
_NONE_AND_WILDCARD = (0x00000000, 0xFFFFFFFF)
_HEX = re.compile("[0-9A-Fa-f]{8}")


def corrected(device_id: int) -> int:
    """The id with these first seven digits that passes the checksum."""
    nibbles = [(device_id >> shift) & 0xF for shift in range(28, 0, -4)]
    looked_up = [_LOOKUP[nibble] for nibble in nibbles[0::2]]
    return (device_id & 0xFFFFFFF0) | reduce(xor, looked_up + nibbles[1::2])


def is_valid(text: str) -> bool:
    """Tells whether clients accept this id: libhdhomerun never asks a device whose id fails the checksum.

    All zeros and all ones pass it, but mean "none" and "any".
    """
    if not _HEX.fullmatch(text):
        return False
    number = int(text, 16)
    return corrected(number) == number and number not in _NONE_AND_WILDCARD


def suggestion(text: str) -> str | None:
    """The valid id nearest to one with a wrong checksum, None where the text is no id at all."""
    if not _HEX.fullmatch(text):
        return None
    fixed = to_text(corrected(int(text, 16)))
    return fixed if is_valid(fixed) else None


def to_text(device_id: int) -> str:
    """The id as JSON and XML carry it."""
    return f"{device_id:08X}"
