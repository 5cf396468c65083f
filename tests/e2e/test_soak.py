"""Twenty minutes of five channels, in the stream's own time; `make soak` plays a day of ten."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from soak.gauges import COUNTS, LEVELS, WINDOW, Sample, grown

pytestmark = pytest.mark.ffmpeg
TESTS = Path(__file__).parents[1]


# As fast as a processor lets it, which others may have.
@pytest.mark.timeout(600)
def test_a_server_that_plays_on_and_on_does_not_grow() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "soak", "--hours", "0.334", "--channels", "5"],
        cwd=TESTS,
        capture_output=True,
        text=True,
        timeout=590,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ERROR" not in done.stderr, done.stderr
    received = re.search(r"([\d.]+) GB received", done.stdout)
    # Twenty minutes of 1 Mb/s, five times.
    assert received is not None and float(received[1]) > 0.65, done.stdout


def sample(**facts: int) -> Sample:
    return Sample(seconds=0.0, children=1, **(dict.fromkeys((*LEVELS, *COUNTS), 1000) | facts))


@pytest.mark.parametrize("name", [*LEVELS, *COUNTS])
def test_what_grows_is_named(name: str) -> None:
    before = [sample()] * WINDOW
    assert grown(before + [sample(**{name: 1040})] * WINDOW) == []
    assert grown(before + [sample(**{name: 1060})] * WINDOW) == [f"{name} grew by 6.0%"]
