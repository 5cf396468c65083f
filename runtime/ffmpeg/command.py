"""Profile + input + place -> the arguments of one ffmpeg that encodes one playout item.

Pure. Every item of a channel leaves with the same codecs, size, rates and PIDs, so that runtime/mpegts can
splice them; sound and picture are padded and cut to exactly the frames asked for. There is no `-re`: the full
pipe paces. What pictures and sound go through is in filters.py.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from exstv.catalog.model import Stream
from exstv.sources.base import (
    DEMUXERS,
    RELAY_PROTOCOLS,
    REMOTE_DEMUXERS,
    FileInput,
    GraphInput,
    Openable,
    RelayedInput,
)
from exstv.timeline.model import Profile
from runtime.ffmpeg.codecs import (
    SOFTWARE,
    Encoder,
    audio_args,
    device_args,
    frame_rate,
    last_filters,
    video_args,
)
from runtime.ffmpeg.conformance import NOTHING_COPIED, Copies
from runtime.ffmpeg.filters import Dress, audio_graph, video_graph
from runtime.ffmpeg.pickers import Picks
from runtime.ffmpeg.subtitles import PictureSubtitles, Subtitles
from runtime.ffmpeg.watermark import Watermark, mark_input

COPIED_SECONDS = 2
"""How much more of copied pictures is asked for: those that are decoded last are not those shown last."""
LIVE_ANALYSIS = "2000000"
"""How many microseconds of a live stream are looked at before it plays: ffmpeg would take five seconds."""
STALLED_SECONDS = 10
"""How long a server may be silent before the input has failed."""


@dataclass(frozen=True)
class EncodeSpec:
    """One item to encode: from `in_point_ms` of the input, exactly `frames` frames of the profile's rate.

    Without `picks` nothing is known of the input's streams, and its first ones play. `loudness` is in LUFS;
    `filters` are those that this ffmpeg has.
    """

    ffmpeg: str
    profile: Profile
    input: Openable
    in_point_ms: int
    frames: int
    picks: Picks | None = None
    subtitles: Subtitles | None = None
    watermark: Watermark | None = None
    loudness: float | None = None
    filters: frozenset[str] = frozenset()
    encoder: Encoder = SOFTWARE
    """Of the pictures."""
    copies: Copies = NOTHING_COPIED
    """Which streams are sent as they are."""
    prompt: bool = False
    """Whether somebody waits for the first picture."""

    @property
    def is_live(self) -> bool:
        """Tells whether the input goes on whether it is read or not."""
        return isinstance(self.input, RelayedInput) and self.input.live


@dataclass(frozen=True)
class _Inputs:
    """The inputs' arguments, and the pads that each thing comes from, as Dress has them; empty: from none."""

    args: tuple[str, ...]
    count: int
    video: str = ""
    audio: str = ""
    mark: str = ""
    text: str = ""
    beat: str = ""


def encode_argv(spec: EncodeSpec) -> list[str]:
    """Builds the whole command line; the stream goes to standard output."""
    seconds = spec.frames / frame_rate(spec.profile)
    inputs = _inputs(spec)
    return [
        spec.ffmpeg,
        *("-hide_banner", "-nostdin", "-loglevel", "warning"),
        *([] if spec.copies.video else device_args(spec.encoder)),
        *inputs.args,
        *_pictures(spec, inputs),
        *_sound(spec, inputs),
        *("-t", f"{float(seconds) + (COPIED_SECONDS if spec.copies.video else 0):.6f}"),
        *("-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1"),
        # One audio frame a PES: the splicer joins at audio frames. Small ones, as in silence, ffmpeg
        # collects unless its delay is short. PCR and tables are the splicer's own.
        *("-f", "mpegts", "-pes_payload_size", "0", "-muxdelay", "0.02"),
        # Else 32 KB are collected: of still pictures that is seconds, which are not waited for.
        *(("-flush_packets", "1") if spec.is_live else ()),
        "pipe:1",
    ]


def _pictures(spec: EncodeSpec, inputs: _Inputs) -> list[str]:
    """A graph of their own, as the sound has: each has a thread, and neither waits for the other's frames."""
    if spec.copies.video:
        return ["-map", _stream(inputs.video), "-c:v", "copy"]
    # The graph counts the frames: told by -frames:v, ffmpeg 5 drops the sound that is still on its way.
    last = (f"trim=end_frame={spec.frames}", *last_filters(spec.encoder))
    dress = Dress(
        in_point_ms=spec.in_point_ms,
        subtitles=spec.subtitles,
        text_pad=inputs.text,
        beat_pad=inputs.beat,
        watermark=spec.watermark,
        mark_pad=inputs.mark,
        last=last,
        ends=spec.is_live,
    )
    source = spec.picks.video if spec.picks is not None else None
    graph = video_graph(inputs.video, source, spec.profile, dress, spec.filters)
    encoder = video_args(spec.profile, spec.encoder, prompt=spec.prompt)
    return ["-filter_complex", graph, "-map", "[v]", *encoder]


def _sound(spec: EncodeSpec, inputs: _Inputs) -> list[str]:
    if spec.copies.audio:
        return ["-map", _stream(inputs.audio), "-c:a", "copy"]
    source = spec.picks.audio if spec.picks is not None else None
    graph = audio_graph(inputs.audio, spec.profile, spec.loudness, source, ends=spec.is_live)
    return ["-filter_complex", graph, "-map", "[a]", *audio_args(spec.profile)]


def _stream(pad: str) -> str:
    """What a pad is called where no filter is."""
    return pad.strip("[]")


def _inputs(spec: EncodeSpec) -> _Inputs:
    """Inputs and pads: what the input lacks is made up, black pictures or silence."""
    inputs = _main_input(spec)
    if not inputs.video:
        inputs = replace(_with(inputs, _lavfi(_black(spec.profile))), video=f"[{inputs.count}:v:0]")
    if not inputs.audio:
        silence = f"anullsrc=r={spec.profile.sample_rate}:cl=stereo"
        inputs = replace(_with(inputs, _lavfi(silence)), audio=f"[{inputs.count}:a:0]")
    match spec.subtitles:
        case PictureSubtitles(stream=stream, path=None):
            inputs = replace(inputs, text=_pad(stream))
        case PictureSubtitles(path=str(path)):
            beside = _with(inputs, _file_input(path, spec.in_point_ms))
            inputs = replace(beside, text=f"[{inputs.count}:0]", beat=f"[{inputs.count}:1]")
    if spec.watermark is not None:
        inputs = replace(_with(inputs, mark_input(spec.watermark)), mark=f"[{inputs.count}:v:0]")
    return inputs


def _with(inputs: _Inputs, args: list[str]) -> _Inputs:
    return replace(inputs, args=(*inputs.args, *args), count=inputs.count + 1)


def _main_input(spec: EncodeSpec) -> _Inputs:
    match spec.input:
        case GraphInput(video=graph, audio=None):
            return _Inputs(tuple(_lavfi(graph)), 1, "[0:v:0]")
        case GraphInput(video=graph, audio=str(sound)):
            return _Inputs((*_lavfi(graph), *_lavfi(sound)), 2, "[0:v:0]", "[1:a:0]")
        case FileInput(path=path):
            args = _file_input(path, spec.in_point_ms + spec.copies.late_ms)
        case RelayedInput():
            args = _relayed_input(spec.input, spec.in_point_ms + spec.copies.late_ms)
    inputs = _Inputs(tuple(args), 1, "[0:v:0]", "[0:a:0]")
    if spec.picks is not None:
        inputs = replace(inputs, video=_pad(spec.picks.video), audio=_pad(spec.picks.audio))
    if isinstance(spec.input, RelayedInput) and spec.input.sound is not None:
        apart = RelayedInput(address=spec.input.sound, live=spec.input.live)
        inputs = replace(_with(inputs, _relayed_input(apart, spec.in_point_ms)), audio="[1:a:0]")
    return inputs


def _pad(stream: Stream | None) -> str:
    return "" if stream is None else f"[0:{stream.index}]"


def _file_input(path: str, in_point_ms: float) -> list[str]:
    # `file:` and an absolute path: no name is taken for a protocol, an option or an image pattern.
    allowed = ["-protocol_whitelist", "file", "-format_whitelist", DEMUXERS]
    return [*_seek(in_point_ms), *allowed, "-i", f"file:{path}"]


def _relayed_input(remote: RelayedInput, in_point_ms: float) -> list[str]:
    """From the relay alone: again from where it broke off, and given up where nothing comes."""
    return [
        *([] if remote.live else _seek(in_point_ms)),
        *("-protocol_whitelist", RELAY_PROTOCOLS, "-http_proxy", ""),
        *("-format_whitelist", f"{DEMUXERS},{REMOTE_DEMUXERS}"),
        *("-rw_timeout", str(STALLED_SECONDS * 1_000_000)),
        *("-reconnect", "1", "-reconnect_on_network_error", "1", "-reconnect_on_http_error", "502,503"),
        *("-reconnect_delay_max", "4"),
        *(["-reconnect_streamed", "1", "-analyzeduration", LIVE_ANALYSIS] if remote.live else []),
        *("-i", remote.address),
    ]


def _seek(in_point_ms: float) -> list[str]:
    return ["-ss", f"{in_point_ms / 1000:.3f}"] if in_point_ms > 0 else []


def _lavfi(graph: str) -> list[str]:
    return ["-f", "lavfi", "-i", graph]


def _black(profile: Profile) -> str:
    rate = f"{profile.frame_rate_num}/{profile.frame_rate_den}"
    return f"color=c=black:s={profile.width}x{profile.height}:r={rate}"
