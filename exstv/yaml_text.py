"""YAML text to a tree: every syntax error becomes a diagnostic, and no input costs more than it is long.

Owns which parser reads a text. libyaml is twenty times as fast as ruamel's own parser, and differs from it in
corners: what libyaml refuses, and what it would read otherwise, is ruamel's, so that every tree and every
message is the same for both. Never touches the disk. exstv/yaml_tree.py builds the tree out of either's
events; its words are in exstv/nodes.py.
"""

from __future__ import annotations

import re

from _ruamel_yaml import CParser
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from exstv import codes, yaml_errors
from exstv.diagnostics import Diagnostic, Span
from exstv.files import MAX_BYTES
from exstv.nodes import Node, Scalar, split_lines
from exstv.yaml_tree import BAD_CHARACTER, TreeBuilder, character_name

_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
_FINE_BYTES = b"\t\n\r" + bytes(range(0x20, 0x7F))

# Where libyaml and ruamel read one text differently, found by comparing them on generated texts: directives,
# ends of documents, `?` before a key; an anchor before a colon, or one that ends in anything but a blank; a
# comment that touches a block scalar's `|`, and blank lines before its first one, which may be indented
# further than that.
_ODD_WORD = re.compile(r"^(?:%|\.\.\.)|(?:^|[\s\[{,])\?", re.MULTILINE)
_ODD_BLOCK = re.compile(r"[|>][-+0-9]*(?:#| *(?:#[^\r\n]*)?(?:\r\n?|\n) *(?:[\r\n]|$))")
_ODD_ANCHOR = re.compile(r"[&*][\w-]*(?:\s*:|[^\w\s,\]}-])")
_ODD_CHARACTER = re.compile("[\x85\u2028\u2029\ufeff]")


def decode(raw: bytes, file: str) -> tuple[str | None, list[Diagnostic]]:
    """Bytes of a file as text, if they are UTF-8 text that YAML allows."""
    start = Span(file)
    if len(raw) > MAX_BYTES:
        return None, [codes.FILE_TOO_LARGE.at(start, size=len(raw), limit=MAX_BYTES, help="split it")]
    if raw.startswith(_WIDE_MARKS):
        return None, [codes.NOT_UTF8.at(start, note="it begins as UTF-16 does", help="save it as UTF-8")]
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8", errors="replace")
        return None, [codes.NOT_UTF8.at(_after(before, file), help="save it as UTF-8")]
    # Deleting bytes is many times as fast as a search, and leaves nothing of most files.
    if raw.translate(None, _FINE_BYTES) and (found := BAD_CHARACTER.search(text)):
        place = _after(text[: found.start()], file)
        return None, [codes.CONTROL_CHARACTER.at(place, character=character_name(found))]
    return text, []


def read_yaml(text: str, file: str) -> tuple[Node | None, list[Diagnostic]]:
    """The first document of a text, or None where it is empty or not YAML."""
    builder = read_fast(text, file)
    return (builder.root, builder.diagnostics) if builder else read_exactly(text, file)


def read_exactly(text: str, file: str) -> tuple[Node | None, list[Diagnostic]]:
    """What `read_yaml` gives, by the slow parser alone."""
    builder = TreeBuilder(file)
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            if not builder.take(event):
                break
    except MarkedYAMLError as error:
        return None, [*builder.diagnostics, yaml_errors.explain(error, text, file)]
    except (YAMLError, ValueError, OverflowError) as error:
        # ruamel raises bare ValueErrors for some escapes and directives.
        return None, [*builder.diagnostics, codes.NOT_YAML.at(Span(file), reason=str(error).split("\n")[0])]
    return builder.root, builder.diagnostics


def read_fast(text: str, file: str) -> TreeBuilder | None:
    """A text as libyaml reads it; None where ruamel has to be asked."""
    if _may_differ(text):
        return None
    builder = TreeBuilder(file)
    try:
        parser = CParser(text)
        while (event := parser.get_event()) is not None:
            if not builder.take(event):
                return None
    except (YAMLError, ValueError, OverflowError):
        return None
    # The parsers differ in what a tag may be, and in a block scalar that is all of a text.
    return None if builder.has_tags or isinstance(builder.root, Scalar) else builder


def _may_differ(text: str) -> bool:
    if "\t" in text or (not text.isascii() and _ODD_CHARACTER.search(text)):
        return True
    # Most texts hold none of these, and to look for one of them costs next to nothing.
    if ("%" in text or "?" in text or "..." in text) and _ODD_WORD.search(text):
        return True
    if ("&" in text or "*" in text) and _ODD_ANCHOR.search(text):
        return True
    return ("|" in text or ">" in text) and _ODD_BLOCK.search(text) is not None


def _after(text: str, file: str) -> Span:
    lines = split_lines(text)
    line, column = len(lines), len(lines[-1]) + 1
    return Span(file, line, column, line, column + 1)
