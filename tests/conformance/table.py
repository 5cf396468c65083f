"""The table: every word with the case that claims it, and whether that was proved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from conformance.proof import Proof
from conformance.words import Word, claimable


@dataclass(frozen=True)
class Row:
    """One word of the language."""

    word: str
    verdict: str
    case: str

    @property
    def is_proved(self) -> bool:
        return self.verdict == "yes"


def rows(proofs: Iterable[Proof]) -> list[Row]:
    """A row a word; a claim of something that is no word of the language is a row that fails."""
    by_word: dict[Word, list[Proof]] = {}
    for proof in proofs:
        by_word.setdefault(proof.word, []).append(proof)
    known = claimable()
    unknown = [word for word in by_word if word not in known]
    return [_row(word, by_word.get(word, [])) for word in known] + [
        Row(word.text, "no such word", by_word[word][0].case) for word in unknown
    ]


def _row(word: Word, proofs: list[Proof]) -> Row:
    best = min(proofs, key=lambda proof: proof.why != "", default=None)
    if best is None:
        return Row(word.text, "no claim", "")
    return Row(word.text, "yes" if not best.why else "no", best.case + (f" ({best.why})" if best.why else ""))
