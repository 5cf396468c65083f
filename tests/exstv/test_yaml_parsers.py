"""Two parsers read YAML here, and nobody may ever notice which: the same tree, spans and diagnostics."""

from __future__ import annotations

import re
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exstv.yaml_text import decode, read_exactly, read_fast, read_yaml

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```yaml[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
FOLDERS = ("channels", "docs", "examples", "exstv/explanations", "tests")

PIECES = """
a: |k: |- |- |-|: |:|, |,|{|}|[|]|? |?|#| # c|# c|x|x y|20:00|'|"|'b'|"c d"|"\\u00e9"|"\\x41|"q
  r"|''|é|€|😀|true|1.5|~|<<|&a|*a|!x|!!str |%|@|`|=|/|\\|--- |...|a:b|:a|-a|?a|{x: 1,
 y: 2}|[1,
 2]
""".strip().split("|")
BLANKS = (
    "\n",
    "\n",
    "\n  ",
    "\n  ",
    "\n    ",
    "\n- ",
    "\n  - ",
    "\nb: ",
    " ",
    "  ",
    "\n\n",
    "\r\n",
    "\r",
    "\t",
)
ANCHORS = (
    "&a ",
    "&b ",
    "*a",
    "*b ",
    "!x ",
    "!!str ",
    "!x",
    "!<y> ",
    "! ",
    "!e!x ",
    "&a.b ",
    "&é ",
    "*a : ",
    "&a: ",
)
MARKS = ("\ufeff", "\u2028", "\x85", "\xa0", "\x07", "\x00", "\ud800", "\n---\n", "\n...\n", "\n%YAML 1.1\n")
BLOCKS = ("|\n", ">\n", "|-\n", ">+ # c\n", "|2\n", ">1-\n", "|#", "|\n \n   ", ">\n\n  ")


def repository() -> dict[str, str]:
    """All YAML of the repository that is text, by where it stands."""
    found: dict[str, str] = {}
    for path in chain.from_iterable((ROOT / folder).rglob("*") for folder in FOLDERS):
        if path.suffix in (".yaml", ".yml"):
            found[str(path)] = decode(path.read_bytes(), "a.yaml")[0] or ""
        elif path.suffix == ".md":
            fences = FENCE.findall(path.read_text(encoding="utf-8"))
            found |= {f"{path}:{number}": fence for number, fence in enumerate(fences)}
    return found


TEXTS = repository()


def compare(text: str) -> bool:
    """Holds both to the same result; tells whether the fast one read the text at all."""
    exact = read_exactly(text, "a.yaml")
    assert read_yaml(text, "a.yaml") == exact
    return read_fast(text, "a.yaml") is not None


def test_all_yaml_of_the_repository_is_read_alike_and_nearly_all_of_it_fast() -> None:
    fast = sum(compare(text) for text in TEXTS.values())
    assert len(TEXTS) > 200
    assert fast > 0.9 * len(TEXTS)


@settings(max_examples=300)
@given(st.lists(st.sampled_from((*PIECES, *BLANKS)), max_size=16).map("".join))
def test_texts_made_of_yaml_are_read_alike(text: str) -> None:
    compare(text)


@settings(max_examples=200)
@given(st.lists(st.sampled_from((*PIECES[:20], *BLANKS, *BLOCKS, *MARKS)), max_size=14).map("".join))
def test_block_scalars_and_marks_are_read_alike(text: str) -> None:
    compare(text)


@settings(max_examples=100)
@given(st.lists(st.sampled_from((*ANCHORS, *BLANKS[:6], *PIECES[:12])), max_size=10).map("".join))
def test_anchors_and_tags_are_read_alike(text: str) -> None:
    compare(text)


@settings(max_examples=100)
@given(
    st.sampled_from(sorted(text for text in TEXTS.values() if len(text) < 1500)),
    st.lists(
        st.tuples(
            st.integers(0, 1500), st.integers(0, 3), st.sampled_from((*PIECES, *BLANKS, *BLOCKS, *MARKS))
        ),
        max_size=3,
    ),
)
def test_edits_of_what_is_here_are_read_alike(text: str, edits: list[tuple[int, int, str]]) -> None:
    for place, cut, piece in edits:
        text = text[:place] + piece + text[place + cut :]
    compare(text)


@given(st.text(max_size=40))
def test_any_text_is_read_alike(text: str) -> None:
    compare(text)


@pytest.mark.parametrize("character", ["k", "é", "€", "😀"])
@pytest.mark.parametrize("shape", ["- {}: 1\n", '- "{}": 1\n', "- [{}]: 1\n", "- {{{}: 1}}\n"])
def test_long_keys_are_read_alike(shape: str, character: str) -> None:
    # A key that needs no `?` has at most 1024 characters.
    for length in (*range(254, 258), *range(510, 514), *range(1015, 1030)):
        compare(shape.format(character * length))


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\r\nb:\r\n  - c\r\n\r\n\r\nd: 2",
        "a: 1\rb: 2\r",
        "😀: [é, '😀', \"\\U0001F600\"]  # 😀\nb: c\n",
        "--- {a: 1}\n",
        "---\na: |\n  b\n\n\n  c\n\n# d\ne: >-\n   f\n    g\n",
        "a: 'b\n\n  c'\nd: e\n f\n",
        "- " * 63 + "a",
        "a:\n",
        "- \n-\n",
        "{a, b: , c: }",
        "a: &x 1\nb: [*x, &y z, *y]\nc: *x\n",
    ],
)
def test_what_people_write_is_read_by_the_fast_one(text: str) -> None:
    assert compare(text)


@pytest.mark.parametrize(
    "text",
    [
        "a:\tb\n",
        "%YAML 1.1\n---\na: yes\n",
        "&b:",
        "[&a :]",
        "&b:? !#{*a",
        "a: !x 1\n",
        "a: !!e!x 1\n",
        "{? }",
        "[? :]",
        "a: 1\n...\n\n...\n",
        "|#",
        "|\n#",
        ">\n \n  x\n",
        "a: 1\n---\nb: 2\n",
        "[" * 3000,
        "a: [1\n",
        "a: \ud800",
        "\ufeffa: 1\n",
    ],
)
def test_where_they_differ_the_exact_one_decides(text: str) -> None:
    assert not compare(text)
