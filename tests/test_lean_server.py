"""What a server at rest does not carry along."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["av", "numpy", "yt_dlp"])
def test_a_server_loads_no_library_that_only_scans_and_compiles_need(module: str) -> None:
    asked = f"import sys, exstv.cli.serve, exstv.cli.up; print({module!r} in sys.modules)"

    told = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True)

    assert told.stdout == "False\n"
