"""Whatever a title, a name or an error holds, no answer holds a control character."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from busy import busy
from msgspec.structs import replace

from exstv.timeline.model import Timeline

if TYPE_CHECKING:
    from tests.runtime.conftest import Station

EVERY = "A" + "".join(map(chr, (*range(9), *range(11, 32), *range(127, 160)))) + "Z"
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
ADDRESSES = (
    *(
        "/",
        "/channels/2.5",
        "/iptv/channels.m3u",
        "/iptv/xmltv.xml",
        "/lineup.m3u",
        "/lineup.json",
        "/lineup.xml",
    ),
    *("/discover.json", "/device.xml", "/status.json", "/api/v1/now", "/api/v1/guide"),
    *("/api/v1/channels", "/api/v1/channels/2.5", "/api/v1/channels/2.5/items", "/api/v1/processes"),
)


def evil(timeline: Timeline) -> Timeline:
    """The same station, each of its texts with all control characters."""
    first, *rest = timeline.channels
    return replace(
        timeline,
        header=replace(timeline.header, station=EVERY),
        channels=(replace(first, name=EVERY, group=EVERY), *rest),
        media=tuple(replace(each, title=EVERY) for each in timeline.media),
        programmes=tuple(
            replace(each, title=EVERY, sub_title=EVERY, description=EVERY, categories=(EVERY,))
            for each in timeline.programmes
        ),
    )


def texts(value: object) -> Iterator[str]:
    """Every text in what JSON says."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for each in [*value, *value.values()] if isinstance(value, dict) else value:
            yield from texts(each)


def test_no_answer_holds_a_control_character(
    make_station: Callable[[Timeline], Station], timeline: Timeline
) -> None:
    station = busy(make_station(evil(timeline)))
    running = (replace(each, purpose=EVERY, last_lines=(EVERY,)) for each in station.status[0].processes)
    station.says(processes=tuple(running))
    for address in ADDRESSES:
        answer = station.client.get(address)
        assert answer.status_code == 200, (address, answer.text)
        assert "A" in answer.text and "Z" in answer.text, address
        assert not CONTROL.search(answer.text.replace("\r\n", "\n")), address
        if answer.headers["content-type"].startswith("application/json"):
            assert not [each for each in texts(json.loads(answer.content)) if CONTROL.search(each)], address
        assert not any(CONTROL.search(value) for value in answer.headers.values()), address
