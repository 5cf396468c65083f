"""The device id: made once, kept, never replaced."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exstv import device_id
from exstv.errors import CannotStart
from exstv.settings import HdhomerunSettings, Settings
from runtime.tuner.device import derive_id, read_or_make_id, udn


def settings(state_dir: Path, configured: str | None = None) -> Settings:
    hdhomerun = HdhomerunSettings(device_id=configured)
    return Settings(station=state_dir, media_root=state_dir, state_dir=state_dir, hdhomerun=hdhomerun)


def test_an_id_is_made_at_the_first_start_and_kept_at_the_second(tmp_path: Path) -> None:
    state_dir = tmp_path / "new" / "state"

    first = read_or_make_id(settings(state_dir))

    assert device_id.is_valid(first)
    assert first.startswith("E5E")
    assert read_or_make_id(settings(state_dir)) == first
    assert [path.name for path in state_dir.iterdir()] == ["device_id"]


def test_two_machines_make_two_ids(tmp_path: Path) -> None:
    assert len({read_or_make_id(settings(tmp_path / str(n))) for n in range(3)}) == 3


def test_a_configured_id_is_used_and_nothing_is_kept(tmp_path: Path) -> None:
    assert read_or_make_id(settings(tmp_path, "10439EFD")) == "10439EFD"
    assert not list(tmp_path.iterdir())


def test_a_damaged_id_stops_the_start_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "device_id").write_text("E5E17001\n")

    with pytest.raises(CannotStart, match="device_id holds no HDHomeRun device id"):
        read_or_make_id(settings(tmp_path))


def test_a_state_dir_that_is_a_file_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")

    with pytest.raises(CannotStart, match="cannot keep the HDHomeRun device id"):
        read_or_make_id(settings(tmp_path / "state" / "below"))


@given(st.binary())
def test_every_seed_gives_a_valid_id_that_is_no_legacy_model(seed: bytes) -> None:
    derived = derive_id(seed)

    assert device_id.is_valid(derived)
    assert int(derived, 16) >> 20 == 0xE5E


def test_the_udn_is_a_uuid_and_stable() -> None:
    assert uuid.UUID(udn("E5E17005").removeprefix("uuid:"))
    assert udn("E5E17005") == udn("E5E17005") != udn("E5E7811F")
