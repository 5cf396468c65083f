from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exstv.diagnostics import Diagnostic
from exstv.files import MAX_BYTES
from exstv.nodes import Mapping, Node, Scalar, Sequence, at, key_span, to_data
from exstv.yaml_text import decode, read_yaml
from exstv.yaml_tree import MAX_DEPTH


def read(text: str) -> Node:
    node, diagnostics = read_yaml(text, "a.yaml")
    assert diagnostics == []
    assert node is not None
    return node


def only(text: str) -> Diagnostic:
    _, (diagnostic,) = read_yaml(text, "a.yaml")
    return diagnostic


def place(diagnostic: Diagnostic) -> tuple[str, int, int]:
    return diagnostic.code, diagnostic.span.line, diagnostic.span.column


def test_every_key_and_value_knows_its_place() -> None:
    node = read('a:\n  b: ["x y", 3]\n  c: {d: e}\n')
    value = at(node, "a", "b", 0)
    assert (value.span.line, value.span.column, value.span.end_column) == (2, 7, 12)
    key = key_span(node, "a", "c", "d")
    assert (key.line, key.column, key.end_column) == (3, 7, 8)
    assert (at(node, "a", "b").span.column, at(node, "a", "b").span.end_column) == (6, 16)


def test_a_block_ends_with_its_last_value_and_not_with_the_next_sibling() -> None:
    node = read("a:\n  b: 1\n  c: 22\n\n\nd: 1\n")
    assert (at(node, "a").span.end_line, at(node, "a").span.end_column) == (3, 8)


def test_an_empty_value_is_at_its_key() -> None:
    node = read("a:\n\n\nb: 1\n")
    assert at(node, "a").span == key_span(node, "a")


def test_times_dates_and_yes_stay_text() -> None:
    texts = ("20:00", "12-25", "2026-08-01", "yes", "on", "1_000", "0x1F", "1:30:00", "nan")
    node = read("".join(f"- {text}\n" for text in texts))
    assert to_data(node) == texts


def test_numbers_booleans_and_nothing_are_read_and_keep_their_writing() -> None:
    node = read("[1, -2, 42.10, 1e3, true, False, null, ~, '1', 007]")
    assert to_data(node) == (1, -2, 42.1, 1000.0, True, False, None, None, "1", 7)
    assert isinstance(node, Sequence)
    assert [item.text for item in node.items if isinstance(item, Scalar)][2] == "42.10"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a:\n\tb: 1\n", ("EXS1004", 2, 1)),
        ("a: [1, 2\n", ("EXS1003", 1, 4)),
        ("a: b: c\n", ("EXS1003", 1, 5)),
        ("a: 'x\n\n", ("EXS1003", 1, 4)),
        ("a:\n  b: 1\n c: 2\n", ("EXS1003", 3, 2)),
        ("a: @x\n", ("EXS1003", 1, 4)),
        ("a: 1\na: 2\n", ("EXS1002", 2, 1)),
        ("a: {b: 1, b: 2}\n", ("EXS1002", 1, 11)),
        ("a: !x 1\n", ("EXS1006", 1, 4)),
        ("a: 1\n---\nb: 1\n", ("EXS1010", 2, 1)),
        ("1: a\n", ("EXS1011", 1, 1)),
        ("? [a]\n: b\n", ("EXS1011", 1, 3)),
        ('a: "\\0"\n', ("EXS1013", 1, 4)),
        ('a: "\\uD800"\n', ("EXS1013", 1, 4)),
        ("%YAML x\n---\na: 1\n", ("EXS1003", 1, 7)),
    ],
)
def test_a_syntax_error_is_one_diagnostic_at_its_place(text: str, expected: tuple[str, int, int]) -> None:
    assert place(only(text)) == expected


def test_a_duplicate_key_points_at_both_and_the_first_one_counts() -> None:
    node, (diagnostic,) = read_yaml("a: 1\nb: 2\na: 3\n", "a.yaml")
    assert node is not None
    assert to_data(node) == {"a": 1, "b": 2}
    assert [(label.span.line, label.primary) for label in diagnostic.labels] == [(3, True), (1, False)]


@pytest.mark.parametrize("text", ["a: &x 1\n", "a: {<<: {b: 1}}\n", "a: &x [*x]\n"])
def test_anchors_aliases_and_merge_keys_are_refused_once_a_file(text: str) -> None:
    assert only(text).code == "EXS1005"


def test_an_alias_bomb_costs_what_its_text_costs() -> None:
    levels = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 40))
    began = time.process_time()
    assert place(only("a0: &a0 [lol]\n" + levels)) == ("EXS1005", 1, 5)
    # Composed, it would be 9**39 nodes.
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    "text",
    [
        "[" * 2000 + "]" * 2000,
        "".join(f"{' ' * depth}a:\n" for depth in range(2000)),
        "- " * 2000 + "a",
        "{a: " * 2000 + "}" * 2000,
    ],
)
def test_deep_nesting_is_one_diagnostic(text: str) -> None:
    assert only(text).code == "EXS1007"


def test_the_deepest_nesting_allowed_is_read() -> None:
    assert to_data(read("[" * MAX_DEPTH + "]" * MAX_DEPTH)) is not None


def test_a_file_over_the_limit_is_one_diagnostic() -> None:
    text, (diagnostic,) = decode(b"a" * (MAX_BYTES + 1), "a.yaml")
    assert (text, diagnostic.code) == (None, "EXS1008")


@pytest.mark.parametrize(
    ("raw", "line", "column"),
    [("a: b".encode("utf-16"), 1, 1), (b"a: 1\nb: \xff", 2, 4), ("a: é".encode("latin-1"), 1, 4)],
)
def test_bytes_that_are_not_utf8_are_one_diagnostic(raw: bytes, line: int, column: int) -> None:
    text, (diagnostic,) = decode(raw, "a.yaml")
    assert text is None
    assert place(diagnostic) == ("EXS1009", line, column)


@pytest.mark.parametrize("character", ["\0", "\x07", "\x1b", "\x85", "\u2028", "\ufffe"])
def test_a_control_character_is_one_diagnostic(character: str) -> None:
    text, (diagnostic,) = decode(f"a: 1\nbé: x{character}".encode(), "a.yaml")
    assert text is None
    assert place(diagnostic) == ("EXS1013", 2, 6)


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert decode(b"\xef\xbb\xbfa: 1", "a.yaml") == ("a: 1", [])


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "\n\n"])
def test_an_empty_file_is_no_mistake(text: str) -> None:
    node, diagnostics = read_yaml(text, "a.yaml")
    assert diagnostics == []
    assert node is None or to_data(node) is None


@given(st.text(max_size=80))
def test_no_text_makes_the_reader_fail(text: str) -> None:
    node, diagnostics = read_yaml(text, "a.yaml")
    assert node is None or isinstance(node, Node)
    assert all(each.span.line >= 1 and each.span.column >= 1 for each in diagnostics)


@given(st.text(alphabet="a:-[]{},&*!|>'\"#% \n\t?0<", max_size=60))
def test_no_yaml_like_text_makes_the_reader_fail(text: str) -> None:
    lines = text.count("\n") + 1
    _, diagnostics = read_yaml(text, "a.yaml")
    assert all(1 <= each.span.line <= lines + 1 for each in diagnostics)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-999, 999) | st.text("abc: -'\"é", max_size=6),
        lambda below: (
            st.lists(below, max_size=3) | st.dictionaries(st.text("xyz", min_size=1), below, max_size=3)
        ),
        max_leaves=12,
    )
)
def test_json_is_read_as_it_is_meant(data: object) -> None:
    def tuples(value: object) -> object:
        if isinstance(value, list):
            return tuple(tuples(each) for each in value)
        return {key: tuples(each) for key, each in value.items()} if isinstance(value, dict) else value

    assert to_data(read(json.dumps(data))) == tuples(data)


def test_a_mapping_finds_its_keys() -> None:
    node = read("a: 1\nb: 2\n")
    assert isinstance(node, Mapping)
    assert node.key("c") is None
    assert node.get("c") is None
