from __future__ import annotations

import pytest

from runtime.ffmpeg.languages import three_letters


@pytest.mark.parametrize(
    ("code", "three"),
    [
        *(("nl", "nld"), ("dut", "nld"), ("nob", "nor"), ("pt-BR", "por"), ("EN", "eng"), ("gsw", "gsw")),
        *((None, "und"), ("", "und"), ("und", "und"), ("qx", "und"), ("Nederlands", "und"), ("né", "und")),
    ],
)
def test_a_language_has_three_letters_in_a_table_of_dvb(code: str | None, three: str) -> None:
    assert three_letters(code) == three
