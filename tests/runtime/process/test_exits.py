"""Why an ffmpeg ended: real runs of the embedded one, and the words of older ones."""

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from runtime.process.exits import classify, telling_line
from runtime.process.states import ExitKind

SHOW = ["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-f", "mpegts", "pipe:1"]
GRAPH = ["-f", "lavfi", "-i", "testsrc2=s=160x90:r=25:d=1"]
OUTPUT = ["-f", "mpegts", "pipe:1"]


def ended(ffmpeg: str, *args: str) -> tuple[int, list[str]]:
    done = subprocess.run(
        [ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "warning", *args],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr.splitlines()[-20:]


@pytest.fixture(scope="module")
def clip(make_clip: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return make_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", 2).read_bytes()


def garbled(clip: bytes) -> bytes:
    begin, end = clip.index(b"mdat") + 4, clip.index(b"moov") - 4
    return clip[:begin] + bytes(n * 7919 % 251 for n in range(end - begin)) + clip[end:]


@pytest.mark.ffmpeg
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("missing", None),
        ("empty", lambda clip: b""),
        ("truncated", lambda clip: clip[:9000]),
        ("no media", lambda clip: b"television " * 900),
        ("undecodable", garbled),
    ],
)
def test_a_film_that_cannot_be_played_is_the_inputs_fault(
    ffmpeg: str, clip: bytes, tmp_path: Path, name: str, content: Callable[[bytes], bytes] | None
) -> None:
    path = tmp_path / f"{name}.mp4"
    if content is not None:
        path.write_bytes(content(clip))
    code, lines = ended(ffmpeg, "-i", f"file:{path}", *SHOW)
    assert classify(code, lines, ended_as=None) is ExitKind.INPUT_FAILED, (code, lines)
    assert telling_line(lines) and " @ 0x" not in telling_line(lines)


@pytest.mark.ffmpeg
@pytest.mark.parametrize(
    ("args", "kind"),
    [
        # Reading one's own memory from its start is what a disk error looks like.
        (["-f", "h264", "-i", "file:/proc/self/mem", *SHOW], ExitKind.INPUT_FAILED),
        (["-i", "http://127.0.0.1:9/film.mp4", *SHOW], ExitKind.INPUT_FAILED),
        (["-f", "lavfi", "-i", "nosuchfilter", *SHOW], ExitKind.INPUT_FAILED),
        ([*GRAPH, "-map", "0:a:0", *SHOW], ExitKind.INPUT_FAILED),
        ([*GRAPH, "-c:v", "nosuchencoder", *OUTPUT], ExitKind.ENCODER_FAILED),
        ([*GRAPH, "-c:v", "libx264", "-preset", "nosuch", *OUTPUT], ExitKind.ENCODER_FAILED),
        ([*GRAPH, "-c:v", "h264_nvenc", *OUTPUT], ExitKind.ENCODER_FAILED),
        (["-init_hw_device", "vaapi=v:/dev/null", *GRAPH, *SHOW], ExitKind.ENCODER_FAILED),
        ([*GRAPH, "-vf", "nosuchfilter", *SHOW], ExitKind.ENCODER_FAILED),
        ([*GRAPH, *SHOW], ExitKind.ENDED),
    ],
)
def test_every_other_end_is_named(ffmpeg: str, args: list[str], kind: ExitKind) -> None:
    code, lines = ended(ffmpeg, *args)
    assert classify(code, lines, ended_as=None) is kind, (code, lines)


@pytest.mark.ffmpeg
def test_a_reader_that_went_away_is_nobodys_failure(ffmpeg: str) -> None:
    process = subprocess.Popen(
        [ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "warning", "-f", "lavfi", "-i", "testsrc2", *SHOW],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.read(1000)
    process.stdout.close()
    words = process.stderr.read().decode().splitlines()
    process.stderr.close()
    assert classify(process.wait(), words, ended_as=None) is ExitKind.READER_GONE


@pytest.mark.parametrize(
    ("code", "line", "kind"),
    [
        # ffmpeg 4.2 and 5.1
        (1, "file:/films/a.mkv: No such file or directory", ExitKind.INPUT_FAILED),
        (1, "a.mp4: Invalid data found when processing input", ExitKind.INPUT_FAILED),
        (1, "Stream map '0:a:0' matches no streams.", ExitKind.INPUT_FAILED),
        (1, "Cannot determine format of input stream 0:0 after EOF", ExitKind.INPUT_FAILED),
        (1, "av_interleaved_write_frame(): Broken pipe", ExitKind.READER_GONE),
        (
            1,
            "Error initializing output stream 0:0 -- Error while opening encoder for output stream #0:0 - "
            "maybe incorrect parameters such as bit_rate, rate, width or height",
            ExitKind.ENCODER_FAILED,
        ),
        (1, "Unknown encoder 'h264_nvenc'", ExitKind.ENCODER_FAILED),
        (1, "Device creation failed: -12.", ExitKind.ENCODER_FAILED),
        # ffmpeg 7.0
        (8, "Error opening output files: Encoder not found", ExitKind.ENCODER_FAILED),
        (228, "[out#0/mpegts @ 0x9341100] Error muxing a packet", ExitKind.ENCODER_FAILED),
        (254, "Error opening input files: No such file or directory", ExitKind.INPUT_FAILED),
        (1, "a line that nobody knows", ExitKind.FAILED),
        (255, "", ExitKind.KILLED),
        (-signal.SIGKILL, "", ExitKind.KILLED),
        (-signal.SIGTERM, "", ExitKind.KILLED),
        (-signal.SIGPIPE, "", ExitKind.READER_GONE),
        (-signal.SIGSEGV, "", ExitKind.ENCODER_FAILED),
        (0, "a.mkv: File ended prematurely", ExitKind.ENDED),
    ],
)
def test_the_words_of_older_versions_are_known(code: int, line: str, kind: ExitKind) -> None:
    assert classify(code, [line], ended_as=None) is kind


@pytest.mark.parametrize("why", [ExitKind.STOPPED, ExitKind.STUCK])
@pytest.mark.parametrize("code", [0, 1, 255, -signal.SIGKILL])
def test_what_we_ended_ended_for_our_reason(code: int, why: ExitKind) -> None:
    assert classify(code, ["Broken pipe"], ended_as=why) is why


def test_the_telling_line_is_the_one_that_names_the_failure() -> None:
    lines = [
        "[in#0 @ 0x55b49b905e00] Error opening input: No such file or directory",
        "Error opening input file file:/nowhere.mp4.",
        "a last word that says nothing",
    ]
    assert telling_line(lines) == "Error opening input: No such file or directory"
    assert telling_line(["first", "last"]) == "last"
    assert telling_line([]) == ""
