"""Time zones as arguments, apart from arguments.py: their names take time to read."""

from __future__ import annotations

import argparse

from compiler.documents.scalars import time_zones
from exstv.codes import did_you_mean
from exstv.diagnostics import suggest


def time_zone(text: str) -> str:
    """An argument that is an IANA name. Raises ArgumentTypeError, with the name that was meant."""
    zones = time_zones()
    if text not in zones:
        near = did_you_mean(suggest(text, sorted(zones)))
        raise argparse.ArgumentTypeError(f"no time zone named `{text}`{f'; {near}' if near else ''}")
    return text
