"""An own judge of live HLS: reads a playlist again and again and says which rule of protocols.md §4.1 broke.

Players forgive much (hls.js takes a wrong target duration and stuck sequence numbers): that they play is no
proof. `Judge` knows nothing of the server but what it is shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from web_vtt import read_cues

PACKET = 188
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d\d:\d\d)")
_ONCE = ("#EXT-X-VERSION", "#EXT-X-TARGETDURATION", "#EXT-X-MEDIA-SEQUENCE", "#EXT-X-INDEPENDENT-SEGMENTS")
_KNOWN = {*_ONCE, "#EXT-X-DISCONTINUITY-SEQUENCE", "#EXT-X-DISCONTINUITY", "#EXT-X-PROGRAM-DATE-TIME"}


@dataclass(frozen=True)
class Entry:
    """One listed segment."""

    sequence: int
    uri: str
    seconds: float
    at: float
    """PROGRAM-DATE-TIME in seconds since 1970."""
    period: int
    """Its discontinuity sequence number."""


@dataclass(frozen=True)
class Playlist:
    """One media playlist as it was read."""

    target: int
    entries: tuple[Entry, ...]

    @property
    def seconds(self) -> float:
        return sum(entry.seconds for entry in self.entries)


@dataclass
class Judge:
    """What was seen so far, and what was wrong with it. Times are those of whoever polls, in seconds."""

    slack: float = 0.0
    """How much later than it happened a change may be seen: the time between two polls, and some."""
    text: bool = False
    """Whether it is the playlist of subtitles."""
    stood: Callable[[float, float], float] = lambda since, until: 0.0
    """For how long between two times the machine stood still: nothing new came of it then."""
    broken: list[str] = field(default_factory=list)
    seen: dict[int, Entry] = field(default_factory=dict)
    _last: Playlist | None = None
    _polled: float = 0.0
    _changed: float = 0.0
    _first: int = 0
    _longest: dict[int, float] = field(default_factory=dict)
    _owed: dict[str, float] = field(default_factory=dict)

    def poll(self, raw: bytes, now: float) -> Playlist | None:
        """Judges what the playlist was at a time; gives it if it could be read."""
        before, broken = self._last, len(self.broken)
        playlist = self._read(raw)
        if playlist is None:
            return None
        self._judge_alone(playlist)
        if before is None:
            self._changed, self._first = now, playlist.entries[0].sequence
        else:
            self._judge_change(before, playlist, now)
        self._remember(playlist, now)
        for n in range(broken, len(self.broken)):
            self.broken[n] = f"{now:.2f}: {self.broken[n]}"
        return playlist

    def owed(self, now: float) -> list[str]:
        """Segments that no playlist lists any more and that have to be served all the same."""
        return [uri for uri, until in self._owed.items() if now <= until]

    def answer(self, headers: Mapping[str, str], *, segment: bool) -> None:
        """Judges the headers that a playlist or a segment came with."""
        kind, cached = headers.get("content-type", ""), headers.get("cache-control", "")
        self._demand(headers.get("access-control-allow-origin") == "*", "no CORS header")
        if segment:
            self._demand(kind == ("text/vtt" if self.text else "video/mp2t"), f"a segment is no {kind}")
            self._demand("immutable" in cached and "max-age=" in cached, "a segment is not kept by caches")
            return
        self._demand(kind == "application/vnd.apple.mpegurl", f"a playlist is no {kind}")
        self._demand(cached == "no-cache", "a playlist is kept by caches")

    def segment(self, data: bytes) -> None:
        """Judges that a segment can be played alone: it is WebVTT, or PAT, PMT, and a keyframe first."""
        if self.text:
            read_cues(data)
            return
        whole = len(data) % PACKET == 0 and len(data) > 3 * PACKET
        if not self._demand(whole and set(data[::PACKET]) == {0x47}, "a segment is not of whole packets"):
            return
        packets = [data[at : at + PACKET] for at in range(0, len(data), PACKET)]
        pids = [(packet[1] & 0x1F) << 8 | packet[2] for packet in packets]
        self._demand(pids[:2] == [0, 0x1000], "a segment does not begin with PAT and PMT")
        pictures = [packets[n] for n, pid in enumerate(pids) if pid == 0x100 and packets[n][1] & 0x40]
        keyframe = bool(pictures and pictures[0][3] & 0x20 and pictures[0][4] and pictures[0][5] & 0x40)
        self._demand(keyframe, "a segment does not begin with a keyframe")

    def _demand(self, right: bool, rule: str) -> bool:
        if not right:
            self.broken.append(rule)
        return right

    def _read(self, raw: bytes) -> Playlist | None:
        self._demand(not raw.startswith(b"\xef\xbb\xbf"), "a byte order mark")
        lines = raw.decode("utf-8-sig").splitlines()
        self._demand(bool(lines) and lines[0] == "#EXTM3U", "does not begin with #EXTM3U")
        self._demand("#EXT-X-ENDLIST" not in lines, "a linear channel has an end")
        tags = [line.partition(":")[0] for line in lines if line.startswith("#EXT-X-")]
        for name in _ONCE:
            if not self._demand(tags.count(name) == 1, f"{name} must stand there once"):
                return None
        self._demand(set(tags) <= _KNOWN | {"#EXT-X-ENDLIST"}, f"unknown tags: {set(tags) - _KNOWN}")
        facts = dict(line.split(":", 1) for line in lines if line.startswith("#EXT-X-") and ":" in line)
        self._demand(int(facts["#EXT-X-VERSION"]) >= 6, "the version is too low for its tags")
        entries = self._entries(lines, facts)
        if not self._demand(bool(entries), "lists nothing"):
            return None
        return Playlist(int(facts["#EXT-X-TARGETDURATION"]), tuple(entries))

    def _entries(self, lines: list[str], facts: dict[str, str]) -> list[Entry]:
        sequence = int(facts["#EXT-X-MEDIA-SEQUENCE"])
        period = int(facts.get("#EXT-X-DISCONTINUITY-SEQUENCE", 0))
        entries: list[Entry] = []
        seconds, at = None, None
        for line in lines:
            name, _, value = line.partition(":")
            if name == "#EXT-X-DISCONTINUITY":
                self._demand(bool(entries), "a discontinuity before the first listed segment")
                period += 1
            elif name == "#EXT-X-DISCONTINUITY-SEQUENCE":
                self._demand(not entries, "DISCONTINUITY-SEQUENCE after a segment")
            elif name == "#EXT-X-PROGRAM-DATE-TIME":
                if self._demand(_DATE.fullmatch(value) is not None, f"PROGRAM-DATE-TIME is no date: {value}"):
                    at = datetime.fromisoformat(value).timestamp()
            elif name == "#EXTINF":
                seconds = float(value.partition(",")[0])
            elif line and not line.startswith("#"):
                if self._demand(seconds is not None and at is not None, "a segment without length or date"):
                    entries.append(Entry(sequence + len(entries), line, seconds or 0, at or 0, period))
                seconds, at = None, None
        return entries

    def _judge_alone(self, playlist: Playlist) -> None:
        for entry in playlist.entries:
            # Rounded half up, as people do; Python rounds half to even.
            fits = int(entry.seconds + 0.5) <= playlist.target
            self._demand(fits, f"EXTINF {entry.seconds} is over the target {playlist.target}")
        for one, two in pairwise(playlist.entries):
            apart = two.at - one.at - one.seconds
            same = one.period == two.period
            self._demand(not same or abs(apart) <= 0.002, f"dates and lengths part by {apart:.3f} s")

    def _judge_change(self, before: Playlist, playlist: Playlist, now: float) -> None:
        old, new = before.entries, playlist.entries
        self._demand(playlist.target == before.target, "the target duration changed")
        self._demand(new[0].sequence >= old[0].sequence, "MEDIA-SEQUENCE went down")
        self._demand(new[-1].sequence >= old[-1].sequence, "segments were taken from the end")
        if now - self._polled < before.seconds - before.target:
            self._demand(new[0].sequence <= old[-1].sequence + 1, "segments were never listed")
            self._demand(new[0].period - old[0].period in (0, 1), "DISCONTINUITY-SEQUENCE jumped")
        self._demand(new[0].period >= old[0].period, "DISCONTINUITY-SEQUENCE went down")
        if new[0].sequence > self._first:
            full = playlist.seconds >= 3 * playlist.target
            self._demand(full, f"only {playlist.seconds:.2f} s are listed of 3 × {playlist.target}")
        self._judge_pace(before, playlist, now)

    def _judge_pace(self, before: Playlist, playlist: Playlist, now: float) -> None:
        since, target = now - self._changed, playlist.target
        in_time = since - self.stood(self._changed, now) <= 1.5 * target + self.slack
        if playlist.entries == before.entries:
            self._demand(in_time, f"nothing new for {since:.2f} s")
            return
        self._demand(in_time, f"new only after {since:.2f} s")
        # A list that is still filling grows as fast as it can: the players wait for it.
        if before.seconds >= 3 * target and now - self._polled < target:
            self._demand(since >= 0.5 * target - self.slack, f"new after {since:.2f} s already")
        self._changed = now

    def _remember(self, playlist: Playlist, now: float) -> None:
        names = {entry.uri: entry.sequence for entry in self.seen.values()}
        for entry in playlist.entries:
            known = self.seen.setdefault(entry.sequence, entry)
            self._demand(known == entry, f"number {entry.sequence} now means something else")
            named = names.get(entry.uri, entry.sequence)
            self._demand(named == entry.sequence, f"{entry.uri} is the name of two segments")
            longest = max(self._longest.get(entry.sequence, 0.0), playlist.seconds)
            self._longest[entry.sequence] = longest
        if self._last is not None:
            listed = {entry.sequence for entry in playlist.entries}
            for entry in self._last.entries:
                if entry.sequence not in listed:
                    # It was taken away between the polls: at the earliest right after the last one.
                    self._owed[entry.uri] = self._polled + entry.seconds + self._longest[entry.sequence]
        self._last, self._polled = playlist, now
