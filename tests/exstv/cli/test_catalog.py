"""Which lock counts on this machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from exstv.cli.catalog import lock_path
from exstv.settings import load_settings

COMMITTED, OWN = "catalog.lock", ".exstv/catalog.lock"


@pytest.mark.parametrize(
    ("mode", "locks", "counts"),
    [
        ("live", {COMMITTED: 1}, COMMITTED),
        ("live", {OWN: 1}, OWN),
        ("live", {COMMITTED: 1, OWN: 2}, OWN),
        ("live", {COMMITTED: 2, OWN: 1}, COMMITTED),
        ("live", {}, COMMITTED),
        ("locked", {COMMITTED: 1, OWN: 2}, COMMITTED),
    ],
)
def test_the_newer_lock_counts_unless_the_committed_one_is_locked(
    tmp_path: Path, mode: str, locks: dict[str, int], counts: str
) -> None:
    (tmp_path / "config.yaml").write_text(f"catalog: {{mode: {mode}}}\n", encoding="utf-8")
    for name, seconds in locks.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
        os.utime(path, (seconds, seconds))
    settings, found = load_settings(tmp_path, {})
    assert found == []
    assert lock_path(settings) == tmp_path / counts
