"""The tuner's identity: configured, or made once and kept; clients forget a device whose id changes."""

from __future__ import annotations

import hashlib
import os
import secrets
import uuid
from pathlib import Path

from exstv import device_id
from exstv.errors import CannotStart
from exstv.settings import Settings

_PREFIX = 0xE5E00000
_FILE = "device_id"


def read_or_make_id(settings: Settings) -> str:
    """The device id as 8 hexadecimal digits; without a configured one, made from a random seed once.

    Touches the disk: called once at the start. Raises CannotStart where none can be read or kept.
    """
    if settings.hdhomerun.device_id is not None:
        return settings.hdhomerun.device_id
    path = settings.state_dir / _FILE
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _keep(derive_id(secrets.token_bytes(16)), path)
        kept = path.read_text(encoding="ascii", errors="replace").strip()
    except OSError as error:
        raise CannotStart(f"cannot keep the HDHomeRun device id in {path}: {error.strerror}") from error
    if not device_id.is_valid(kept):
        raise CannotStart(f"{path} holds no HDHomeRun device id; delete it to get a new one")
    return kept


def derive_id(seed: bytes) -> str:
    """A valid id that no other seed is likely to give; its prefix is no legacy hardware's."""
    twenty_bits = int.from_bytes(hashlib.sha256(seed).digest()[:3], "big") >> 4
    return device_id.to_text(device_id.corrected(_PREFIX | twenty_bits))


def udn(identity: str) -> str:
    """The UPnP device name: a well-formed UUID, the same for as long as the id is."""
    return f"uuid:{uuid.uuid5(uuid.NAMESPACE_OID, identity)}"


def _keep(identity: str, path: Path) -> None:
    """Writes beside and renames, so that a crash leaves no half file."""
    beside = path.with_name(f"{path.name}.new")
    with beside.open("w", encoding="ascii") as file:
        file.write(identity + "\n")
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
