"""The M3U playlist: channels as the IPTV clients of a house read them.

Pure text. M3U has no escaping, so values lose what would end them. Routes: runtime/routes/iptv.py and
hdhomerun.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from exstv.players import in_groups, m3u_name, m3u_value
from exstv.timeline.model import Channel, Profile

MEDIA_TYPE = "application/x-mpegurl; charset=utf-8"


def render(
    channels: Iterable[Channel],
    profiles: Mapping[str, Profile],
    guide_url: str,
    stream_url: Callable[[Channel], str],
    catch_up_days: int = 0,
) -> str:
    """The playlist of these channels, in their order, pointing at the guide.

    So many days of each can be played again from any second on, by `?at=` at the same address.
    """
    guide = m3u_value(guide_url)
    lines = [f'#EXTM3U url-tvg="{guide}" x-tvg-url="{guide}"']
    for channel in channels:
        url = stream_url(channel)
        given = [*_attributes(channel, profiles), *(_catch_up(url, catch_up_days) if catch_up_days else ())]
        attributes = " ".join(f'{key}="{value}"' for key, value in given if value)
        lines += [f"#EXTINF:-1 {attributes},{m3u_name(channel.name)}", url]
    return "\n".join(lines) + "\n"


def of_group(channels: Iterable[Channel], group: str) -> list[Channel]:
    """The channels of a group."""
    return [channel for channel in channels if group in in_groups(channel.group or "")]


def _attributes(channel: Channel, profiles: Mapping[str, Profile]) -> Iterable[tuple[str, str]]:
    xmltv_id = m3u_value(channel.xmltv_id)
    profile = profiles.get(channel.profile)
    return (
        ("tvg-id", xmltv_id),
        ("channel-id", xmltv_id),
        ("channel-number", m3u_value(channel.number)),
        ("CUID", xmltv_id),
        ("tvg-chno", m3u_value(channel.number)),
        ("tvg-name", m3u_value(channel.name)),
        ("tvg-logo", m3u_value(channel.logo or "")),
        ("group-title", m3u_value(channel.group or "")),
        ("tvc-stream-vcodec", _codec(profile.video_codec) if profile else ""),
        ("tvc-stream-acodec", _codec(profile.audio_codec) if profile else ""),
    )


def _catch_up(url: str, days: int) -> Iterable[tuple[str, str]]:
    """What offers catch-up to Kodi's iptvsimple, TiviMate and those that follow them.

    `{utc}` is the start in Unix seconds. An end is not asked for: what came after the programme follows.
    """
    return (
        ("catchup", "default"),
        ("catchup-source", f"{m3u_value(url)}?at={{utc}}"),
        ("catchup-days", str(days)),
    )


def _codec(codec: str) -> str:
    """The codec as Channels DVR names it; nothing for `copy`, where it is the media's."""
    return "" if codec == "copy" else m3u_value(codec)
