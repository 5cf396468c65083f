"""What pictures and sound go through before they are encoded. Pure: -> two filter graphs.

Pictures, in this order: made progressive, fitted to the screen, HDR to SDR, subtitles, watermark, frame rate,
held to the end. Sound: holes filled, the profile's channels, loudness, silence to the end.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from exstv.catalog.model import Stream
from exstv.timeline.model import Profile
from runtime.ffmpeg.subtitles import (
    PictureSubtitles,
    Subtitles,
    TextSubtitles,
    draws_on_screen,
    text_filters,
)
from runtime.ffmpeg.watermark import Watermark, mark_filters, mark_place

HDR = frozenset({"smpte2084", "arib-std-b67"})
TONE_MAPPING = frozenset({"zscale", "tonemap"})
"""The filters that bring HDR to SDR well; an ffmpeg without them plays it paler."""
PEAK_DBTP = -2.0
"""How loud the loudest instant may be, beside EBU R 128's loudness."""
_MIXING_DB = 3.0
_COLOUR = "out_color_matrix=bt709:out_range=tv"
_HDR_PEAK_NITS = 203
"""What SDR's white is taken for (ITU-R BT.2408, graphics white)."""


@dataclass(frozen=True)
class Dress:
    """What is laid over the pictures; `mark_pad` is the watermark's input, `last` the encoder's filters.

    `ends`: where the input ends the pictures do, which else are held. A live stream has no end of its own.
    `text_pad` is where subtitles that are pictures come from, `beat_pad` what tells that there are none now.
    """

    in_point_ms: int = 0
    subtitles: Subtitles | None = None
    text_pad: str = ""
    beat_pad: str = ""
    watermark: Watermark | None = None
    mark_pad: str = ""
    last: tuple[str, ...] = ()
    ends: bool = False


@dataclass(frozen=True)
class _Graph:
    """A filter graph being built: chains that are closed, and the one that pictures go through now."""

    closed: tuple[str, ...]
    heads: str
    chain: tuple[str, ...] = ()

    def then(self, *filters: str) -> _Graph:
        """Goes on with some filters."""
        return replace(self, chain=self.chain + filters)

    def under(self, pad: str, filters: list[str], place: str) -> _Graph:
        """Lays another input over, which goes through filters of its own."""
        number = len(self.closed)
        below, above = f"[v{number}]", f"[v{number + 1}]"
        own = f"{pad}{','.join(filters or ['null'])}{above}"
        return _Graph((*self.closed, self._text(below), own), below + above, (f"overlay={place}",))

    def end(self, pad: str) -> str:
        """Gives the whole graph."""
        return ";".join([*self.closed, self._text(pad)])

    def _text(self, pad: str) -> str:
        return f"{self.heads}{','.join(self.chain or ('null',))}{pad}"


def video_graph(
    pad: str, source: Stream | None, profile: Profile, dress: Dress, filters: frozenset[str]
) -> str:
    """The graph from an input's pictures to `[v]`; `filters` are those that this ffmpeg has."""
    graph = _Graph((f"{dress.beat_pad}nullsink",) if dress.beat_pad else (), pad)
    if profile.deinterlace == "auto":
        graph = graph.then(_deinterlace(source, profile))
    laid_over = dress.subtitles.stream if isinstance(dress.subtitles, PictureSubtitles) else None
    if laid_over is not None and not draws_on_screen(laid_over):
        graph = graph.under(dress.text_pad, _as_large_as(source), "x=0:y=0")
    graph = graph.then(*_fit(source, profile, filters))
    if laid_over is not None and draws_on_screen(laid_over):
        graph = graph.under(dress.text_pad, [_within(profile)], "x=(W-w)/2:y=(H-h)/2")
    if isinstance(dress.subtitles, TextSubtitles):
        graph = graph.then(*text_filters(dress.subtitles, dress.in_point_ms))
    if dress.watermark is not None:
        mark = dress.watermark
        graph = graph.under(dress.mark_pad, mark_filters(mark, profile), mark_place(mark))
    # From zero on, so that pictures that begin late do not shift against the sound.
    rate = f"fps={profile.frame_rate_num}/{profile.frame_rate_den}:start_time=0"
    held = () if dress.ends else ("tpad=stop=-1:stop_mode=clone",)
    return graph.then(rate, *held, "format=yuv420p", "setsar=1", *dress.last).end("[v]")


def audio_graph(
    pad: str, profile: Profile, loudness: float | None, source: Stream | None = None, *, ends: bool = False
) -> str:
    """The graph from an input's sound to `[a]`; `loudness` is the wanted one in LUFS (EBU R 128).

    What was measured of the source is brought there by one gain, which leaves its dynamics alone.
    """
    chain = [
        # Holes and a late start become silence.
        f"aresample={profile.sample_rate}:async=1:first_pts=0",
        f"aformat=channel_layouts={profile.audio_channels}c",
    ]
    if loudness is not None and source is not None and source.loudness is not None:
        chain += _gain(loudness - source.loudness, source.peak)
    elif loudness is not None:
        # loudnorm works at 192 kHz and leaves the sound there.
        chain += [f"loudnorm=I={loudness:g}:TP={PEAK_DBTP:g}:LRA=11", f"aresample={profile.sample_rate}"]
    return f"{pad}{','.join(chain if ends else [*chain, 'apad'])}[a]"


def _gain(gain: float, peak: float | None) -> list[str]:
    """A gain in dB; peaks that it would lift over what broadcasters allow are held there."""
    # Mixed down to fewer channels sound may add up: near the limit it is watched.
    safe = peak is not None and peak + gain <= PEAK_DBTP - _MIXING_DB
    limiter = f"alimiter=limit={10 ** (PEAK_DBTP / 20):.4f}:level=disabled:latency=1"
    return [f"volume={gain:.1f}dB", *([] if safe else [limiter])]


def _deinterlace(source: Stream | None, profile: Profile) -> str:
    """Makes progressive what is marked as interlaced, frame by frame: recordings mix both.

    Where the profile has time for it every field becomes a picture, as smooth as it was shot.
    """
    mode = "send_frame"
    if source is not None and source.interlaced and source.frame_rate:
        smooth = Fraction(profile.frame_rate_num, profile.frame_rate_den)
        mode = "send_field" if smooth > Fraction(source.frame_rate) * 3 / 2 else mode
    # Pictures whose flags lie were looked at, all of them: then all are interlaced.
    which = "all" if source is not None and source.combed else "interlaced"
    return f"bwdif=mode={mode}:deint={which}"


def _fit(source: Stream | None, profile: Profile, filters: frozenset[str]) -> list[str]:
    """Fits the pictures to the screen, and brings HDR to its colours."""
    if source is None or source.transfer not in HDR or not filters >= TONE_MAPPING:
        return _scaled(profile, f":{_COLOUR}")
    # Scaled first, there is less to map; every property is stated, since half of all files leave some out.
    return [
        *_scaled(profile, ""),
        f"zscale=tin={source.transfer}:pin=2020:min=2020_ncl:rin=limited:t=linear:npl={_HDR_PEAK_NITS}",
        *("format=gbrpf32le", "zscale=p=709", "tonemap=hable:desat=0"),
        *("zscale=t=709:m=709:r=limited", "format=yuv420p"),
    ]


def _scaled(profile: Profile, colour: str) -> list[str]:
    width, height = profile.width, profile.height
    # Anamorphic sources are squared first: a DVD's 720x576 is really 16:9.
    square = "scale=w=trunc(iw*sar/2)*2:h=ih"
    match profile.scaling:
        case "stretch":
            return [f"scale={width}:{height}{colour}"]
        case "crop":
            fill = f"scale={width}:{height}:force_original_aspect_ratio=increase{colour}"
            return [square, fill, f"crop={width}:{height}"]
        case _:
            fit = f"scale={width}:{height}:force_original_aspect_ratio=decrease{colour}"
            return [square, fit, f"pad={width}:{height}:-1:-1"]


def _as_large_as(source: Stream | None) -> list[str]:
    if source is None or not source.width or not source.height:
        return []
    return [f"scale={source.width}:{source.height}"]


def _within(profile: Profile) -> str:
    return f"scale={profile.width}:{profile.height}:force_original_aspect_ratio=decrease"
