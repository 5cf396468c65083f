"""Instructions with their places, and all that they refer to: what the parts of the translation share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from exstv.importing import sequential_documents as etv
from exstv.importing.contents import Content
from exstv.nodes import Node


@dataclass(frozen=True)
class Instruction:
    """One instruction, and where it is written."""

    document: etv.Part
    node: Node


@dataclass(frozen=True)
class Given:
    """All that a schedule refers to, by keys in lower case."""

    contents: Mapping[str, Content]
    sequences: Mapping[str, tuple[Instruction, ...]]
    start_at: Mapping[str, dict[str, int]]
    """By the keys of contents: what `reset` skips to."""

    def words(self, content: str) -> dict[str, Any]:
        """The words with which a content is played, the same everywhere."""
        key = content.lower()
        return self.contents[key].words(self.start_at.get(key))

    def sequence(self, key: str) -> tuple[Instruction, ...]:
        """What a sequence does."""
        return self.sequences[key.lower()]
