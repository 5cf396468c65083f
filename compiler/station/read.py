"""A station as it was read: the station itself, and what of its text counts beyond it."""

from __future__ import annotations

import msgspec

from compiler.checks.model import Checks
from compiler.station.channels import Station
from exstv.diagnostics import Diagnostic


class StationRead(msgspec.Struct, frozen=True):
    """What front.py gives. `station` is None where it has no sound `station`."""

    station: Station | None
    """Without its checks: they hold trees of YAML, and no stage after these asks for them."""
    checks: Checks
    digest: str
    """Of the text."""
    fingerprint: str
    diagnostics: tuple[Diagnostic, ...]
