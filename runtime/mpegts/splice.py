"""Joins the outputs of many ffmpeg processes, one an item, into one unbroken MPEG transport stream.

Frame n of the channel is decoded at slot n of a grid that never stops, whatever clock its item had; the sound
lies on a second grid. So a junction has no gap and no overlap, and no error adds up over the items. Pure: no
clock, no process, no log; `demux` reads, `audio` places the sound, `mux` writes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import msgspec

from runtime.mpegts.audio import AudioTrack
from runtime.mpegts.demux import Demuxer, Pes
from runtime.mpegts.keyframe import starts_decoding
from runtime.mpegts.mux import Mux
from runtime.mpegts.packet import CLOCK, WRAP, signed33
from runtime.mpegts.sound import split_frames
from runtime.mpegts.stream import StreamFormat, Unit
from runtime.mpegts.subtitle_track import Overlay, SubtitleTrack

__all__ = ["MOST_REORDERED", "Splicer", "StreamFormat", "Unit"]

MOST_REORDERED = 16
"""Frames that may be decoded before the one that is shown first (H.264 and HEVC, largest picture buffer)."""


class _Frame(msgspec.Struct):
    """A frame that is not sent yet; `shown` is its slot in the order of showing, not counting the delay."""

    pes: Pes
    shown: int
    keyframe: bool


class Splicer:
    """Owner of one channel's stream: the next slots of picture and sound, and the item that is fed.

    With B-frames a frame is sent when all that are shown before it have come. So an item that is cut ends
    where both orders agree: frames that would be shown in the time of the next item are dropped.
    """

    def __init__(self, format: StreamFormat, *, base: int = CLOCK) -> None:
        """Takes the 33-bit clock value of tick 0. Raises ValueError for a format without `silence`."""
        if not format.silence:
            raise ValueError("a stream format needs an encoded frame of silence")
        self._format = format
        self._grid = format.video_grid()
        # Pictures are shown later than the grid says by the reordering; so the sound is heard later too.
        self._delay = self._grid.tick(format.reorder_frames)
        self.origin = (base + self._delay) % WRAP
        """The 33-bit clock value at which the frame of slot 0 is shown."""
        self._mux = Mux(format, base)
        self._sound = AudioTrack(format.audio_grid(), format.silence)
        self._subtitles = SubtitleTrack() if format.subtitles else None
        self._input: Demuxer | None = None
        self._limit: int | None = None
        self._frames = self._item_start = 0
        self._ready: deque[Unit] = deque()
        self._restart()

    @property
    def frames(self) -> int:
        """Frames placed since the start; the next frame's slot."""
        return self._frames

    @property
    def item_frames(self) -> int:
        """Frames of the current item placed so far."""
        return self._frames - self._item_start

    @property
    def item_complete(self) -> bool:
        """Tells whether the item gave all its frames and their sound: its process is not needed any more."""
        return self.item_frames == self._limit and self._sound.complete(self._grid.tick(self._frames))

    def begin(self, frames: int | None, overlay: Overlay | None = None) -> None:
        """Lets a new item follow, which may hold at most so many frames, with the pictures laid over it.

        A stream whose format has no subtitles sends none of these.
        """
        if self._input is not None:
            raise RuntimeError("an item is being fed: end() it first")
        self._input = Demuxer({self._format.video_type}, {self._format.audio_type})
        self._limit = frames
        self._item_start = self._frames
        if self._subtitles is not None:
            self._subtitles.begin(overlay, self._grid.tick(self._frames))
        self._restart()

    def feed(self, data: bytes) -> list[Unit]:
        """Takes the next bytes of the item's process, in portions of any size, and gives what can be sent."""
        if self._input is None:
            raise RuntimeError("no item is being fed: begin() one first")
        units: list[Unit] = []
        for pes in self._input.feed(data):
            self._take(pes, units)
        return units

    def end(self) -> list[Unit]:
        """Ends the item, whose process ended or was cut, and completes its sound up to its last frame.

        A last frame that may be broken is sent only if it is the last of the frames that were expected.
        """
        if self._input is None:
            raise RuntimeError("no item is being fed: begin() one first")
        units: list[Unit] = []
        for pes in self._input.flush():
            if not pes.doubtful or (pes.video and self._slot + 1 - self._item_start == self._limit):
                self._take(pes, units)
        self._input = None
        self._held.clear()
        while self._ready:
            self._send_sound(self._sound.finish(self._sent), units)
            self._send_frame(units)
        self._send_sound(self._sound.finish(self._sent), units)
        return units

    def hold(self, frames: int) -> list[Unit]:
        """Shows the last picture so many frames longer, in silence: for an item that is a little short."""
        if self._input is not None:
            raise RuntimeError("an item is being fed: end() it first")
        units: list[Unit] = []
        self._frames += frames
        self._send_sound(self._sound.finish(self._sent), units)
        return units

    def _restart(self) -> None:
        """Waits for a keyframe, at the begin of an item or after damage inside it."""
        self._held: list[_Frame] = []
        self._lag: int | None = None
        self._surplus = 0
        self._sound.begin()

    def _take(self, pes: Pes, units: list[Unit]) -> None:
        if pes.video:
            self._take_frame(pes, units)
        else:
            self._sound.put(pes.pts, split_frames(pes.elementary()))
        self._follow(units)

    def _take_frame(self, pes: Pes, units: list[Unit]) -> None:
        if pes.lost:
            self._restart()
        if self._slot - self._item_start == self._limit:
            self._surplus += 1
            return
        keyframe = pes.random_access or self._is_keyframe(pes)
        if self._lag is None and not keyframe:
            return
        self._held.append(self._placed(pes, keyframe))
        # Closed: nothing that is held is shown after a frame that has yet to come.
        if max(frame.shown for frame in self._held) < self._slot or len(self._held) > MOST_REORDERED:
            self._correct_lag()
            self._send_held(units)

    def _correct_lag(self) -> None:
        """Learns the lag anew where the keyframe's DTS was wrong: in a group both orders hold the same slots.

        A file that is opened in the middle may give its first picture without a DTS of its own.
        """
        if len(self._held) <= MOST_REORDERED or self._lag is None:
            return
        slots = range(self._frames, self._frames + len(self._held))
        ahead = round(
            sum(frame.shown - slot for frame, slot in zip(self._held, slots, strict=True)) / len(slots)
        )
        if ahead > 0:
            self._lag += ahead
            for frame in self._held:
                frame.shown -= ahead

    @property
    def _slot(self) -> int:
        """Where the next frame will be decoded, if all that are held are sent."""
        return self._frames + len(self._held)

    def _placed(self, pes: Pes, keyframe: bool) -> _Frame:
        lag = self._grid.nearest(signed33(pes.pts - pes.dts))
        if self._lag is None:
            self._lag = lag
        shown = self._slot + lag - self._lag
        if keyframe:
            # At every keyframe: an item may last longer than the clock's wrap, or its clock may jump.
            self._sound.anchor(pes.pts, self._grid.tick(shown))
        return _Frame(pes, shown, keyframe)

    def _is_keyframe(self, pes: Pes) -> bool:
        found = starts_decoding(self._format.video_type, pes.head)
        return bool(starts_decoding(self._format.video_type, pes.elementary()) if found is None else found)

    def _send_held(self, units: list[Unit]) -> None:
        for frame in self._held:
            # A stream reordered further than its format says is shown late rather than before its DTS.
            shown = max(frame.shown + self._format.reorder_frames, self._frames)
            self._ready.append(self._mux.video(frame.pes, self._frames, shown, keyframe=frame.keyframe))
            self._frames += 1
            self._follow(units)
        self._held.clear()

    @property
    def _sent(self) -> int:
        """The tick where the frames that were sent end."""
        return self._grid.tick(self._frames - len(self._ready))

    def _follow(self, units: list[Unit]) -> None:
        """Sends the frames that are ready, each with the sound that belongs to it."""
        # Frames beyond the item's last are not sent, but they tell that missing sound will not come either.
        clock = self._grid.tick(self._frames + self._surplus)
        while True:
            self._send_sound(self._sound.until(self._sent, clock), units)
            if not self._ready or not self._sound.complete(self._sent):
                return
            self._send_frame(units)

    def _send_frame(self, units: list[Unit]) -> None:
        """Sends the next frame that is ready, and what subtitles are told with it."""
        frame = self._ready.popleft()
        units.append(frame)
        if self._subtitles is None:
            return
        field = self._subtitles.at(frame.tick, keyframe=frame.keyframe)
        if field is not None:
            units.append(self._mux.subtitle(field, frame.tick, frame.tick + self._delay))

    def _send_sound(self, placed: Iterable[tuple[int, bytes]], units: list[Unit]) -> None:
        units.extend(self._mux.audio(frame, tick + self._delay) for tick, frame in placed)
