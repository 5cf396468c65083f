"""What text files beside films are written in."""

from __future__ import annotations

import pytest

from runtime.ffmpeg.subtitle_files import as_utf8


@pytest.mark.parametrize(
    ("text", "encoding", "language"),
    [
        ("Привет", "cp1251", "ru"),
        ("Привет", "cp1251", "rus"),
        ("Привет", "utf-16", None),
        ("déjà vu", "cp1252", None),
        ("déjà vu", "cp1252", "fr-CA"),
        ("déjà vu", "utf-8-sig", None),
        ("déjà vu", "utf-8", "ru"),
        ("źdźbło", "cp1250", "pol"),
        ("こんにちは", "cp932", "ja"),
        ("你好", "gb18030", "zh-CN"),
    ],
)
def test_text_is_read_in_its_languages_code(text: str, encoding: str, language: str | None) -> None:
    assert as_utf8(text.encode(encoding), language) == text.encode()


def test_what_no_code_page_has_is_a_question_mark() -> None:
    assert as_utf8(b"a\x81b", "en").decode() == "a\ufffdb"
