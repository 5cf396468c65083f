"""The tuner as it is found on a network, by clients that others wrote: libhdhomerun's own and GUPnP's.

The network is two namespaces and a cable between them (networks.py); nothing leaves this machine.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from networks import SERVER, Network, network, require
from stations import LONG, write_station
from watching import PATIENCE_SECONDS, Server

from runtime.tuner import packets, ssdp
from runtime.tuner.device import udn

pytestmark = pytest.mark.ffmpeg
PutOnAir = Callable[..., Server]
IDENTITY = "E5E17005"
ON = {"EXSTREAMTV_HDHOMERUN__UDP": "true", "EXSTREAMTV_HDHOMERUN__DEVICE_ID": IDENTITY}
TIMEOUT = "--timeout=4"
"""How long is waited for what is not to come; a search of GUPnP's gives devices 3 s to answer."""


@pytest.fixture
def net() -> Iterator[Network]:
    require("hdhomerun_config", "gssdp-discover")
    with network() as laid:
        yield laid


@pytest.fixture
def station(tmp_path: Path) -> Path:
    return write_station(tmp_path / "found", {"alpha": LONG})


def port_of(server: Server) -> str:
    return server.base.rpartition(":")[2]


def searching(net: Network, *options: str) -> subprocess.Popen[str]:
    """GUPnP's client, on its way; what it finds comes line by line."""
    argv = [*net.client, "gssdp-discover", "--interface=cable", *options]
    return subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)


def listening(stack: contextlib.ExitStack, net: Network, *options: str) -> subprocess.Popen[str]:
    """The same, until the stack ends it."""
    search = stack.enter_context(searching(net, *options))
    stack.callback(search.terminate)
    return search


def found(search: subprocess.Popen[str]) -> list[str]:
    """What a search that ends by itself has found."""
    lines, _ = search.communicate(timeout=PATIENCE_SECONDS)
    return [" ".join(line.split()) for line in lines.splitlines() if line.startswith(" ")]


def told(hearing: subprocess.Popen[str], what: str, count: int) -> dict[str, str]:
    """The names of the first so many that are told to be there or gone, with where they are."""
    assert hearing.stdout is not None
    names: dict[str, str] = {}
    while len(names) < count:
        line = hearing.stdout.readline()
        assert line, "GUPnP's client has ended"
        if line == f"resource {what}\n":
            name = hearing.stdout.readline().split()[-1]
            names[name] = hearing.stdout.readline().split()[-1] if what == "available" else ""
    return names


@contextlib.contextmanager
def taken(net: Network, port: int) -> Iterator[None]:
    """Takes a TCP port of the server's machine for a while."""
    code = f"import socket; s = socket.create_server(('', {port})); print(flush=True); input()"
    argv = [*net.server, sys.executable, "-c", code]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as taker:
        assert taker.stdout and taker.stdout.readline() == "\n"
        yield
        taker.communicate("\n")


def fetched(net: Network, url: str, most_bytes: int = -1) -> str:
    """What the client's machine gets from a URL."""
    code = "import sys, urllib.request as u; print(u.urlopen(sys.argv[1]).read(int(sys.argv[2])))"
    done = net.ask(sys.executable, "-c", code, url, str(most_bytes))
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_hdhomerun_config_finds_the_tuner_and_asks_it(
    net: Network, station: Path, put_on_air: PutOnAir
) -> None:
    server = put_on_air(station, through=net.server, EXSTREAMTV_SERVER__HOST="0.0.0.0", **ON)

    found = net.ask("hdhomerun_config", "discover")
    assert (found.returncode, found.stdout) == (0, f"hdhomerun device {IDENTITY} found at {SERVER}\n")
    for name in (IDENTITY, SERVER):
        model = net.ask("hdhomerun_config", name, "get", "/sys/model")
        assert (model.returncode, model.stdout) == (0, "hdhomerun4_atsc\n")
    assert IDENTITY in fetched(net, f"http://{SERVER}:{port_of(server)}/discover.json")
    # A tuner that plays says so; it is held for a while after its viewer has gone.
    assert "G" in fetched(net, f"http://{SERVER}:{port_of(server)}/auto/v1", 188)
    assert net.ask("hdhomerun_config", IDENTITY, "get", "/tuner0/vchannel").stdout == "1\n"
    assert net.ask("hdhomerun_config", IDENTITY, "get", "/tuner1/vchannel").stdout == "none\n"
    refused = net.ask("hdhomerun_config", IDENTITY, "set", "/tuner0/channel", "auto:1")
    assert (refused.returncode, refused.stdout) == (1, "ERROR: this tuner is read-only\n")
    # Another tuner's id is answered by nobody, and an id that fails the checksum is not even asked for.
    assert net.ask("hdhomerun_config", "E5E7811F", "get", "/sys/model").returncode == 1
    assert "invalid device id" in net.ask("hdhomerun_config", "E5E17001", "get", "/sys/model").stderr
    assert "Jellyfin looks for a tuner that it found by UDP at port 80" in server.log


def test_gupnp_finds_the_tuner_and_hears_it_go(net: Network, station: Path, put_on_air: PutOnAir) -> None:
    # All addresses are the default; one of them must do as well.
    with taken(net, packets.PORT):
        server = put_on_air(station, through=net.server, EXSTREAMTV_SERVER__HOST=SERVER, **ON)
    # One way that is barred bars no other, and nothing is left open of it.
    assert "address already in use" in server.wait_for_line("not discoverable by=udp")
    assert net.ask("hdhomerun_config", "discover").stdout == "no devices found\n"
    location = f"http://{SERVER}:{port_of(server)}/device.xml"
    device = ssdp.Device(udn(IDENTITY), "")
    names = {target: device.name_of(target) for target in device.targets()}
    with contextlib.ExitStack() as stack:
        nothing = searching(net, "--target=urn:schemas-upnp-org:device:Printer:1", TIMEOUT)
        hearing = listening(stack, net, "--message-type=all")
        searches = {target: listening(stack, net, f"--target={target}") for target in names}
        for target, search in searches.items():
            assert told(search, "available", 1) == {names[target]: location}
        assert told(hearing, "available", 3).keys() == set(names.values())
        assert found(nothing) == []
        assert server.stop() == 0
        assert told(hearing, "unavailable", 3).keys() == set(names.values())


def test_a_server_for_this_machine_alone_is_found_by_nobody(
    net: Network, station: Path, put_on_air: PutOnAir
) -> None:
    server = put_on_air(station, through=net.server, **ON)

    search = searching(net, TIMEOUT)
    assert net.ask("hdhomerun_config", "discover").stdout == "no devices found\n"
    here = subprocess.run(
        [*net.server, "hdhomerun_config", "discover", "127.0.0.1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert here.stdout == "no devices found\n"
    assert found(search) == []
    assert "not discoverable: only 127.0.0.1 is listened on" in server.log
