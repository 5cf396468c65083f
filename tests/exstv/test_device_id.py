"""The checksum of HDHomeRun device ids, against ids of real devices."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exstv import device_id

REAL = ["10439EFD", "1251E8E2", "124205A5", "10ACFCDE", "10397A70", "10811DF5"]
COMPUTED = ["E5E17005", "E5E7811F", "E5E3E815", "E5E48BD0"]


@pytest.mark.parametrize("text", REAL + COMPUTED)
def test_a_real_id_is_valid(text: str) -> None:
    assert device_id.is_valid(text)
    assert device_id.is_valid(text.lower())


@pytest.mark.parametrize("text", [f"E5E1700{n:X}" for n in range(16) if n != 5])
def test_a_wrong_last_digit_is_noticed_and_the_right_one_suggested(text: str) -> None:
    assert not device_id.is_valid(text)
    assert device_id.suggestion(text) == "E5E17005"


@pytest.mark.parametrize(
    "text", ["00000000", "FFFFFFFF", "", "E5E1700", "E5E170055", "E5E1700G", "0xE5E170", "E5E17005\n"]
)
def test_what_is_no_id_is_refused(text: str) -> None:
    assert not device_id.is_valid(text)


def test_none_and_any_have_no_suggestion() -> None:
    assert device_id.suggestion("00000003") is None
    assert device_id.suggestion("Tunarr") is None


@given(st.integers(0, 2**32 - 1))
def test_correcting_changes_the_last_digit_alone_and_only_once(number: int) -> None:
    corrected = device_id.corrected(number)

    assert corrected >> 4 == number >> 4
    assert device_id.corrected(corrected) == corrected
