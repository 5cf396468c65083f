"""The tuner's values: field names and types as its clients read them."""

from __future__ import annotations

from xml.etree import ElementTree

from msgspec.structs import replace

from exstv.timeline.model import Timeline
from runtime.tuner import hdhomerun
from runtime.tuner.hdhomerun import Device

DEVICE = Device("E5E17005", "Harbour & TV", 2, "http://h:1/hdhomerun", "http://h:1")
UPNP = "{urn:schemas-upnp-org:device-1-0}"


def test_discover_has_the_types_that_clients_insist_on() -> None:
    values = hdhomerun.discover(DEVICE)

    assert type(values.pop("TunerCount")) is int
    assert all(type(value) is str and value for value in values.values())
    assert values["DeviceID"] == "E5E17005"
    assert values["LineupURL"] == "http://h:1/hdhomerun/lineup.json"
    assert "HDTC" not in str(values)


def test_the_lineup_holds_what_can_be_tuned(timeline: Timeline) -> None:
    profiles = {profile.name: profile for profile in timeline.profiles}

    assert hdhomerun.lineup(DEVICE, timeline.channels, profiles) == [
        {
            "GuideNumber": "2.5",
            "GuideName": "Beta, the Second",
            "VideoCodec": "H264",
            "AudioCodec": "AAC",
            "HD": 1,
            "URL": "http://h:1/auto/v2.5",
        },
        {
            "GuideNumber": "42",
            "GuideName": "Tuner only",
            "VideoCodec": "H264",
            "AudioCodec": "AAC",
            "HD": 1,
            "URL": "http://h:1/auto/v42",
        },
    ]


def test_what_is_not_known_of_a_channel_is_left_out(timeline: Timeline) -> None:
    copied = replace(timeline.profiles[0], video_codec="copy", audio_codec="copy", height=576)

    entries = hdhomerun.lineup(DEVICE, timeline.channels[:1], {"hd": copied})

    assert entries[0].keys() == {"GuideNumber", "GuideName", "URL"}


def test_codecs_have_the_names_of_the_device(timeline: Timeline) -> None:
    mpeg = replace(timeline.profiles[0], video_codec="mpeg2", audio_codec="mp2")

    entry = hdhomerun.lineup(DEVICE, timeline.channels[:1], {"hd": mpeg})[0]

    assert (entry["VideoCodec"], entry["AudioCodec"]) == ("MPEG2", "MPEG")


def test_the_xml_lineup_says_the_same(timeline: Timeline) -> None:
    channels = [replace(timeline.channels[0], name="A & <B>")]
    entries = hdhomerun.lineup(DEVICE, channels, {})

    programs = ElementTree.fromstring(hdhomerun.lineup_xml(entries)).findall("Program")

    assert [{field.tag: field.text for field in program} for program in programs] == entries


def test_a_scan_is_possible_and_done() -> None:
    assert hdhomerun.lineup_status() == {
        "ScanInProgress": 0,
        "ScanPossible": 1,
        "Source": "Cable",
        "SourceList": ["Cable"],
    }


def test_a_running_channel_takes_a_tuner_and_no_more_than_there_are(timeline: Timeline) -> None:
    tuners = hdhomerun.tuners(2, timeline.channels[:1], {"retro": "10.0.0.5"})

    assert [(tuner["Resource"], tuner.get("VctNumber"), tuner.get("TargetIP")) for tuner in tuners] == [
        ("tuner0", "2.5", "10.0.0.5"),
        ("tuner1", None, None),
    ]
    assert [tuner["Resource"] for tuner in hdhomerun.tuners(2, timeline.channels, {})] == ["tuner0", "tuner1"]


def test_the_description_is_in_the_order_of_upnp() -> None:
    root = ElementTree.fromstring(hdhomerun.device_xml(DEVICE))

    assert [child.tag.removeprefix(UPNP) for child in root] == ["specVersion", "URLBase", "device"]
    device = {child.tag.removeprefix(UPNP): child.text for child in root[2]}
    assert device["friendlyName"] == "Harbour & TV"
    assert device["serialNumber"] == "E5E17005"
    assert (device["UDN"] or "").startswith("uuid:")
