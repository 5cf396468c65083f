"""What a server at rest does not carry along."""

from __future__ import annotations

import subprocess
import sys

ONLY_OTHERS_NEED = {"av", "httpx", "numpy", "yt_dlp"}
"""Scans and compiles, which are processes of their own, and what is fetched from other servers."""


def test_a_server_loads_no_library_that_only_scans_and_compiles_need() -> None:
    asked = "import sys, exstv.cli.serve, exstv.cli.up; print(*sys.modules)"

    told = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True)

    assert "runtime.app" in told.stdout.split()
    assert ONLY_OTHERS_NEED.isdisjoint(told.stdout.split())
