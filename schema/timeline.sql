-- The tables of a timeline: what the compiler makes and the runtime plays.
--
-- A timeline is one DuckDB file, written once and never changed; a new version is a new file. Instants are
-- UTC (TIMESTAMP, whole milliseconds), intervals are half-open: [start_time, finish_time). Durations and
-- points inside a media item end in _ms. A reader refuses a format_version that it does not know.

-- What this timeline is. One row.
CREATE TABLE timeline (
    format_version INTEGER NOT NULL,    -- version of these tables
    version BIGINT NOT NULL,            -- counts up with each published timeline; 0: never published
    digest VARCHAR NOT NULL,            -- SHA-256 over the channels' digests in line-up order
    inputs VARCHAR NOT NULL,            -- SHA-256 over the YAML, the lock's digest and the carried state
    "commit" VARCHAR,                   -- git commit of the station, where it is known
    lock_digest VARCHAR NOT NULL,       -- SHA-256 of the catalog lock that it was built from
    station VARCHAR NOT NULL,           -- the station's name
    timezone VARCHAR NOT NULL,          -- the station's IANA zone
    start_time TIMESTAMP NOT NULL,      -- where the first row of any channel starts
    finish_time TIMESTAMP NOT NULL,     -- until here every channel is planned; a last programme may end later
    built_at TIMESTAMP NOT NULL,        -- the machine's clock when it was built
    compiled_for TIMESTAMP NOT NULL,    -- the compile's `now`
    fingerprint VARCHAR NOT NULL,       -- SHA-256 over everything that the compile read; empty: not known
    fresh_from TIMESTAMP NOT NULL,      -- from here on, and
    fresh_until TIMESTAMP NOT NULL      -- before here, the same fingerprint gives the same timeline
);

-- The line-up.
CREATE TABLE channel (
    position INTEGER PRIMARY KEY,       -- place in the line-up, by number, from 0
    key VARCHAR NOT NULL UNIQUE,        -- name in the YAML; every other table's `channel`
    number VARCHAR NOT NULL UNIQUE,     -- what a remote control says: 42 or 42.1
    name VARCHAR NOT NULL,              -- name for viewers
    xmltv_id VARCHAR NOT NULL,          -- id in XMLTV and tvg-id in M3U
    group_title VARCHAR,                -- group of channels in a player's list
    logo VARCHAR,                       -- path below the station, or a URL
    streaming_mode VARCHAR NOT NULL,    -- iptv, hdhomerun or both
    timezone VARCHAR NOT NULL,          -- IANA zone of its wall clock
    profile VARCHAR NOT NULL,           -- profile.name
    always_on BOOLEAN NOT NULL,         -- plays with no viewer
    throttle VARCHAR NOT NULL,          -- realtime, burst, adaptive or disabled
    digest VARCHAR NOT NULL,            -- SHA-256 over its playout items, programmes and anchors without provenance
    recipe VARCHAR NOT NULL,            -- SHA-256 over all that decides its rows and their provenance
    carried VARCHAR NOT NULL,           -- SHA-256 over the state that its rows went on from, and when
    findings VARCHAR NOT NULL           -- JSON list of what scheduling it had to say
);

-- Where media come from: enough for the runtime to play without the YAML.
CREATE TABLE source (
    name VARCHAR PRIMARY KEY,           -- name in the YAML
    type VARCHAR NOT NULL,              -- local, lavfi, …
    definition VARCHAR NOT NULL         -- JSON of its keys; ${NAME} stays unexpanded, so no secret is here
);

-- How channels are encoded.
CREATE TABLE profile (
    name VARCHAR PRIMARY KEY,           -- name in the YAML; with @channel where the channel's media decide
    width INTEGER NOT NULL,             -- pixels
    height INTEGER NOT NULL,            -- pixels
    scaling VARCHAR NOT NULL,           -- pad, crop or stretch
    frame_rate_num INTEGER NOT NULL,    -- frames a second as a fraction: numerator
    frame_rate_den INTEGER NOT NULL,    -- and denominator
    video_codec VARCHAR NOT NULL,       -- h264, hevc or mpeg2
    video_bitrate BIGINT NOT NULL,      -- bits a second
    preset VARCHAR NOT NULL,            -- the encoder's preset
    gop_ms INTEGER NOT NULL,            -- longest distance of keyframes
    audio_codec VARCHAR NOT NULL,       -- aac, ac3 or mp2
    audio_bitrate BIGINT NOT NULL,      -- bits a second
    audio_channels INTEGER NOT NULL,    -- 2 is stereo
    sample_rate INTEGER NOT NULL,       -- Hz
    deinterlace VARCHAR NOT NULL,       -- auto or off
    loudness DOUBLE,                    -- LUFS; NULL: the sound keeps its own
    hardware VARCHAR NOT NULL,          -- none, auto, nvenc, qsv, vaapi, videotoolbox or amf
    copy_when_conformant BOOLEAN NOT NULL, -- streams that are as the profile wants them are not encoded
    video_copy BOOLEAN NOT NULL,        -- the pictures of media are never encoded
    audio_copy BOOLEAN NOT NULL         -- nor is their sound
);

-- The media that this timeline uses.
CREATE TABLE media (
    id VARCHAR PRIMARY KEY,             -- source:key, stable over scans
    source VARCHAR NOT NULL,            -- source.name
    kind VARCHAR NOT NULL,              -- movie, episode, music_video, clip or live
    title VARCHAR NOT NULL,             -- the item's own title
    duration_ms BIGINT,                 -- NULL for a live item
    locator VARCHAR NOT NULL,           -- what the source needs to play it; no credentials
    streams VARCHAR NOT NULL,           -- JSON list of its video, audio and subtitle streams
    directors VARCHAR[] NOT NULL,       -- who directed it
    actors VARCHAR[] NOT NULL,          -- who is seen in it, the first ones first
    artwork VARCHAR                     -- http or https address of a picture of it, or its path at the source
);

-- How a channel, or some of its items, are dressed.
CREATE TABLE presentation (
    channel VARCHAR NOT NULL,           -- channel.key
    id INTEGER NOT NULL,                -- 0: the channel's own; others: playout_item.presentation, by first use
    audio_languages VARCHAR[] NOT NULL, -- which audio is wanted, best first
    subtitle_mode VARCHAR NOT NULL,     -- none, forced, default or any
    subtitle_languages VARCHAR[] NOT NULL, -- which subtitles are wanted, best first
    subtitle_render VARCHAR NOT NULL,   -- burn or embed
    watermark_image VARCHAR,            -- path below the station, or a URL; NULL: no watermark
    watermark_position VARCHAR NOT NULL, -- which corner
    watermark_width VARCHAR NOT NULL,   -- of the picture's, in per cent or pixels
    watermark_opacity DOUBLE NOT NULL,  -- 0 to 1
    watermark_during_filler BOOLEAN NOT NULL -- shown over filler too
);

-- What plays when: each row is one uninterrupted use of one media. Without gap and overlap on a channel.
-- (channel, seq) is unique here and (channel, id) in `programme`: the compiler proves it of the rows that it
-- writes, and no index repeats the proof, which would double the size of the file and the time to write it.
CREATE TABLE playout_item (
    channel VARCHAR NOT NULL,           -- channel.key
    seq BIGINT NOT NULL,                -- counts up along the channel, and goes on over recompiles
    start_time TIMESTAMP NOT NULL,      -- first instant on air
    finish_time TIMESTAMP NOT NULL,     -- first instant no longer on air
    in_point_ms BIGINT NOT NULL,        -- where in the media it starts
    out_point_ms BIGINT NOT NULL,       -- where in the media it ends, at most its duration
    media_id VARCHAR,                   -- media.id; NULL: the built-in slate
    kind VARCHAR NOT NULL,              -- content, filler or off_air
    filler_kind VARCHAR,                -- pre_roll, mid_roll, post_roll, tail or fallback; NULL unless kind is filler
    programme_id VARCHAR,               -- programme.id that lists it
    presentation INTEGER,               -- presentation.id of this channel; NULL: the channel's own
    rule VARCHAR NOT NULL,              -- names that put it there: channel › schedule › entry › filler
    file VARCHAR NOT NULL,              -- file of the station that holds that rule
    line INTEGER NOT NULL,              -- and its line
    advance VARCHAR NOT NULL USING COMPRESSION zstd -- JSON: entries of the scheduling state that it changed; empty for none
);

-- What the guide lists. Without gap and overlap on a channel.
CREATE TABLE programme (
    channel VARCHAR NOT NULL,           -- channel.key
    id VARCHAR NOT NULL,                -- stable: made of channel, start and media
    kind VARCHAR NOT NULL,              -- programme, filler or off_air
    start_time TIMESTAMP NOT NULL,      -- start of its pre-roll
    finish_time TIMESTAMP NOT NULL,     -- start of the next programme
    local_hour INTEGER NOT NULL,        -- the channel's wall clock at start_time: 0 to 23
    media_id VARCHAR,                   -- media.id that it is about; NULL: filler, off air, several in one
    title VARCHAR NOT NULL,             -- for an episode the show's title
    sub_title VARCHAR,                  -- for an episode its own title
    description VARCHAR,                -- plot
    season INTEGER,                     -- number of the season
    episode INTEGER,                    -- number in the season
    year INTEGER,                       -- year of release
    released VARCHAR,                   -- ISO date of release
    rating VARCHAR,                     -- age rating as the source says it
    categories VARCHAR[] NOT NULL       -- genres
);

-- What may play on a channel when an item cannot, in ladder order; after the last the built-in slate.
CREATE TABLE fallback (
    channel VARCHAR NOT NULL,           -- channel.key
    position INTEGER NOT NULL,          -- place on the ladder, from 0
    media_id VARCHAR NOT NULL           -- media.id
);

-- The whole scheduling state of a channel at the start of each broadcast day: after every item that started
-- before at_time. The state at a later junction is this and the `advance` of the items from here to there.
CREATE TABLE anchor (
    channel VARCHAR NOT NULL,           -- channel.key, or the key of one that is away
    at_time TIMESTAMP NOT NULL,         -- start of a broadcast day; where it goes on, if it is away or was
    state VARCHAR NOT NULL USING COMPRESSION zstd -- JSON object
);

-- What the compile had to say: warnings and notes; a timeline with errors is never published.
CREATE TABLE diagnostic (
    position INTEGER PRIMARY KEY,       -- order of report, from 0
    severity VARCHAR NOT NULL,          -- warning or note
    code VARCHAR NOT NULL,              -- explained by `exstv explain CODE`
    message VARCHAR NOT NULL,           -- one line
    file VARCHAR NOT NULL,              -- file of the station
    line INTEGER NOT NULL,              -- line in it
    body VARCHAR NOT NULL               -- JSON of the whole diagnostic
);
