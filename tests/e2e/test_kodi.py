"""Kodi in front of the server, by both of its add-ons for television: what it lists, and that one tuner does.

Kodi and the server are on a network of their own (networks.py); nothing leaves this machine.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from kodi import HDHOMERUN, IPTV_SIMPLE, PROGRAMS, Kodi, kodi
from networks import SERVER, Network, network, require
from players_reading import Channel, kodi_channels
from stations import LONG, write_station
from watching import PATIENCE_SECONDS, Server

pytestmark = pytest.mark.ffmpeg
PutOnAir = Callable[..., Server]
ONE_TUNER = {
    "EXSTREAMTV_SERVER__HOST": SERVER,
    "EXSTREAMTV_HDHOMERUN__UDP": "true",
    "EXSTREAMTV_HDHOMERUN__DEVICE_ID": "E5E17005",
    "EXSTREAMTV_HDHOMERUN__TUNER_COUNT": "1",
}
REDS = "color=c=red:s=320x180:r=30,hue=h=40*sin(2*t)"
"""A picture that is another red in each frame."""
TALES = """
sources:
  tales:
    type: lavfi
    items:
      - {id: fog, title: "Fog & Frost", kind: episode, show: Harbour Tales, season: 1, episode: 9,
         video: "color=c=blue:s=320x180:r=30", duration: 22m}
      - {id: chart, title: The Chart, kind: episode, show: Harbour Tales, season: 12, episode: 10,
         video: "color=c=blue:s=320x180:r=30", duration: 25m}
channels:
  tales: {number: 2.5, name: "24 Hour Tales, & Tides", group: "Series;Late", schedule: tales}
schedules:
  tales: {kind: loop, items: [{play: tales, order: listed, mode: flood}]}
"""


@pytest.fixture
def net() -> Iterator[Network]:
    require(*PROGRAMS)
    with network() as laid, laid.visiting():
        yield laid


@pytest.fixture
def server(net: Network, tmp_path: Path, put_on_air: PutOnAir) -> Server:
    """Three channels, and one tuner for them."""
    folder = write_station(
        tmp_path / "harbour", {"alpha": LONG, "beta": LONG}, video=REDS, more=", group: Films"
    )
    (folder / "tales.yaml").write_text(TALES)
    return put_on_air(folder, through=net.server, **ONE_TUNER)


def number(channel: dict[str, Any]) -> str:
    """A channel's number as we write it."""
    sub = channel["subchannelnumber"]
    return f"{channel['channelnumber']}.{sub}" if sub else str(channel["channelnumber"])


def grouped(channels: list[Channel]) -> dict[str, list[str]]:
    """The names of each group's channels."""
    groups = [group for channel in channels for group in channel.groups]
    return {name: [each.name for each in channels if name in each.groups] for name in groups}


def in_xmltv(server: Server, guide_id: str) -> list[tuple[str, ...]]:
    """Start, stop, title, sub-title, season and episode of what our guide says of a channel."""
    found = []
    for entry in ET.fromstring(server.get("/iptv/xmltv.xml").content).iter("programme"):
        if entry.get("channel") == guide_id:
            counted = re.fullmatch(r"S(\d+)E(\d+)", entry.findtext("episode-num[@system='onscreen']", ""))
            season, episode = (str(int(part)) for part in counted.groups()) if counted else ("", "")
            times = [entry.attrib[end].removesuffix(" +0000") for end in ("start", "stop")]
            names = [entry.findtext(name, "") for name in ("title", "sub-title")]
            found.append((*times, *names, season, episode))
    return found


def in_kodi(watcher: Kodi, channel: int) -> list[tuple[str, ...]]:
    """The same of what Kodi has."""
    times, names = ("starttime", "endtime"), ("title", "episodename")
    return [
        (
            *(re.sub(r"\D", "", entry[end]) for end in times),
            *(entry[name] for name in names),
            *("" if entry[count] < 0 else str(entry[count]) for count in ("seasonnum", "episodenum")),
        )
        for entry in watcher.guide(channel, *times, *names, "seasonnum", "episodenum")
    ]


def assert_plays_by_the_tuner(watcher: Kodi, add_on: str, server: Server) -> None:
    """Plays the first channel by an add-on, which moves, holds the only tuner and leaves none to others."""
    video, sound = watcher.play(watcher.channels_of(add_on)[0]["channelid"])
    assert (video["codec"], video["width"], video["height"], sound["codec"]) == ("h264", 320, 180, "aac")
    assert_moves(watcher)
    (tuner,) = server.get("/status.json").json()
    assert (tuner["Resource"], tuner["VctNumber"]) == ("tuner0", "1")
    held = server.get("/api/v1/sessions").json()
    assert held["tuners"] == ["alpha"]
    assert {(each["channel"], each["protocol"]) for each in held["sessions"]} == {("alpha", "HDHomeRun")}
    refused = server.get("/auto/v2")
    assert (refused.status_code, refused.headers["X-HDHomeRun-Error"]) == (503, "805 All Tuners In Use")
    # What Kodi watches is there for others too.
    with httpx.stream("GET", f"{server.base}/auto/v1", timeout=PATIENCE_SECONDS) as shared:
        assert shared.status_code == 200


def assert_moves(watcher: Kodi) -> None:
    """Sees several of the channel's pictures on Kodi's screen."""
    seen: set[tuple[int, int, int]] = set()

    def five_reds() -> bool:
        red, green, blue = colour = watcher.colour()
        if red > max(green, blue) + 50:
            seen.add(colour)
        return len(seen) >= 5

    watcher.until(five_reds)


def test_iptv_simple_lists_every_channel_group_and_guide_entry(
    net: Network, server: Server, tmp_path: Path
) -> None:
    listed = kodi_channels(server.get("/iptv/channels.m3u").text)
    assert [each.number for each in listed] == ["1", "2", "2.5"]
    guides = [in_xmltv(server, each.guide_id) for each in listed]
    assert {entry[4:] for entry in guides[2]} == {("1", "9"), ("12", "10")}

    with kodi(net, tmp_path / "kodi", f"{server.base}/iptv/channels.m3u") as watcher:
        watcher.use(IPTV_SIMPLE)
        channels = watcher.channels()
        assert [(number(each), each["label"]) for each in channels] == [
            (each.number, each.name) for each in listed
        ]
        groups = watcher.groups()
        assert groups.pop("All channels") == [each.name for each in listed]
        assert groups == grouped(listed)
        ids = [each["channelid"] for each in channels]
        watcher.until(lambda: sum(len(watcher.guide(id)) for id in ids) >= sum(map(len, guides)))
        assert [in_kodi(watcher, id) for id in ids] == guides
        assert watcher.complaints() == []


def test_both_add_ons_play_with_one_tuner(net: Network, server: Server, tmp_path: Path) -> None:
    with kodi(net, tmp_path / "kodi", f"{server.base}/lineup.m3u") as watcher:
        watcher.use(HDHOMERUN)
        assert [(number(each), each["label"]) for each in watcher.channels()] == [
            (each["GuideNumber"], each["GuideName"]) for each in server.get("/lineup.json").json()
        ]
        assert_plays_by_the_tuner(watcher, HDHOMERUN, server)
        watcher.stop()
        watcher.use(IPTV_SIMPLE)
        assert_plays_by_the_tuner(watcher, IPTV_SIMPLE, server)
        # Only with a guide does Kodi know a time.
        before = watcher.time()
        watcher.until(lambda: watcher.time() != before)
        assert watcher.complaints() == []
