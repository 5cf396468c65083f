from __future__ import annotations

from runtime.mpegts.packet import PACKET
from runtime.mpegts.tables import crc32, pat, pmt, read_pat, read_pmt, read_section, sdt


def test_the_crc_is_that_of_mpeg_2() -> None:
    assert crc32(b"123456789") == 0x0376E6E7  # the check value of CRC-32/MPEG-2 in catalogues of CRCs


def test_our_tables_read_back() -> None:
    section = read_section(pat())
    assert section is not None
    assert read_pat(section) == 0x1000
    streams = read_section(pmt(0x1B, 0x0F))
    assert streams is not None
    assert read_pmt(streams) == {0x100: 0x1B, 0x101: 0x0F}
    assert read_pat(streams) is None
    assert read_pmt(section) == {}


def test_the_service_is_named_in_utf8_and_cut_at_a_whole_character() -> None:
    packet = sdt("Ä" + "é" * 80, "b")
    assert len(packet) == PACKET
    section = read_section(packet)
    assert section is not None
    assert ("Ä" + "é" * 29).encode() + section[-4:] == section[-64:]
    assert b"\x02\x15b\x3d\x15" in section


def test_a_table_with_one_wrong_bit_is_no_table() -> None:
    packet = bytearray(pmt(0x1B, 0x0F))
    packet[20] ^= 1
    assert read_section(bytes(packet)) is None


def test_a_table_that_does_not_fit_its_packet_is_no_table() -> None:
    packet = bytearray(pat())
    packet[4] = 0xB0  # the pointer field says that the section begins at the very end
    assert read_section(bytes(packet)) is None


def test_subtitles_are_one_more_stream_with_a_language() -> None:
    plain, pictured = (read_section(pmt(0x1B, 0x0F, language)) for language in ("", "nld"))
    assert plain is not None and pictured is not None
    head, streams = "0001c10000" + "e100f000", "1be100f000" + "0fe101f000"
    assert plain[:-4].hex() == "02b017" + head + streams
    # ETSI EN 300 468, 6.2.41: language, subtitling_type 0x10, composition and ancillary page.
    assert (
        pictured[:-4].hex()
        == "02b026" + head + streams + "06e102f00a" + "5908" + "6e6c64" + "10" + "00010001"
    )
    assert read_pmt(pictured) == {0x100: 0x1B, 0x101: 0x0F, 0x102: 0x06}
