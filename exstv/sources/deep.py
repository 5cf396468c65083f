"""Looks at all of a file: how loud it is, where it pauses, whether its pictures are interlaced in secret.

`python -m exstv.sources.deep` does so for path after path, as probe.py does, since every picture and sound is
decoded: `exstv scan --deep` asks for it, local.py keeps what is found.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from math import log10

import av
import av.error
import msgspec
from av.filter import Graph

from exstv.catalog.model import Pause
from exstv.sources.looked import Looked, Sound
from exstv.sources.probe import VERDICTS, is_default, is_playable, is_spare, opened, reason_of
from exstv.sources.probed import Failed

QUIET, SHORTEST_S, LONG_S = "-50dB", 0.3, 1.0
"""What counts as silent, how long a pause is at least where the picture is black, and where it is not."""
BLACK = "d=0.1:pic_th=0.98"
MOST_PAUSES = 200
"""How many of a file the lock holds: the dark ones and the longest."""
SILENT_LUFS = -70.0
"""What ebur128 says of silence; from no louder sound can a gain be told."""
_ENOUGH = 50
_AGREED = 0.9
"""Pictures that must have been told apart before interlacing is believed, and how many of them must agree."""

Span = tuple[float, float]


Answer = Looked | Failed


def look(path: str) -> Answer:
    """Decodes all of a file."""
    try:
        with opened(path) as container:
            return _Watcher(container).watch()
    except (OSError, av.error.FFmpegError) as error:
        return Failed(reason_of(error), lasting=isinstance(error, VERDICTS))


def serve(requests: Iterable[bytes]) -> None:
    """Answers each line, a path as JSON, with one line."""
    encoder = msgspec.json.Encoder()
    for line in requests:
        sys.stdout.buffer.write(encoder.encode(look(msgspec.json.decode(line, type=str))) + b"\n")
        sys.stdout.buffer.flush()


class _Spans:
    """Stretches of one kind as their filter tells of them; owns the one that has begun."""

    def __init__(self, kind: str) -> None:
        self.all: list[Span] = []
        self._kind = kind
        self._began: float | None = None

    def note(self, said: Mapping[str, str]) -> None:
        """Takes what a filter has said of one frame."""
        if (began := said.get(f"lavfi.{self._kind}_start")) is not None:
            self._began = float(began)
        if (ended := said.get(f"lavfi.{self._kind}_end")) is not None and self._began is not None:
            self.all.append((self._began, float(ended)))
            self._began = None


class _Watcher:
    """Sends every picture and sound of a file through filters; owns what these have said."""

    def __init__(self, container: av.container.InputContainer) -> None:
        self._container = container
        playable = [stream for stream in container.streams if is_playable(stream)]
        sounds = [stream for stream in playable if stream.type == "audio"]
        self._streams = [*sounds, *[stream for stream in playable if stream.type == "video"][:1]]
        self._graphs = {stream.index: _graph(stream) for stream in self._streams}
        self._said: dict[int, dict[str, str]] = {stream.index: {} for stream in self._streams}
        self._spans: dict[int, _Spans] = {
            stream.index: _Spans("silence" if stream.type == "audio" else "black") for stream in self._streams
        }
        # The one that plays where nobody asks for a language.
        self._main = min(
            sounds, key=lambda each: (is_spare(each), not is_default(each), each.index), default=None
        )

    def watch(self) -> Looked:
        """Decodes everything; what is damaged is passed over."""
        for packet in self._container.demux(self._streams):
            # The packets at the end are empty: they ask decoders for what they still hold.
            with suppress(av.error.InvalidDataError):
                for frame in packet.decode():
                    if isinstance(frame, av.VideoFrame | av.AudioFrame):
                        self._through(packet.stream_index, frame)
        return Looked(tuple(self._sounds()), self._pauses(), self._is_combed())

    def _through(self, index: int, frame: av.VideoFrame | av.AudioFrame) -> None:
        graph = self._graphs[index]
        graph.push(frame)
        # Filters hold frames back until they have enough of them.
        with suppress(BlockingIOError, EOFError):
            while True:
                said = graph.pull().metadata
                self._said[index].update(said)
                self._spans[index].note(said)

    def _sounds(self) -> Iterator[Sound]:
        for stream in self._streams:
            said = self._said[stream.index]
            loudness, peak = (float(said.get(f"lavfi.r128.{name}", "nan")) for name in ("I", "true_peak"))
            if stream.type == "audio" and loudness > SILENT_LUFS and peak > 0:
                yield Sound(stream.index, round(loudness, 1), round(20 * log10(peak), 1))

    def _pauses(self) -> tuple[Pause, ...]:
        start_s = (self._container.start_time or 0) / av.time_base
        dark = [
            span
            for stream in self._streams
            if stream.type == "video"
            for span in self._spans[stream.index].all
        ]
        silent = self._spans[self._main.index].all if self._main is not None else dark
        found = sorted(_paused(silent, dark), key=lambda each: (not each[1], each[0] - each[2]))[:MOST_PAUSES]
        marks = {round(((start + end) / 2 - start_s) * 1000): is_dark for start, is_dark, end in found}
        return tuple(Pause(at_ms=at_ms, dark=marks[at_ms]) for at_ms in sorted(marks) if at_ms > 0)

    def _is_combed(self) -> bool:
        said = next((self._said[each.index] for each in self._streams if each.type == "video"), {})
        counts = [
            float(said.get(f"lavfi.idet.multiple.{name}", "0")) for name in ("tff", "bff", "progressive")
        ]
        # Interlaced pictures agree on which field is first; fine lines that move look like either.
        most = max(counts[:2])
        return most >= _ENOUGH and most >= _AGREED * sum(counts)


def _paused(silent: list[Span], dark: list[Span]) -> Iterator[tuple[float, bool, float]]:
    """Begin, whether it is dark, and end: of a silence what is dark of it, else all of it if it is long."""
    for start, end in silent:
        both = [(max(start, begin), min(end, stop)) for begin, stop in dark]
        first = next(((begin, stop) for begin, stop in both if stop > begin), None)
        if first is not None:
            yield first[0], True, first[1]
        elif end - start >= LONG_S:
            yield start, False, end


def _graph(stream: av.stream.Stream) -> Graph:
    graph = Graph()
    if isinstance(stream, av.AudioStream):
        graph.link_nodes(
            graph.add_abuffer(template=stream),
            graph.add("ebur128", "peak=true:metadata=1"),
            graph.add("silencedetect", f"noise={QUIET}:d={SHORTEST_S}"),
            graph.add("abuffersink"),
        ).configure()
    elif isinstance(stream, av.VideoStream):
        graph.link_nodes(
            graph.add_buffer(template=stream),
            graph.add("idet"),
            # Black is as black in small.
            graph.add("scale", "160:90"),
            graph.add("blackdetect", BLACK),
            graph.add("buffersink"),
        ).configure()
    return graph


if __name__ == "__main__":
    av.logging.set_level(av.logging.PANIC)
    serve(sys.stdin.buffer)
