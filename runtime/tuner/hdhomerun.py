"""What an HDHomeRun tuner says of itself: values for its JSON and XML, pure.

Field names and types are those that Plex, Jellyfin, Emby and Kodi read. Route: runtime/routes/hdhomerun.py;
the id: device.py; how it is found: discovery.py.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from exstv.timeline.model import Channel, Profile
from runtime.tuner.device import udn
from runtime.tuner.markup import escape

# Jellyfin takes `HDTC` for transcoding hardware and asks it to transcode: claim a plain tuner.
MODEL = "HDHR4-2US"
FIRMWARE = "hdhomerun4_atsc"
FIRMWARE_VERSION = "20230501"
_MANUFACTURER = "Silicondust"

_VIDEO = {"h264": "H264", "hevc": "HEVC", "mpeg2": "MPEG2"}
_AUDIO = {"aac": "AAC", "ac3": "AC3", "mp2": "MPEG"}
_HD_HEIGHT = 720


@dataclass(frozen=True)
class Device:
    """One emulated device. `base_url` is where its JSON is, `stream_url` the root of its streams."""

    identity: str
    name: str
    tuner_count: int
    base_url: str
    stream_url: str


def discover(device: Device) -> dict[str, object]:
    """The object of `/discover.json`; `TunerCount` must be a number, or Plex shows 49 tuners."""
    return {
        "FriendlyName": device.name,
        "Manufacturer": _MANUFACTURER,
        "ModelNumber": MODEL,
        "FirmwareName": FIRMWARE,
        "FirmwareVersion": FIRMWARE_VERSION,
        "DeviceID": device.identity,
        "DeviceAuth": hashlib.sha256(device.identity.encode()).hexdigest()[:24],
        "BaseURL": device.base_url,
        "LineupURL": f"{device.base_url}/lineup.json",
        "TunerCount": device.tuner_count,
    }


def tunable(channels: Iterable[Channel]) -> Iterator[Channel]:
    """The channels of the line-up: all that are not for IPTV alone."""
    return (channel for channel in channels if channel.streaming_mode != "iptv")


def stream_url(device: Device, channel: Channel) -> str:
    """Where a channel is tuned: a path without a query, to which Plex adds one of its own."""
    return f"{device.stream_url}/auto/v{channel.number}"


def lineup(
    device: Device, channels: Iterable[Channel], profiles: Mapping[str, Profile]
) -> list[dict[str, object]]:
    """The array of `/lineup.json`; what is not known of a channel is left out."""
    return [_entry(device, channel, profiles.get(channel.profile)) for channel in tunable(channels)]


def _entry(device: Device, channel: Channel, profile: Profile | None) -> dict[str, object]:
    entry: dict[str, object] = {"GuideNumber": channel.number, "GuideName": channel.name}
    if profile and profile.video_codec in _VIDEO:
        entry["VideoCodec"] = _VIDEO[profile.video_codec]
    if profile and profile.audio_codec in _AUDIO:
        entry["AudioCodec"] = _AUDIO[profile.audio_codec]
    if profile and profile.height >= _HD_HEIGHT:
        entry["HD"] = 1
    return entry | {"URL": stream_url(device, channel)}


def lineup_xml(entries: Iterable[Mapping[str, object]]) -> str:
    """The same line-up as `/lineup.xml`."""
    programs = "".join(
        "<Program>"
        + "".join(f"<{key}>{escape(str(value))}</{key}>" for key, value in entry.items())
        + "</Program>"
        for entry in entries
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Lineup>{programs}</Lineup>\n'


def lineup_status() -> dict[str, object]:
    """The object of `/lineup_status.json`: always scanned; without `ScanPossible` Plex finds nothing."""
    return {"ScanInProgress": 0, "ScanPossible": 1, "Source": "Cable", "SourceList": ["Cable"]}


def tuners(
    tuner_count: int, tuned: Iterable[Channel | None], viewers: Mapping[str, str]
) -> list[dict[str, object]]:
    """The array of `/status.json`: one entry a tuner, with the channel that holds it.

    `viewers` are the addresses that channels are sent to, by key; a tuner tells of one.
    """
    all_tuners = [*tuned, *[None] * tuner_count][:tuner_count]
    return [
        {"Resource": f"tuner{number}", **(_tuned(channel, viewers.get(channel.key)) if channel else {})}
        for number, channel in enumerate(all_tuners)
    ]


def _tuned(channel: Channel, viewer: str | None) -> dict[str, object]:
    return {
        "VctNumber": channel.number,
        "VctName": channel.name,
        "Frequency": 0,
        "SignalStrengthPercent": 100,
        "SignalQualityPercent": 100,
        "SymbolQualityPercent": 100,
    } | ({"TargetIP": viewer} if viewer else {})


def device_xml(device: Device) -> str:
    """The UPnP description at `/device.xml`."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<root xmlns="urn:schemas-upnp-org:device-1-0">'
        "<specVersion><major>1</major><minor>0</minor></specVersion>"
        f"<URLBase>{escape(device.base_url)}</URLBase>"
        "<device><deviceType>urn:schemas-upnp-org:device:MediaServer:1</deviceType>"
        f"<friendlyName>{escape(device.name)}</friendlyName><manufacturer>{_MANUFACTURER}</manufacturer>"
        f"<modelName>{MODEL}</modelName><modelNumber>{MODEL}</modelNumber>"
        f"<serialNumber>{escape(device.identity)}</serialNumber><UDN>{udn(device.identity)}</UDN>"
        "</device></root>\n"
    )
