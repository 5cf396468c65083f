from __future__ import annotations

import pytest
from resolving import item, run

from exstv.catalog.model import MediaItem, Stream

VIDEO = Stream(index=0, type="video", codec="h264", width=720, height=576, frame_rate="25", level=30)
TEXT = Stream(index=2, type="subtitle", codec="subrip", language="nl")
PICTURES = Stream(index=3, type="subtitle", codec="hdmv_pgs_subtitle", default=True)
NEWS = item("n:news")


def told(mode: str, *streams: Stream, more: str = "", at: str = "entry") -> list[tuple[str, str]]:
    """What is said of a channel whose one film has these streams."""
    worn = f"subtitles: {{mode: {mode}, render: embed}}"
    channel, entry = (f", {worn}" if at == place else "" for place in ("channel", "entry"))
    text = (
        f"channels: {{one: {{number: 1, name: One, schedule: day{more}{channel}}}}}\n"
        f"schedules: {{day: {{kind: loop, items: [{{play: m{entry}}}]}}}}\n"
    )
    film: MediaItem = item("m:film", streams=streams)
    return [(each.code, each.message) for each in run(text, (film, NEWS))[1]]


@pytest.mark.parametrize("at", ["channel", "entry"])
def test_text_beside_the_pictures_of_a_tuner_is_told(at: str) -> None:
    ((code, message),) = told("any", TEXT, at=at)
    assert code == "EXS3065" and "`one` sends text like that of `m:film` in HLS alone" in message
    assert told("any", TEXT, more=", streaming_mode: hdhomerun", at=at)[0][0] == "EXS3065"


def test_whom_text_reaches_is_told_nothing() -> None:
    assert told("any", TEXT, more=", streaming_mode: iptv") == []
    assert told("any") == told("none", TEXT) == []
    # No forced ones: none are shown, nor sent.
    assert told("forced", TEXT) == told("default", TEXT) == []


def test_subtitles_that_are_pictures_are_told_not_to_reach_all() -> None:
    ((code, message),) = told("default", PICTURES, TEXT)
    assert code == "EXS3066" and "`one` sends subtitles like those of `m:film` as DVB subtitles" in message
    # Text is picked before pictures.
    assert [code for code, _ in told("any", PICTURES, TEXT)] == ["EXS3065"]
