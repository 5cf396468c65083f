from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from exstv import codes
from exstv.binding import bind, known_keys, mistake
from exstv.yaml_text import read_yaml


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _even(value: object) -> object:
    if isinstance(value, int) and value % 2:
        raise mistake(codes.OUT_OF_RANGE, rule="even", help="write `2`")
    return value


class Leaf(Part):
    play: str
    from_: str = Field("", alias="from")
    count: Annotated[int, Field(ge=1, le=9)] = 1


class Tree(Part):
    word: Literal["one", "two"] = "one"
    flag: bool = False
    even: Annotated[int, BeforeValidator(_even)] = 0
    leaves: Annotated[tuple[Leaf, ...], Field(min_length=1)] = (Leaf(play="x"),)
    by_name: dict[str, Leaf] = {}


def found(text: str) -> list[tuple[str, int, int, str]]:
    node, _ = read_yaml(text, "a.yaml")
    assert node is not None
    model, diagnostics = bind(Tree, node)
    assert (model is None) == bool(diagnostics)
    return [(each.code, each.span.line, each.span.column, each.help) for each in diagnostics]


def test_a_good_tree_becomes_the_model() -> None:
    node, _ = read_yaml("word: two\nleaves: [{play: a, from: b, count: 3}]\n", "a.yaml")
    assert node is not None
    model, diagnostics = bind(Tree, node)
    assert diagnostics == []
    assert model == Tree(word="two", leaves=(Leaf.model_validate({"play": "a", "from": "b", "count": 3}),))


def test_an_unknown_key_is_at_the_key_with_a_suggestion() -> None:
    assert found("wrod: one\n") == [("EXS2001", 1, 1, "did you mean `word`?")]
    assert found("leaves: [{play: a, frm: b}]\n") == [("EXS2001", 1, 20, "did you mean `from`?")]


def test_a_misspelt_key_is_not_also_a_missing_one() -> None:
    assert found("leaves:\n  - {plya: a}\n") == [("EXS2001", 2, 6, "did you mean `play`?")]


def test_a_missing_key_is_at_its_parents_key() -> None:
    assert found("by_name:\n  late:\n    count: 1\n") == [("EXS2002", 2, 3, "")]
    assert found("leaves:\n  - count: 1\n") == [("EXS2002", 2, 5, "")]


def test_a_wrong_type_is_at_the_value() -> None:
    assert found("flag: yes\n") == [("EXS2003", 1, 7, "write `true`")]
    assert found("leaves: [{play: 3}]\n") == [("EXS2003", 1, 17, 'write `"3"`')]
    assert found("leaves: {play: a}\n") == [("EXS2003", 1, 9, "")]
    assert found("leaves:\n  play: a\n  count: 1\n") == [("EXS2003", 1, 1, "")]
    assert found("even:\n") == [("EXS2003", 1, 1, "")]


def test_a_wrong_word_is_at_the_value_with_a_suggestion() -> None:
    assert found("word: tow\n") == [("EXS2004", 1, 7, "did you mean `two`?")]
    assert found("word: [one]\n") == [("EXS2003", 1, 7, "")]


def test_a_number_out_of_range_is_at_the_value() -> None:
    assert found("leaves: [{play: a, count: 0}, {play: b, count: 10}]\n") == [
        ("EXS2011", 1, 27, ""),
        ("EXS2011", 1, 48, ""),
    ]


def test_a_validators_own_code_is_reported_with_its_help() -> None:
    assert found("even: 3\n") == [("EXS2011", 1, 7, "write `2`")]


def test_an_empty_list_is_told_from_a_list_of_mistakes() -> None:
    assert found("leaves: []\n") == [("EXS2024", 1, 1, "")]
    assert [code for code, *_ in found("leaves: [{play: 3}]\n")] == ["EXS2003"]


def test_all_mistakes_are_reported_at_once() -> None:
    assert len(found("word: x\nflag: 1\neven: 3\nleaves: [{}]\nby_name: {a: 1}\n")) == 5


def test_something_that_is_no_mapping_is_one_mistake() -> None:
    assert found("- a\n") == [("EXS2003", 1, 1, "")]


def test_known_keys_are_those_that_yaml_may_use() -> None:
    assert known_keys(Tree, ("leaves", 0)) == {"play", "from", "count"}
    assert known_keys(Tree, ("by_name", "late")) == {"play", "from", "count"}
