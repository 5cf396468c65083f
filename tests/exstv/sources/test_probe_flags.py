"""What a probe tells of streams that a viewer may choose among."""

from __future__ import annotations

from pathlib import Path

import pytest
from decoding import ffmpeg, probed


@pytest.mark.ffmpeg
def test_a_probe_tells_default_forced_and_spare_streams(tmp_path: Path) -> None:
    path, text = tmp_path / "film.mkv", tmp_path / "film.srt"
    text.write_text("1\n00:00:00,000 --> 00:00:01,000\nx\n")
    ffmpeg(
        *("-f", "lavfi", "-i", "sine=d=1", "-i", text),
        *("-map", 0, "-map", 0, "-map", 0, "-map", 1, "-map", 1, "-c:a", "aac", "-c:s", "srt"),
        *("-disposition:a:0", "default", "-disposition:a:1", "0", "-disposition:a:2", "comment"),
        *("-metadata:s:a:1", "title=Director's Commentary"),
        *("-disposition:s:0", "forced", "-disposition:s:1", "hearing_impaired", f"file:{path}"),
    )
    told = [(each.default, each.forced, each.spare) for each in probed(path).streams]
    assert told == [
        (True, False, False),
        (False, False, True),
        (False, False, True),
        (False, True, False),
        (False, False, True),
    ]
