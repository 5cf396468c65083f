"""The systems that can be imported: the one place to add another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from exstv.importing.ersatztv import import_ersatztv
from exstv.importing.listed import import_dizquetv, import_tunarr
from exstv.importing.m3u import import_m3u
from exstv.importing.model import Outcome, Wishes

SYSTEMS: dict[str, Callable[[Path, Wishes], Outcome]] = {
    "ersatztv": import_ersatztv,
    "tunarr": import_tunarr,
    "dizquetv": import_dizquetv,
    "m3u": import_m3u,
}
