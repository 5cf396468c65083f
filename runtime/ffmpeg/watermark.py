"""A picture over the picture: presentation -> pieces of the filter graph. Pure.

Where the picture comes from, and that it is one, is wardrobe.py's.
"""

from __future__ import annotations

from dataclasses import dataclass

from exstv.pictures import format_of
from exstv.timeline.model import Presentation, Profile

MARGIN = 0.05
"""Share of the screen between its edge and a watermark in a corner: old sets cut that much off."""
MOST_PIXELS = 40_000_000
_DEMUXERS = {
    "png": "png_pipe",
    "jpeg": "jpeg_pipe",
    "gif": "gif",
    "bmp": "bmp_pipe",
    "webp": "webp_pipe",
    "svg": "svg_pipe",
}
_LEFT, _TOP = f"W*{MARGIN}", f"H*{MARGIN}"
_RIGHT, _BOTTOM = f"W-w-W*{MARGIN}", f"H-h-H*{MARGIN}"
_PLACES = {
    "top_left": f"x={_LEFT}:y={_TOP}",
    "top_right": f"x={_RIGHT}:y={_TOP}",
    "bottom_left": f"x={_LEFT}:y={_BOTTOM}",
    "bottom_right": f"x={_RIGHT}:y={_BOTTOM}",
    "center": "x=(W-w)/2:y=(H-h)/2",
}


@dataclass(frozen=True)
class Watermark:
    """A PNG file, and how it is shown."""

    path: str
    position: str
    width: str
    opacity: float


def wants_watermark(worn: Presentation, *, filler: bool) -> bool:
    """Tells whether a watermark shows during an item; one that nobody could see does not."""
    seen = worn.watermark_opacity > 0 and worn.watermark_width != "0%"
    return worn.watermark_image is not None and seen and (worn.watermark_during_filler or not filler)


def image_argv(ffmpeg: str, path: str, body: bytes) -> list[str]:
    """The command that reads an image file and writes it as PNG to standard output. Raises NoPicture.

    The format is told by the file's first bytes: neither its name nor ffmpeg decides what opens it.
    """
    demuxer = _DEMUXERS[format_of(body)]
    return [
        ffmpeg,
        *("-hide_banner", "-nostdin", "-loglevel", "error"),
        *(
            "-protocol_whitelist",
            "file",
            "-max_pixels",
            str(MOST_PIXELS),
            "-f",
            demuxer,
            "-i",
            f"file:{path}",
        ),
        *("-frames:v", "1", "-c:v", "png", "-pix_fmt", "rgba", "-f", "image2pipe", "pipe:1"),
    ]


def mark_input(mark: Watermark) -> list[str]:
    """The arguments that open the picture; its one frame stays for as long as there are others."""
    return ["-protocol_whitelist", "file", "-f", "png_pipe", "-i", f"file:{mark.path}"]


def mark_filters(mark: Watermark, profile: Profile) -> list[str]:
    """Makes the picture as large and as transparent as it shows, and never larger than the screen."""
    size = f"w={width_px(mark.width, profile)}:h={profile.height}:force_original_aspect_ratio=decrease"
    colour = "out_color_matrix=bt709:out_range=tv"
    fade = [] if mark.opacity >= 1 else [f"colorchannelmixer=aa={mark.opacity:g}"]
    return ["format=rgba", *fade, f"scale={size}:{colour}", "format=yuva420p"]


def mark_place(mark: Watermark) -> str:
    """Where the picture stands, as options of `overlay`."""
    return _PLACES[mark.position]


def width_px(width: str, profile: Profile) -> int:
    """A width as written, `8%` or `160`, in pixels of the profile's picture."""
    pixels = int(width[:-1]) * profile.width / 100 if width.endswith("%") else int(width)
    return min(profile.width, max(2, round(pixels)))
