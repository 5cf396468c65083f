"""What the tuner answers in HDHomeRun's protocol, by the vectors of protocols.md §1.1."""

from __future__ import annotations

import pytest

from exstv.timeline.model import Timeline
from runtime.tuner import native, packets
from runtime.tuner.native import Tuner
from runtime.tuner.packets import Packet

TUNER = Tuner("E5E17005", 2)
BASE_URL = "http://192.168.1.10:5004"
REPLY = (
    "0003004f0104000000010204e5e170051001022a18687474703a2f2f3139322e3136382e312e31303a353030342724687474703a"
    "2f2f3139322e3136382e312e31303a353030342f6c696e6575702e6a736f6e9c7c15cf"
)
LOOKING = {
    "any type, any id": "0002000c0104ffffffff0204ffffffff73cc7d8f",
    "a tuner, any id": "0002000c0104000000010204ffffffff4e507f35",
    "a tuner, no id": "00020006010400000001393077e7",
    "any type, no id": "000200060104ffffffff4c20cb4e",
    "a tuner or a storage": "0002000a2d0800000001000000054f63391f",
    "this one": "0002000c0104ffffffff0204e5e17005746a1247",
}


def reply(request: str) -> str | None:
    packet = packets.decode(bytes.fromhex(request))
    found = native.discovered(packet, TUNER, BASE_URL) if packet else None
    return packets.encode(found).hex() if found else None


@pytest.mark.parametrize("request_", LOOKING.values(), ids=LOOKING)
def test_who_looks_for_it_is_told_where_it_is(request_: str) -> None:
    assert reply(request_) == REPLY


@pytest.mark.parametrize(
    "tags",
    [
        ((packets.DEVICE_TYPE, b"\0\0\0\5"),),
        ((packets.DEVICE_TYPE, b"\0\0\0\1"), (packets.DEVICE_ID, bytes.fromhex("E5E7811F"))),
        ((packets.DEVICE_TYPE, b"\0\0\0\1"), (packets.DEVICE_ID, b"")),
        (),
    ],
    ids=["a storage", "another one", "half an id", "nothing"],
)
def test_who_looks_for_something_else_gets_no_answer(tags: tuple[tuple[int, bytes], ...]) -> None:
    assert native.discovered(Packet(packets.DISCOVER_REQUEST, tags), TUNER, BASE_URL) is None


def test_an_answer_is_never_answered() -> None:
    assert reply(REPLY) is None


def control(name: str, value: str | None = None, timeline: Timeline | None = None) -> Packet:
    tags = [(packets.GETSET_NAME, name.encode() + b"\0")]
    if value is not None:
        tags.append((packets.GETSET_VALUE, value.encode() + b"\0"))
    request = Packet(packets.GETSET_REQUEST, tuple(tags))
    found = native.controlled(request, TUNER, timeline.channels[:1] if timeline else ())
    assert found is not None
    return found


def test_the_model_and_an_unknown_variable_are_answered_byte_for_byte() -> None:
    model = "0005001f030b2f7379732f6d6f64656c0004106864686f6d6572756e345f6174736300aa54a687"
    unknown = (
        "0005002803052f666f6f00051f4552524f523a20756e6b6e6f776e20676574736574207661726961626c650024c61f8e"
    )

    assert packets.encode(control("/sys/model")).hex() == model
    assert packets.encode(control("/foo")).hex() == unknown


@pytest.mark.parametrize(
    ("name", "idle", "tuned"),
    [
        ("status", "ch=none lock=none ss=0 snq=0 seq=0 bps=0 pps=0", "ch=auto lock=8vsb ss=100"),
        ("vchannel", "none", "2.5"),
        ("streaminfo", "none", "1: 2.5 Beta, the Second"),
        ("lockkey", "none", "none"),
        ("target", "none", "none"),
        ("channelmap", "us-bcast", "us-bcast"),
    ],
)
def test_a_tuner_says_what_it_plays(name: str, idle: str, tuned: str, timeline: Timeline) -> None:
    free, taken = control(f"/tuner0/{name}"), control(f"/tuner0/{name}", timeline=timeline)

    assert free.get(packets.GETSET_VALUE) == idle.encode() + b"\0"
    assert (taken.get(packets.GETSET_VALUE) or b"").startswith(tuned.encode())
    assert control(f"/tuner1/{name}", timeline=timeline).tags[1] == free.tags[1]


@pytest.mark.parametrize("name", ["/tuner2/status", "/tuner-1/status", "/tuner/status", "/tuner0/", ""])
def test_what_is_no_variable_is_an_error(name: str) -> None:
    assert control(name).get(packets.ERROR_MESSAGE) == b"ERROR: unknown getset variable\0"


def test_everything_that_help_names_can_be_asked() -> None:
    said = (control("help").get(packets.GETSET_VALUE) or b"").decode()
    names = [line.replace("<n>", "1") for line in said.splitlines() if line.startswith("/")]

    assert len(names) == 18
    assert all(control(name).get(packets.GETSET_VALUE) for name in names)
    assert len(packets.encode(control("help"))) <= 1460


def test_nothing_can_be_set() -> None:
    assert control("/tuner0/channel", "auto:1").tags[1] == (
        packets.ERROR_MESSAGE,
        b"ERROR: this tuner is read-only\0",
    )
    assert control("/foo", "1").get(packets.ERROR_MESSAGE) == b"ERROR: unknown getset variable\0"


def test_what_asks_for_nothing_is_not_answered() -> None:
    for packet in (Packet(packets.GETSET_REQUEST, ()), Packet(packets.GETSET_REPLY, ((3, b"/sys/model\0"),))):
        assert native.controlled(packet, TUNER, ()) is None
