"""The keys and words that shared/LANGUAGE.md names, place by place, copied by hand from its text.

The table is made of the schema, which is made of the models: this list is what tells that the models have
forgotten nothing. Add to it when that page says more.
"""

from __future__ import annotations

from collections.abc import Iterator

PLAYING = "play order group_by batch start_at seek keep_multi_part cursor no_repeat guide"
DRESSED = "filler watermark audio subtitles"
DAYS = "days dates months days_of_month nth weeks easter priority"

KEYS = {
    "file": "station withdraw sources collections schedules channels filler profiles policies tests",
    "station": "name timezone broadcast_day horizon history freeze seed defaults",
    "defaults": "profile fallback",
    "local": "type path kind include exclude follow_symlinks",
    "lavfi": "type items",
    "lavfi_item": (
        "id title video audio duration kind show season episode year released genres tags studio network"
        " actors directors rating plot artwork chapters guids added"
    ),
    "plex": "type url token libraries",
    "jellyfin": "type url api_key path_map",
    "emby": "type url api_key",
    "youtube": "type url limit",
    "archive_org": "type query limit",
    "m3u": "type url",
    "url": "type items",
    "collection": "from where order_by limit items of except playlist",
    "playlist": "play count all",
    "seek": "season episode id",
    "start_at": "season episode",
    "guide": "title show",
    "loop": f"kind shuffle_items random_start_point restart items extends {DRESSED}",
    "entry": f"{PLAYING} {DRESSED} name mode start start_behaviour count duration overrun max_late tail",
    "pad_to": f"pad_to {PLAYING} {DRESSED} name overrun max_late",
    "pad_until": f"pad_until tomorrow {PLAYING} {DRESSED} name overrun max_late",
    "wait_until": "wait_until tomorrow name",
    "sequence": "sequence repeat name",
    "slots": f"kind slots extends {DRESSED}",
    "slot": f"{PLAYING} {DRESSED} name days start schedule duration"
    " padding flex max_late mode count priority",
    "balance": f"kind sources by enforce_cooldown enforce_max_consecutive extends {DRESSED}",
    "balance_source": f"{PLAYING} {DRESSED} weight cooldown max_consecutive",
    "blocks": f"kind blocks templates days extends {DRESSED}",
    "block": f"duration stop items guide {DRESSED}",
    "block_item": f"{PLAYING} {DRESSED} mode",
    "placement": "at block",
    "template_day": f"template {DAYS}",
    "external": f"kind url path extends {DRESSED}",
    "calendar": f"schedule {DAYS}",
    "event": f"date start mode {PLAYING} {DRESSED}",
    "channel": (
        "number name id group logo schedule calendar events streaming_mode profile fallback throttle"
        f" always_on enabled apply timezone extends {DRESSED}"
    ),
    "audio": "languages",
    "subtitles": "mode languages render",
    "watermark": "image position width opacity during_filler",
    "fillers": "pre_roll mid_roll post_roll tail fallback",
    "filler": (
        "play mode count duration to fit at every max_breaks cooldown no_repeat order cursor group_by batch"
        " start_at seek keep_multi_part extends"
    ),
    "profile": (
        "resolution scaling frame_rate video audio hardware deinterlace copy_when_conformant extends"
    ),
    "profile_video": "codec bitrate preset gop",
    "profile_audio": "codec bitrate channels sample_rate loudness",
    "config": "server ffmpeg hdhomerun git catalog state_dir media_root",
    "server": "host port public_url token max_catchup",
    "ffmpeg": "path max_processes spawns_per_second memory_guard_threshold fd_guard_reserve",
    "hdhomerun": "enabled device_id tuner_count ssdp udp",
    "git": "remote branch interval",
    "catalog": "mode every",
    "no_dead_air": "max severity",
    "sql_policy": "sql severity",
    "repeat_policy": "min_repeat collection severity",
    "ad_load": "max_filler_per_hour severity",
    "test": "channel at expect",
    "expect": "collection block kind",
}
"""By place."""

VALUES = {
    "local.type": "local",
    "local.kind": "auto movie show music_video other",
    "lavfi.type": "lavfi",
    "lavfi_item.kind": "movie episode music_video clip",
    "catalog.mode": "live locked",
    "profile.scaling": "pad crop stretch",
    "profile.frame_rate": "source",
    "profile.hardware": "auto none nvenc qsv vaapi videotoolbox amf",
    "profile.deinterlace": "auto",
    "profile_video.codec": "h264 hevc mpeg2 copy",
    "profile_video.preset": "veryfast",
    "profile_audio.codec": "aac ac3 mp2 copy",
    "profile_audio.sample_rate": "48000",
    "profile_audio.loudness": "off",
    "playing.order": "chronological episode shuffle random shuffle_in_order rotation listed",
    "filler.order": "shuffle",
    "playing.group_by": "show season artist album director",
    "playing.batch": "all",
    "playing.start_at": "first random",
    "guide.show": "programme block hidden",
    "loop.restart": "never daily",
    "entry.mode": "one multiple duration flood",
    "amount.count": "all",
    "overrun.overrun": "stop trim finish",
    "amount.tail": "filler none offline",
    "entry.start_behaviour": "strict flexible",
    "slot.padding": "none filler loop next",
    "slot.flex": "none extend compress",
    "slot.days": "mon sun weekdays weekends daily",
    "day_rule.days": "mon sun weekdays weekends daily",
    "day_rule.months": "jun jul",
    "day_rule.weeks": "odd even",
    "balance.by": "items",
    "block.stop": "before_end after_end",
    "channel.streaming_mode": "iptv hdhomerun both",
    "channel.throttle": "realtime burst adaptive disabled",
    "channel.apply": "junction now",
    "subtitles.mode": "none forced default any",
    "subtitles.render": "burn embed",
    "watermark.position": "top_right",
    "filler.mode": "count duration pad loop",
    "filler.fit": "exact greedy",
    "filler.at": "chapters every auto",
    "policy.severity": "error warning",
    "expect.kind": "episode movie music_video clip live",
    "loop.kind": "loop",
    "slots.kind": "slots",
    "balance.kind": "balance",
    "blocks.kind": "blocks",
    "external.kind": "external",
}

DEFAULTS = (
    "station.seed station.broadcast_day playing.order filler.order playing.group_by playing.batch"
    " playing.start_at playing.keep_multi_part loop.restart entry.mode event.mode amount.count slot.count"
    " overrun.overrun amount.tail entry.start_behaviour slot.padding slot.flex block.stop filler.fit"
    " balance.enforce_cooldown balance.enforce_max_consecutive channel.apply guide.show"
)
"""What has a default that the page names and a schema can hold."""


LATER = {
    "lavfi_item.chapters": 6,
    "lavfi_item.guids": 6,
    "lavfi_item.added": 6,
}
"""Places and keys that the page names and nothing obeys yet, each with the issue that is to build it.

A test holds it to be all that is missing: who builds one takes it off this list.
"""


def built() -> Iterator[str]:
    """Every word of the page that is to be claimed."""
    return (word for word in written() if issue_of(word) is None)


def later() -> dict[str, int]:
    """Every word of the page that is not built yet, with its issue."""
    issues = ((word, issue_of(word)) for word in written())
    return {word: issue for word, issue in issues if issue is not None}


def issue_of(word: str) -> int | None:
    """The issue that is to build a word; None if it is built."""
    return LATER.get(word.partition(".")[0], LATER.get(word.partition("=")[0]))


def written() -> Iterator[str]:
    """Every word of these lists, as a claim says it."""
    for place, keys in KEYS.items():
        yield from (f"{place}.{key}" for key in keys.split())
    for key, values in VALUES.items():
        yield from (f"{key}={value}" for value in values.split())
    yield from (f"{key} default" for key in DEFAULTS.split())
