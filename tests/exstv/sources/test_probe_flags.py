"""What a probe tells of streams that a viewer may choose among."""

from __future__ import annotations

from pathlib import Path

import pytest
from decoding import ffmpeg, probed

from exstv.catalog.streams import is_forced_title, is_spare_title


@pytest.mark.ffmpeg
def test_a_probe_tells_default_forced_and_spare_streams(tmp_path: Path) -> None:
    path, text = tmp_path / "film.mkv", tmp_path / "film.srt"
    text.write_text("1\n00:00:00,000 --> 00:00:01,000\nx\n")
    ffmpeg(
        *("-f", "lavfi", "-i", "sine=d=1", "-i", text),
        *("-map", 0, "-map", 0, "-map", 0, "-map", 1, "-map", 1, "-map", 1, "-c:a", "aac", "-c:s", "srt"),
        *("-disposition:a:0", "default", "-disposition:a:1", "0", "-disposition:a:2", "comment"),
        *("-metadata:s:a:1", "title=Director's Commentary"),
        *("-disposition:s:0", "forced", "-disposition:s:1", "hearing_impaired"),
        *("-metadata:s:s:2", "title=Signs & Songs", f"file:{path}"),
    )
    told = [(each.default, each.forced, each.spare) for each in probed(path).streams]
    assert told == [
        (True, False, False),
        (False, False, True),
        (False, False, True),
        (False, True, False),
        (False, False, True),
        (False, True, False),
    ]


@pytest.mark.parametrize(
    ("title", "forced", "spare"),
    [
        ("Forced", True, False),
        ("English (forced)", True, False),
        ("Français forcés", True, False),
        ("Signs & Songs", True, False),
        ("Foreign parts only", True, False),
        ("Full, not forced", False, False),
        ("non-forced", False, False),
        ("Designs", False, False),
        ("Audio commentary by the director", False, True),
        ("Commentaire audio", False, True),
        ("Comentarios", False, True),
        ("Audiodeskription", False, True),
        ("Audiodescripción", False, True),
        ("English SDH", False, True),
        ("English [CC]", False, True),
        ("Malentendants", False, True),
        ("Surround 5.1", False, False),
        ("Recommended", False, False),
    ],
)
def test_titles_tell_what_flags_do_not(title: str, forced: bool, spare: bool) -> None:
    assert (is_forced_title(title), is_spare_title(title)) == (forced, spare)
