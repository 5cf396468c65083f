from __future__ import annotations

import json
import re

from hypothesis import example, given
from hypothesis import strategies as st

from exstv.printable import printable, printable_json

CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(TEXT)
@example("one\ntwo\tthree")
def test_what_can_be_seen_stays_and_nothing_else_does(text: str) -> None:
    assert printable(text) == CONTROL.sub("", text)


@given(st.recursive(TEXT, lambda below: st.lists(below) | st.dictionaries(st.just("key"), below)))
@example("a\\u0001b\x01c\\\x02\\\\\x03")
@example("\x7f\x80\x9f\u00a0Â\r\b\f\\b\\r")
def test_json_is_of_the_same_texts_printable(value: object) -> None:
    def shown(part: object) -> object:
        if isinstance(part, str):
            return printable(part)
        if isinstance(part, list):
            return [shown(each) for each in part]
        return {key: shown(each) for key, each in part.items()} if isinstance(part, dict) else part

    assert json.loads(printable_json(value)) == shown(value)
