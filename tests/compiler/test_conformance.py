"""The cases of tests/compiler/conformance, and the proof of everything that they claim."""

from __future__ import annotations

import os

import pytest
from conformance.cases import Case, all_cases, rewrite, shown
from conformance.proof import parse_claim, prove
from conformance.table import rows
from conformance.words import WRITTEN, all_words

CASES = all_cases()


def _marked(case: Case) -> object:
    marks = [pytest.mark.xfail(strict=True, reason=case.fails)] if case.fails else []
    return pytest.param(case, id=case.name, marks=marks)


@pytest.mark.parametrize("case", map(_marked, CASES))
def test_a_case_shows_what_it_says_and_proves_its_claims(case: Case) -> None:
    seen = shown(case)
    if os.environ.get("UPDATE_GOLDEN") and not case.fails:
        rewrite(case, seen)
    assert seen == case.expected
    assert {proof.word.text: proof.why for proof in prove(case) if proof.why} == {}
