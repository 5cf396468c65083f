from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.mpegts.packet import (
    CLOCK,
    PACKET,
    SYNC,
    WRAP,
    Grid,
    clock_field,
    clock_packet,
    is_stuffed,
    packetise,
    payload_at,
    pes_header,
    read_timestamp,
    signed33,
    write_timestamp,
)

RATES = [Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(30), Fraction(50)]
SOUND = [Fraction(samples * CLOCK, rate) for samples in (1024, 1152, 1536) for rate in (48000, 44100, 32000)]
clocks = st.integers(0, WRAP - 1)


@given(clocks, st.sampled_from([1, 2, 3]))
def test_a_timestamp_reads_back_and_keeps_its_marker_bits(ticks: int, mark: int) -> None:
    data = write_timestamp(mark, ticks)
    assert read_timestamp(b"\xff" + data, 1) == ticks
    assert (data[0] >> 4, data[0] & 1, data[2] & 1, data[4] & 1) == (mark, 1, 1, 1)


@given(clocks, st.integers(-(WRAP // 2), WRAP // 2 - 1))
def test_a_difference_is_the_same_on_both_sides_of_the_wrap(start: int, step: int) -> None:
    assert signed33((start + step) % WRAP - start) == step


@given(st.sampled_from(RATES + SOUND).map(Grid), st.integers(0, 10**9))
def test_a_grid_finds_each_slot_again_from_its_tick(grid: Grid, slot: int) -> None:
    assert grid.nearest(grid.tick(slot)) == slot
    assert grid.nearest(grid.tick(slot) + 1) == slot


@pytest.mark.parametrize("step", RATES + SOUND)
def test_a_grid_gains_no_tick_in_a_year(step: Fraction) -> None:
    slots = int(365 * 24 * 3600 * CLOCK / (CLOCK / step))
    assert 0 <= slots * step - Grid(step).tick(slots) < 1


def test_a_grid_of_mp2_and_of_ac3_frames_steps_by_their_length() -> None:
    assert [Grid(Fraction(1152 * CLOCK, 48000)).tick(n) for n in range(3)] == [0, 2160, 4320]
    assert [Grid(Fraction(1536 * CLOCK, 44100)).tick(n) for n in range(3)] == [0, 3134, 6269]


def test_a_grid_without_a_step_is_refused() -> None:
    with pytest.raises(ValueError, match="positive step"):
        Grid(Fraction(0))


@given(st.binary(min_size=1, max_size=800), st.integers(0, 15), st.booleans(), st.integers(0, 0x1FFF))
def test_packets_hold_what_was_cut_into_them(payload: bytes, counter: int, clocked: bool, pid: int) -> None:
    data = packetise(pid, payload, counter, clock_field(7, random_access=True) if clocked else b"")
    packets = [data[at : at + PACKET] for at in range(0, len(data), PACKET)]
    assert b"".join(packet[payload_at(packet) :] for packet in packets) == payload
    assert {len(packet) for packet in packets} == {PACKET}
    assert {packet[0] for packet in packets} == {SYNC}
    assert [packet[1] >> 6 & 1 for packet in packets] == [1] + [0] * (len(packets) - 1)
    assert {(packet[1] & 31) << 8 | packet[2] for packet in packets} == {pid}
    assert [packet[3] & 15 for packet in packets] == [counter + n & 15 for n in range(len(packets))]
    assert not any(is_stuffed(packet) for packet in packets[:-1])


def test_only_a_packet_with_spare_bytes_counts_as_stuffed() -> None:
    clock = clock_field(7)
    assert not is_stuffed(packetise(1, bytes(184), 0))
    assert is_stuffed(packetise(1, bytes(183), 0))
    assert is_stuffed(packetise(1, bytes(100), 0))
    assert not is_stuffed(packetise(1, bytes(176), 0, clock))
    assert is_stuffed(packetise(1, bytes(175), 0, clock))


@given(clocks, st.integers(0, 15))
def test_a_clock_packet_carries_the_clock_and_nothing_else(pcr: int, counter: int) -> None:
    packet = clock_packet(0x100, pcr, counter)
    assert len(packet) == PACKET
    assert packet[3] == 0x20 | counter
    assert packet[4] == 183
    assert packet[5] == 0x10
    assert int.from_bytes(packet[6:10], "big") << 1 | packet[10] >> 7 == pcr
    assert payload_at(packet) == PACKET


def test_a_header_names_its_dts_only_where_it_differs() -> None:
    alone, both = pes_header(0xC0, 5, 5, 100), pes_header(0xE0, 9, 5, None)
    assert (alone[7], len(alone), alone[4] << 8 | alone[5]) == (0x80, 14, 108)
    assert (both[7], len(both), both[4] << 8 | both[5]) == (0xC0, 19, 0)
    assert (read_timestamp(both, 9), read_timestamp(both, 14)) == (9, 5)
