"""An exit code and a child's last words -> why it ended. Pure.

ffmpeg's codes say little: up to 6 nearly everything is 1, later versions give the low byte of the error. So
the words decide, where there are any. They were taken from failing runs of ffmpeg 4.2, 7.0 and 9.0.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Iterable

from runtime.process.states import ExitKind

_TOLD_TO_GO = 255
"""ffmpeg's exit code after SIGINT or SIGTERM."""
_CRASHES = {signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGABRT, signal.SIGSYS}

# In order: a dead input also keeps the encoder from opening, and a dead device is named before anything else.
_WORDS = (
    (ExitKind.READER_GONE, re.compile(r"Broken pipe")),
    (
        ExitKind.ENCODER_FAILED,
        re.compile(
            r"Device creation failed|Unknown encoder|Error selecting an encoder|Encoder not found"
            r"|[Ee]rror (while )?opening encoder|Error (submitting|sending) .* to the encoder"
            r"|Error initializing output stream|Error setting (preset|profile|option)"
            r"|No (capable|NVENC capable) devices? found|Cannot load lib(cuda|nvidia-encode|mfx|amf)"
            r"|Error sending frames to consumers"
        ),
    ),
    (
        ExitKind.INPUT_FAILED,
        re.compile(
            r"Error opening input|Could not find codec parameters|does not contain any stream"
            r"|matches no streams|Cannot determine format of input"
            r"|Decode error rate|Error while decoding|Error during demuxing|Error retrieving a packet"
            r"|moov atom not found|not on whitelist|Server returned|Input/output error"
            r"|: (No such file or directory|Is a directory|Permission denied|Protocol not found"
            r"|Invalid data found when processing input|Connection (refused|timed out|reset by peer))$"
        ),
    ),
    (
        ExitKind.ENCODER_FAILED,
        re.compile(
            r"Could not open encoder|Error opening output|filter|Error encoding|Error muxing"
            r"|No space left on device|Error initializing"
        ),
    ),
)
_SPEAKER = re.compile(r"^(\[[^\]]*\] )+")


def classify(returncode: int, lines: Iterable[str], *, ended_as: ExitKind | None) -> ExitKind:
    """Names the kind of an exit; `ended_as` is what we ended it for, None if it went by itself.

    ffmpeg exits 255 on SIGTERM, and 1 or by SIGPIPE when its reader is gone: after we asked, neither is the
    media's fault (measured, shared/reference/style.md §3.7).
    """
    if ended_as is not None:
        return ended_as
    if returncode == 0:
        return ExitKind.ENDED
    if returncode < 0:
        if -returncode == signal.SIGPIPE:
            return ExitKind.READER_GONE
        return ExitKind.ENCODER_FAILED if -returncode in _CRASHES else ExitKind.KILLED
    found = _by_words(tuple(lines))
    if found is not None:
        return found[0]
    return ExitKind.KILLED if returncode == _TOLD_TO_GO else ExitKind.FAILED


def telling_line(lines: Iterable[str]) -> str:
    """The line that says most about a failure, without who said it; the last one if none stands out."""
    lines = tuple(lines)
    found = _by_words(lines)
    line = found[1] if found is not None else (lines[-1] if lines else "")
    return _SPEAKER.sub("", line).strip()


def _by_words(lines: tuple[str, ...]) -> tuple[ExitKind, str] | None:
    for kind, words in _WORDS:
        for line in lines:
            if words.search(line):
                return kind, line
    return None
