"""Escaping: what XML can hold comes back, what it cannot is gone."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from hypothesis import example, given
from hypothesis import strategies as st

from runtime.tuner.markup import escape

CONTROL = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
ANY_TEXT = st.text(st.characters())


@given(ANY_TEXT)
@example("]]> & <b> \"quoted\" 'so'")
@example("a\x00b\x0bc\ud800d\ufffe")
@example("one\r\ntwo\tthree 📺")
def test_text_comes_back_without_control_characters_and_what_xml_cannot_hold(text: str) -> None:
    escaped = escape(text)
    document = f'<a b="{escaped}">{escaped}</a>'.encode()

    element = ElementTree.fromstring(document)

    assert (element.text or "") == element.get("b") == CONTROL.sub("", text)
