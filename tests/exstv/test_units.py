from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exstv import units


@pytest.mark.parametrize(
    ("text", "expected_ms"),
    [
        ("90s", 90_000),
        ("30m", 1_800_000),
        ("1h30m", 5_400_000),
        ("14d", 14 * 86_400_000),
        ("0s", 0),
        ("1d2h3m4s", 93_784_000),
        ("00:21:30.500", 1_290_500),
        ("1:02:03", 3_723_000),
        ("100:00:00", 360_000_000),
    ],
)
def test_durations_are_milliseconds(text: str, expected_ms: int) -> None:
    assert units.parse_duration(text) == expected_ms


@pytest.mark.parametrize(
    "text",
    ["", "30", "m", "1h30", "30m1h", "1.5h", "-5s", "30 m", "00:99:00", "1:2:3", "5s\n", "٣s", "99999d"],
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="does not match"):
        units.parse_duration(text)


@pytest.mark.parametrize(
    ("text", "expected_ms"),
    [("06:00", 21_600_000), ("6:00", 21_600_000), ("18:30:15", 66_615_000), ("00:00", 0)],
)
def test_times_of_day_are_ms_after_midnight(text: str, expected_ms: int) -> None:
    assert units.parse_time_of_day(text) == expected_ms


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (units.parse_time_of_day, "24:00"),
        (units.parse_time_of_day, "20.00"),
        (units.parse_time_of_day, "20:60"),
        (units.parse_time_of_day, "20:00\n"),
        (units.parse_bit_rate, "3 M"),
        (units.parse_bit_rate, "0M"),
        (units.parse_bit_rate, "3G"),
        (units.parse_resolution, "1280×720"),
        (units.parse_resolution, "1279x720"),
        (units.parse_frame_rate, "30/0"),
        (units.parse_frame_rate, "0"),
        (units.parse_frame_rate, "240"),
        (units.parse_frame_rate, "fast"),
    ],
)
def test_what_is_no_scalar_is_refused(parse: Callable[[str], object], text: str) -> None:
    with pytest.raises(ValueError, match=r"match|between"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("30", Fraction(30)),
        ("29.97", Fraction(30000, 1001)),
        ("23.976", Fraction(24000, 1001)),
        ("59.94", Fraction(60000, 1001)),
        ("30000/1001", Fraction(30000, 1001)),
        ("12.5", Fraction(25, 2)),
    ],
)
def test_frame_rates_are_exact_fractions(text: str, rate: Fraction) -> None:
    assert units.parse_frame_rate(text) == rate


@pytest.mark.parametrize(
    ("text", "rate"), [("3M", 3_000_000), ("2.5M", 2_500_000), ("160k", 160_000), ("1000", 1000)]
)
def test_bit_rates_are_bits_a_second(text: str, rate: int) -> None:
    assert units.parse_bit_rate(text) == rate


@given(st.integers(0, 365 * units.DAY_MS))
def test_a_duration_survives_being_written(duration_ms: int) -> None:
    assert units.parse_duration(units.format_duration(duration_ms)) == duration_ms


@given(st.integers(0, 86_399))
def test_a_time_of_day_survives_being_written(seconds: int) -> None:
    assert units.parse_time_of_day(units.format_time_of_day(seconds * 1000)) == seconds * 1000


@given(st.integers(100, 999_999_999))
def test_a_bit_rate_survives_being_written(rate: int) -> None:
    assert units.parse_bit_rate(units.format_bit_rate(rate)) == rate


@given(st.integers(5, 4999), st.integers(5, 4999))
def test_a_resolution_survives_being_written(half_width: int, half_height: int) -> None:
    size = (half_width * 2, half_height * 2)
    assert units.parse_resolution(units.format_resolution(*size)) == size


@given(st.fractions(1, 120, max_denominator=1001))
def test_a_frame_rate_survives_being_written(rate: Fraction) -> None:
    assert units.parse_frame_rate(units.format_frame_rate(rate)) == rate
