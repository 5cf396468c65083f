"""The cases of tests/compiler/conformance, the proof of what they claim, and that they claim everything.

`UPDATE_GOLDEN=1 pytest -n0 tests/compiler/test_conformance.py` writes what is seen into the pages, in one
process, as a page has many cases. Read every line before it is committed: it is the language's, or a bug.
"""

from __future__ import annotations

import copy
import os
from dataclasses import replace
from pathlib import Path

import pytest
from conformance import language
from conformance.cases import Case, all_cases, rewrite, shown
from conformance.proof import credited, parse_claim, prove
from conformance.table import rows
from conformance.words import ELSEWHERE, KEYS_ELSEWHERE, all_words, claimable

from compiler.documents import sources

CASES = all_cases()
UPDATE = bool(os.environ.get("UPDATE_GOLDEN"))
LOOP = next(case for case in CASES if case.title == "A flood ends at the next fixed start")


def marked(case: Case) -> object:
    marks = [pytest.mark.xfail(strict=True, reason=case.fails)] if case.fails else []
    return pytest.param(case, id=case.name, marks=marks)


@pytest.mark.parametrize("case", [marked(case) for case in CASES])
def test_a_case_shows_what_it_says_and_proves_its_claims(case: Case) -> None:
    seen = shown(case)
    if UPDATE and not case.fails:
        rewrite(case, seen)
        case = replace(case, expected=seen)
    assert seen == case.expected
    assert {proof.word.text: proof.why for proof in prove(case) if proof.why} == {}


def test_every_word_of_the_language_is_claimed() -> None:
    claimed = {credited(parse_claim(claim)) for case in CASES if not case.fails for claim in case.claims}
    assert sorted(word.text for word in claimed ^ set(claimable())) == []


@pytest.mark.parametrize("place", ELSEWHERE)
def test_the_tests_of_a_source_on_a_server_use_each_of_its_keys(place: str) -> None:
    text = (Path(__file__).parents[1] / "exstv" / "sources" / ELSEWHERE[place]).read_text(encoding="utf-8")
    facts = set(sources.WrittenFacts.model_fields) - {"title"}
    keys = {word.key for word in all_words() if word.place == place} - facts - {"type", *KEYS_ELSEWHERE}
    assert [key for key in sorted(keys) if key not in text] == []


@pytest.mark.parametrize("key", KEYS_ELSEWHERE)
def test_a_key_that_only_a_server_shows_is_used_at_each_of_its_places(key: str) -> None:
    text = (Path(__file__).parents[1] / "exstv" / "sources" / KEYS_ELSEWHERE[key]).read_text(encoding="utf-8")
    places = {word.place for word in all_words() if word.key == key}
    assert [place for place in sorted(places) if f'"{place}"' not in text] == []


def test_the_schema_has_every_word_that_the_language_names_and_that_is_built() -> None:
    assert sorted(set(language.built()) - {word.text for word in all_words()}) == []


def test_what_is_listed_as_not_built_yet_is_not_built() -> None:
    assert sorted(set(language.later()) & {word.text for word in all_words()}) == []
    assert set(language.LATER) - set(language.written()) == set()


def test_no_two_cases_have_one_name() -> None:
    assert len({case.name for case in CASES}) == len(CASES)


def test_a_claim_that_nothing_depends_on_is_not_proved() -> None:
    case = next(case for case in CASES if case.title == "Multiple plays so many items")
    data = copy.deepcopy(case.data)
    data["schedules"]["day"]["items"][1]["name"] = "Headlines"
    (proof,) = prove(replace(case, data=data, claims=("entry.name",)))
    assert proof.why == "shows the same without it"


def test_a_claim_of_what_the_case_does_not_have_is_not_proved() -> None:
    (proof,) = prove(replace(LOOP, claims=("slot.flex=extend",)))
    assert proof.why == "the case does not have it"


def test_a_case_that_fails_proves_nothing() -> None:
    proofs = prove(replace(LOOP, expected="06:00 films:c\n"))
    assert {proof.why for proof in proofs} == {"the case fails"}


def test_the_table_has_a_row_for_each_word_and_for_what_is_none() -> None:
    (proof,) = prove(replace(LOOP, claims=("entry.start",)))
    (wrong,) = prove(replace(LOOP, claims=("entry.begin",)))
    table = {row.word: row.verdict for row in rows([proof, wrong])}
    assert table["entry.start"] == "yes"
    assert table["entry.mode"] == "no claim"
    assert table["entry.begin"] == "no such word"
