"""What pictures and sound go through before they are encoded. Pure: profile -> filter chains."""

from __future__ import annotations

from exstv.timeline.model import Profile


def video_filters(profile: Profile) -> str:
    """Deinterlaces, fits the picture, fixes the rate, and holds the last picture if it ends early."""
    chain = []
    if profile.deinterlace == "auto":
        chain.append("bwdif=mode=send_frame:deint=interlaced")
    chain += _fit(profile)
    # From zero on, so that pictures that begin late do not shift against the sound.
    chain.append(f"fps={profile.frame_rate_num}/{profile.frame_rate_den}:start_time=0")
    chain += ["tpad=stop=-1:stop_mode=clone", "format=yuv420p", "setsar=1"]
    return ",".join(chain)


def audio_filters(profile: Profile) -> str:
    """Fills holes and a late start with silence, and goes on silently if the sound ends early."""
    return f"aresample={profile.sample_rate}:async=1:first_pts=0,apad"


def _fit(profile: Profile) -> list[str]:
    width, height = profile.width, profile.height
    colour = "out_color_matrix=bt709:out_range=tv"
    # Anamorphic sources are squared first: a DVD's 720x576 is really 16:9.
    square = "scale=w=trunc(iw*sar/2)*2:h=ih"
    match profile.scaling:
        case "stretch":
            return [f"scale={width}:{height}:{colour}"]
        case "crop":
            fill = f"scale={width}:{height}:force_original_aspect_ratio=increase:{colour}"
            return [square, fill, f"crop={width}:{height}"]
        case _:
            fit = f"scale={width}:{height}:force_original_aspect_ratio=decrease:{colour}"
            return [square, fit, f"pad={width}:{height}:-1:-1"]
