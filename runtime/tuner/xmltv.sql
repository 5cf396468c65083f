-- The programmes of `$channels` as lines of XMLTV: channel, start in ms, line in UTF-8; in no order.
--
-- Written by the engine itself, as a guide may have 100,000: in half of Python's time, and viewers are
-- served meanwhile. Children follow the order of the DTD. What the guide says is what the timeline says: nothing
-- is merged, moved or invented here. Times are whole seconds, both ends rounded down: neighbours still meet, and
-- what lasts no second vanishes. tests/plain_xmltv.py says the same once more, one programme at a time.

-- As markup.py does it.
CREATE OR REPLACE TEMP MACRO escaped(words) AS
    CASE WHEN regexp_matches(words, '[&<>"\x00-\x1f\x7f-\x{9f}\x{fffe}\x{ffff}]') THEN
        replace(replace(replace(replace(replace(replace(replace(
            regexp_replace(words, '[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x{9f}\x{fffe}\x{ffff}]', '', 'g'),
            '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;'),
            chr(9), '&#9;'), chr(10), '&#10;'), chr(13), '&#13;')
    ELSE words END;

CREATE OR REPLACE TEMP MACRO element(tag, words) AS
    CASE WHEN words <> '' THEN '<' || tag || '>' || escaped(words) || '</' || tag || '>' ELSE '' END;

CREATE OR REPLACE TEMP MACRO elements(tag, names) AS array_to_string(
    list_transform(names, lambda each: '<' || tag || '>' || escaped(each) || '</' || tag || '>'), '');

CREATE OR REPLACE TEMP MACRO stamp(instant) AS strftime(instant, '%Y%m%d%H%M%S +0000');

CREATE OR REPLACE TEMP MACRO from_zero(number) AS
    CASE WHEN number > 0 THEN (number - 1)::VARCHAR ELSE '' END;

CREATE OR REPLACE TEMP MACRO two_digits(number) AS
    CASE WHEN number BETWEEN 0 AND 9 THEN '0' ELSE '' END || number;

-- At its own address, or at ours by its name, as artwork.py makes it: behind a gap, since each client may know us by
-- another address.
CREATE OR REPLACE TEMP MACRO fetched_from(source_name, picture) AS
    CASE WHEN contains(picture, '://') THEN escaped(picture)
    ELSE chr(26) || '/iptv/artwork/' || left(sha256(source_name || ':' || picture), 32) END;

WITH kept AS NOT MATERIALIZED (
    FROM programme
    WHERE channel IN (SELECT unnest($channels::VARCHAR[]))
        AND epoch_ms(finish_time) // 1000 > epoch_ms(start_time) // 1000
), listed AS NOT MATERIALIZED (
    -- The day of release as YYYYMMDD, where it is known.
    SELECT *, CASE WHEN released IS NOT NULL THEN nullif(
        regexp_extract(replace(left(released, 10), '-', ''), '^[0-9]{8}$'), '') END AS released_on
    FROM kept
), aired AS NOT MATERIALIZED (
    -- When the same was on before on the same channel, as far back as the timeline goes.
    SELECT channel AS at_channel, start_time AS at_time,
        lag(start_time) OVER (PARTITION BY channel, media_id ORDER BY start_time) AS last_time
    FROM kept
    WHERE media_id IS NOT NULL
), first_of AS NOT MATERIALIZED (
    SELECT channel AS of_channel, strftime(min(start_time), '%Y%m%d') AS first_day
    FROM kept
    GROUP BY channel
), on_channel AS NOT MATERIALIZED (
    -- An element without a title is no guide entry to any client: the channel's name stands in.
    SELECT key, first_day, '" channel="' || escaped(xmltv_id) || '"><title>' AS opening,
        coalesce(nullif(escaped(name), ''), '-') AS untitled
    FROM channel JOIN first_of ON of_channel = key
), shown AS NOT MATERIALIZED (
    -- What is told of a media item wherever it airs. A dozen actors: a media server knows of every extra, and a
    -- guide of a week is read by a TV. Plex, Jellyfin and Kodi tell films from series by the words of categories.
    SELECT id AS shown_id,
        CASE WHEN len(directors) + len(actors) > 0 THEN
            '<credits>' || elements('director', directors) || elements('actor', actors[1:12]) || '</credits>'
        ELSE '' END AS credits,
        CASE kind WHEN 'movie' THEN '<category>Movie</category>'
            WHEN 'episode' THEN '<category>Series</category>' ELSE '' END AS category,
        -- Its own length, without breaks; nothing for a live item, and for a moment.
        CASE WHEN round_even(duration_ms / 60000, 0) > 0 THEN
            '<length units="minutes">' || round_even(duration_ms / 60000, 0)::BIGINT || '</length>'
        ELSE '' END AS length,
        CASE WHEN artwork <> '' THEN '<icon src="' || fetched_from(source, artwork) || '"/>' ELSE '' END AS icon
    FROM media
    WHERE id IN (SELECT media_id FROM kept)
)
SELECT channel, epoch_ms(start_time), encode(concat(
    '<programme start="', stamp(start_time), '" stop="', stamp(finish_time), opening,
    coalesce(nullif(escaped(title), ''), untitled), '</title>',
    element('sub-title', sub_title),
    element('desc', description),
    credits,
    -- Kodi reads eight digits or four and nothing else.
    CASE WHEN released_on IS NOT NULL THEN '<date>' || released_on || '</date>'
        WHEN year BETWEEN 1 AND 9999 THEN '<date>' || lpad(year::VARCHAR, 4, '0') || '</date>' ELSE '' END,
    category,
    elements('category', categories),
    length,
    icon,
    -- Counts from zero, and season 0 (specials) has no number then; the part stays empty, which Kodi 22 would
    -- take for the episode.
    CASE WHEN season > 0 OR episode > 0 THEN '<episode-num system="xmltv_ns">' || from_zero(season) || '.'
        || from_zero(episode) || '.</episode-num>' ELSE '' END,
    CASE WHEN season IS NOT NULL OR episode IS NOT NULL THEN '<episode-num system="onscreen">'
        || coalesce('S' || two_digits(season), '') || coalesce('E' || two_digits(episode), '')
        || '</episode-num>' ELSE '' END,
    -- New is what was released on the timeline's first day or later: it cannot have been on before that. Of the
    -- rest nothing is said: an old film may have been on last year.
    CASE WHEN last_time IS NOT NULL THEN '<previously-shown start="' || stamp(last_time) || '"/>'
        WHEN media_id IS NOT NULL AND released_on >= first_day THEN '<new/>' ELSE '' END,
    CASE WHEN rating <> '' THEN '<rating>' || element('value', rating) || '</rating>' ELSE '' END,
    '</programme>', chr(10)
))
FROM listed
JOIN on_channel ON key = channel
LEFT JOIN shown ON shown_id = media_id
LEFT JOIN aired ON at_channel = channel AND at_time = start_time
