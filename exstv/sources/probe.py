"""Opens one media file and says what is in it; `python -m exstv.sources.probe` does so for path after path.

A file can hang or crash a demuxer, so this runs in processes of its own: probing.py starts them, gives them
one path a line and ends the ones that do not answer.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from fractions import Fraction

import av
import av.error
import msgspec
from av.video.reformatter import ColorTrc

from exstv.catalog.model import Chapter, Stream
from exstv.catalog.streams import VIDEO_CODECS, is_forced_title, is_spare_title
from exstv.sources import groups
from exstv.sources.base import DEMUXERS, RELAY_PROTOCOLS, REMOTE_DEMUXERS
from exstv.sources.probed import Answer, Failed, Probed

_FIRST_PACKETS = 400
"""How far to read for one picture; a longer lead-in than this has no picture worth showing."""
_HDR = {int(ColorTrc.SMPTE2084): "smpte2084", int(ColorTrc.ARIB_STD_B67): "arib-std-b67"}
VERDICTS = (av.error.InvalidDataError, av.error.ArgumentError, av.error.EOFError)
"""What libav says of files that are at fault themselves; the second: of formats that are not allowed."""
_SPARE = (
    av.stream.Disposition.comment
    | av.stream.Disposition.hearing_impaired
    | av.stream.Disposition.visual_impaired
    | av.stream.Disposition.descriptions
)


def probe(path: str) -> Answer:
    """Reads a file's headers and decodes its first picture or sound."""
    try:
        with opened(path) as container:
            answer = _examine(container)
        # To know the groups a file is read to its end: not from afar.
        if isinstance(answer, Failed) or _is_remote(path):
            return answer
        return _with_groups(path, answer)
    except (OSError, av.error.FFmpegError) as error:
        return Failed(reason_of(error), lasting=isinstance(error, VERDICTS))


def opened(path: str) -> av.container.InputContainer:
    """Opens a file, or an address of relay.py, as no more than it may be. Raises what PyAV raises."""
    if _is_remote(path):
        options = {
            "protocol_whitelist": RELAY_PROTOCOLS,
            "format_whitelist": f"{DEMUXERS},{REMOTE_DEMUXERS}",
            "http_proxy": "",
        }
        return av.open(path, options=options, metadata_errors="replace")
    options = {"protocol_whitelist": "file", "format_whitelist": DEMUXERS}
    return av.open(f"file:{path}", options=options, metadata_errors="replace")


def _is_remote(path: str) -> bool:
    return path.startswith("http://127.0.0.1:")


def _with_groups(path: str, probed: Probed) -> Probed:
    """Adds what is known of the groups of pictures, which takes the file from its beginning again."""
    at = next((at for at, stream in enumerate(probed.streams) if stream.type == "video"), None)
    if at is None or probed.streams[at].codec not in VIDEO_CODECS:
        return probed
    stream = probed.streams[at]
    with opened(path) as container:
        source = container.streams[stream.index]
        if container.size <= groups.WHOLE_FILE:
            stream = groups.in_file(container, stream.index, stream)
        elif groups.has_index(container, stream) and isinstance(source, av.VideoStream):
            stream = groups.in_index(source, stream)
    streams = (*probed.streams[:at], stream, *probed.streams[at + 1 :])
    return msgspec.structs.replace(probed, streams=streams)


def serve(requests: Iterable[bytes]) -> None:
    """Answers each line, a path as JSON, with one line."""
    encoder = msgspec.json.Encoder()
    for line in requests:
        answer = probe(msgspec.json.decode(line, type=str))
        sys.stdout.buffer.write(encoder.encode(answer) + b"\n")
        sys.stdout.buffer.flush()


def _examine(container: av.container.InputContainer) -> Answer:
    playable = [stream for stream in container.streams if is_playable(stream)]
    if not playable:
        return Failed("it holds neither pictures nor sound", lasting=True)
    duration_ms = _duration_ms(container, playable)
    if duration_ms <= 0:
        return Failed("it has no duration", lasting=True)
    first = next((stream for stream in playable if stream.type == "video"), playable[0])
    frame = _first_frame(container, first)
    if frame is None:
        return Failed("nothing in it can be decoded", lasting=True)
    interlaced = frame.interlaced_frame if isinstance(frame, av.VideoFrame) else None
    subtitles = [stream for stream in container.streams if stream.type == "subtitle"]
    streams = tuple(
        _stream(stream, interlaced if stream is first else None)
        for stream in sorted([*playable, *subtitles], key=lambda stream: stream.index)
    )
    title = container.metadata.get("title", "").strip() or None
    return Probed(duration_ms, streams, _chapters(container, duration_ms), title)


def is_playable(stream: av.stream.Stream) -> bool:
    """Tells whether a stream holds sound, or pictures that are no cover."""
    is_cover = bool(stream.disposition & av.stream.Disposition.attached_pic)
    return stream.type in ("video", "audio") and stream.codec_context is not None and not is_cover


def _duration_ms(container: av.container.InputContainer, streams: list[av.stream.Stream]) -> int:
    if container.duration and container.duration > 0:
        return container.duration * 1000 // av.time_base
    lengths = [
        stream.duration * stream.time_base for stream in streams if stream.duration and stream.time_base
    ]
    return int(max(lengths, default=Fraction(0)) * 1000)


def _first_frame(container: av.container.InputContainer, stream: av.stream.Stream) -> object | None:
    packets = zip(range(_FIRST_PACKETS), container.demux(stream), strict=False)
    for _, packet in packets:
        try:
            for frame in packet.decode():
                return frame
        except av.error.InvalidDataError:
            # A recording that starts inside a group of pictures is whole from its next keyframe on.
            continue
    return None


def _stream(stream: av.stream.Stream, interlaced: bool | None) -> Stream:
    language = stream.language if stream.language not in ("", "und") else None
    common = Stream(
        index=stream.index,
        type=stream.type,
        codec=_codec(stream),
        language=language,
        default=is_default(stream),
        forced=is_forced(stream),
        spare=is_spare(stream),
    )
    if isinstance(stream, av.VideoStream):
        rate = stream.average_rate or stream.guessed_rate
        context = stream.codec_context
        return msgspec.structs.replace(
            common,
            width=context.width,
            height=context.height,
            # str() of a Fraction leaves a denominator of 1 out: `25`, `30000/1001`.
            frame_rate=str(rate) if rate else None,
            interlaced=interlaced,
            profile=context.profile,
            level=context.level if context.level and context.level > 0 else None,
            shape=_shape(stream.sample_aspect_ratio),
            pixel_format=context.pix_fmt,
            colour=_colour(context),
            reorder=int(context.reorder_depth),
            transfer=_HDR.get(int(context.color_trc)),
        )
    if isinstance(stream, av.AudioStream):
        sound = stream.codec_context
        return msgspec.structs.replace(
            common, channels=sound.channels, sample_rate=sound.sample_rate, profile=sound.profile
        )
    return common


def _shape(ratio: Fraction | None) -> str | None:
    return f"{ratio.numerator}:{ratio.denominator}" if ratio else None


def _colour(context: av.VideoCodecContext) -> str | None:
    """None unless all of it is said: 0 and 2 stand for what is not."""
    said = (context.color_range, context.colorspace, context.color_primaries, context.color_trc)
    numbers = [int(number) for number in said]
    return None if numbers[0] == 0 or 2 in numbers[1:] else "/".join(map(str, numbers))


def is_default(stream: av.stream.Stream) -> bool:
    """Tells whether the file calls a stream the default of its type."""
    return bool(stream.disposition & av.stream.Disposition.default)


def is_forced(stream: av.stream.Stream) -> bool:
    """Tells whether a stream is of subtitles of foreign dialogue and signs alone."""
    said = bool(stream.disposition & av.stream.Disposition.forced)
    return said or (stream.type == "subtitle" and is_forced_title(stream.metadata.get("title", "")))


def is_spare(stream: av.stream.Stream) -> bool:
    """Tells whether a stream is a commentary, or was made for some."""
    return bool(stream.disposition & _SPARE) or is_spare_title(stream.metadata.get("title", ""))


def _codec(stream: av.stream.Stream) -> str:
    # A decoder may be named after its library (`libdav1d`); the canonical name is the codec's.
    context = stream.codec_context
    return context.codec.canonical_name if context is not None else "unknown"


def _chapters(container: av.container.InputContainer, duration_ms: int) -> tuple[Chapter, ...]:
    found = []
    for chapter in container.chapters():
        start_ms = int(chapter["start"] * (chapter["time_base"] or 0) * 1000)
        title = chapter["metadata"].get("title", "").strip() or None
        if 0 <= start_ms < duration_ms:
            found.append(Chapter(start_ms=start_ms, title=title))
    return tuple(sorted(found, key=lambda chapter: chapter.start_ms))


def reason_of(error: Exception) -> str:
    """Why a file cannot be read, in a few words."""
    match error:
        case PermissionError():
            return "permission denied"
        case FileNotFoundError():
            return "it vanished during the scan"
        case av.error.HTTPError() | av.error.HTTPClientError() | av.error.HTTPServerError():
            return "its server does not give it"
        case av.error.FFmpegError():
            return "it is no media file that can be read"
    return str(error)


if __name__ == "__main__":
    av.logging.set_level(av.logging.PANIC)
    serve(sys.stdin.buffer)
