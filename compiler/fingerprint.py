"""Everything that a compile reads as one digest, told before anything is parsed.

Equal fingerprints and an instant within the timeline's fresh time mean an equal timeline: nothing need be
compiled (exstv/cli/standing.py). Owns what counts; imports nothing heavy: an unchanged station is told fast.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from compiler.load import SourceSet

# An external schedule's list is read after parsing: its bytes are not at hand here.
_READS_MORE = b"external"


def fingerprint(sources: SourceSet, facts: Iterable[str]) -> str:
    """The digest of a station's files and of what else decides; empty where it cannot tell everything.

    `facts` are the program and its arguments; the catalog lock has a digest of its own in the timeline.
    """
    told = tuple(facts)
    if not told or not sources.complete or any(_READS_MORE in file.raw for file in sources.files):
        return ""
    digest = sha256()
    parts: list[bytes] = [fact.encode() for fact in (*told, str(sources.root))]
    for file in sources.files:
        parts += (file.path.encode(errors="surrogateescape"), file.raw)
    # Not their bytes: whether one can be shown is all that they decide.
    for picture in sources.pictures:
        named = f"{picture.path} {picture.size} {picture.written_ns}"
        parts.append(named.encode(errors="surrogateescape"))
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()
