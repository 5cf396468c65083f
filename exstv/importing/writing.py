"""YAML as a person would write it: ruamel's round-trip documents, with comments where they belong.

Owns how an imported document looks. What another program wrote goes into comments as one line of text each: a
line break in it must never begin a line of YAML.
"""

from __future__ import annotations

import io
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from exstv.yaml_tree import BAD_CHARACTER

_INDENT = 2
_LONGEST = 1000
"""Of a line of a comment, in characters."""


def quoted(text: str) -> str:
    """A text in quotes, as times of day are written."""
    made: str = DoubleQuotedScalarString(plain(text))
    return made


def plain(text: str) -> str:
    """A text of one line, without what no station file may hold: some characters, and names of variables."""
    return BAD_CHARACTER.sub("", text).replace("\n", " ").replace("\r", " ").replace("${", "$ {").strip()


def flow(**keys: Any) -> CommentedMap:
    """A mapping on one line, without what is None; a null is written as `NULL`."""
    made = mapping(keys)
    made.fa.set_flow_style()
    return made


class Null:
    """A null that stands in the YAML: `watermark: null`."""


NULL = Null()


def mapping(keys: dict[str, Any]) -> CommentedMap:
    """A mapping in lines, without what is None."""
    made = CommentedMap()
    for key, value in keys.items():
        if value is not None:
            made[key] = value
    return made


def listing(entries: list[tuple[str, Any]], depth: int) -> CommentedSeq:
    """A list whose entries have comments before them; `depth` is how many mappings are around it."""
    made = CommentedSeq()
    for index, (comment, value) in enumerate(entries):
        made.append(value)
        if comment:
            made.yaml_set_comment_before_after_key(index, before=_comment(comment), indent=_INDENT * depth)
    return made


def put(document: CommentedMap, key: str, value: Any, comment: str = "", depth: int = 0) -> None:
    """Adds a key with a comment before it; `depth` is how many mappings are around it."""
    document[key] = value
    if comment:
        document.yaml_set_comment_before_after_key(key, before=_comment(comment), indent=_INDENT * depth)


def dump(document: CommentedMap, start: str = "") -> str:
    """The text of a document, with a comment before all of it."""
    if start:
        document.yaml_set_start_comment(_comment(start))
    stream = io.StringIO()
    yaml = YAML()
    yaml.indent(mapping=_INDENT, sequence=_INDENT + 2, offset=_INDENT)
    yaml.width = 4096
    yaml.representer.add_representer(Null, _null)
    # The same value twice is written twice: a station's files have no anchors.
    yaml.representer.ignore_aliases = lambda data: True
    yaml.dump(document, stream)
    return stream.getvalue()


def _null(representer: Any, _value: Null) -> Any:
    return representer.represent_scalar("tag:yaml.org,2002:null", "null")


def _comment(text: str) -> str:
    """Lines of a comment: each of one line of the text, without what could end it."""
    return "\n".join(" ".join(BAD_CHARACTER.sub(" ", line).split())[:_LONGEST] for line in text.split("\n"))
