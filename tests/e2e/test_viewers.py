"""Viewers who do not read, vanish or come in hundreds, seen over real sockets by those who just watch."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from stations import LONG, write_station
from watching import PATIENCE_SECONDS, Capture, Server, Viewer, check_stream, least_ahead

pytestmark = pytest.mark.ffmpeg
PutOnAir = Callable[..., Server]
CHANNEL = "/iptv/channel/1.ts"
STALL_SECONDS = 2.0
"""The viewers' time in hand. The benchmark tells how short the longest silence really is."""


@pytest.fixture
def station(tmp_path: Path) -> Path:
    """A channel of 3 Mb/s, so that a queue of 2 MB is full after some seconds."""
    folder = write_station(
        tmp_path / "crowd", {"alpha": LONG}, video="testsrc2=s=320x180:r=30,noise=alls=60:allf=t"
    )
    path = folder / "station.yaml"
    path.write_text(path.read_text().replace("bitrate: 400k", "bitrate: 3M"))
    return folder


def connect(server: Server, window: int | None = None) -> socket.socket:
    """Asks for the channel; the answer is the caller's to read."""
    host, port = server.base.removeprefix("http://").split(":")
    client = socket.socket()
    if window is not None:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
    client.settimeout(PATIENCE_SECONDS)
    client.connect((host, int(port)))
    client.sendall(f"GET {CHANNEL} HTTP/1.1\r\nHost: tv\r\n\r\n".encode())
    return client


@contextlib.contextmanager
def a_byte_a_second(server: Server) -> Iterator[socket.socket]:
    """A viewer who reads one byte a second for the length of the block."""
    client, left = connect(server, window=4096), threading.Event()

    def read() -> None:
        with contextlib.suppress(ConnectionResetError):
            while not left.wait(1):
                client.recv(1)

    thread = threading.Thread(target=read)
    thread.start()
    try:
        yield client
    finally:
        left.set()
        thread.join()


def assert_cut_off(client: socket.socket) -> None:
    """Cut, not closed: what it never took is dropped, and no end of the stream is made up."""
    with client, pytest.raises(ConnectionResetError):
        while client.recv(65_536):
            pass


def assert_undisturbed(capture: Capture, folder: Path) -> None:
    folder.mkdir()
    check_stream(capture, folder, frame_ms=1000 / 30)
    assert max(capture.silences()) < STALL_SECONDS
    assert least_ahead(capture, after=2) > 0


def test_viewers_who_do_not_read_are_cut_off_and_the_others_do_not_notice(
    station: Path, put_on_air: PutOnAir, tmp_path: Path
) -> None:
    server = put_on_air(station)
    watching = [Viewer(server, CHANNEL) for _ in range(2)]
    for viewer in watching:
        viewer.wait_for_seconds(2)
    stopped = connect(server, window=4096)
    with a_byte_a_second(server) as slow:
        server.wait_for_line("viewer dropped: too slow", times=2)
        server.until("/", "2 viewers")
    assert_cut_off(stopped)
    assert_cut_off(slow)
    for n, viewer in enumerate(watching):
        assert_undisturbed(viewer.leave(), tmp_path / str(n))
    assert server.log.count("viewer dropped: too slow") == 2
    assert "Traceback" not in server.log


def test_two_hundred_viewers_who_connect_and_vanish_leave_nothing_behind(
    station: Path, put_on_air: PutOnAir, tmp_path: Path
) -> None:
    server = put_on_air(station)
    viewer = Viewer(server, CHANNEL)
    viewer.wait_for_seconds(2)
    process = psutil.Process(server.process.pid)
    server.get("/")
    before = process.num_fds()
    for n in range(200):
        with connect(server) as client:
            if n % 2:
                client.recv(1)
            if n % 3 == 0:
                # Reset instead of a farewell.
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    server.until("/", "1 viewer")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while process.num_fds() > before:
        assert time.monotonic() < deadline, f"{before} descriptors before, {process.num_fds()} after"
        time.sleep(0.05)
    viewer.wait_for_seconds(6)
    assert_undisturbed(viewer.leave(), tmp_path / "capture")
    assert "Traceback" not in server.log


def test_told_to_go_with_two_hundred_viewers_it_goes_at_once_and_leaves_no_process(
    station: Path, put_on_air: PutOnAir
) -> None:
    server = put_on_air(station)
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(connect(server, window=4096)) for _ in range(200)]
        for client in clients:
            assert client.recv(1)
        children = psutil.Process(server.process.pid).children(recursive=True)
        assert children
        # None of them reads: whoever waits for them waits for ever.
        assert server.stop() == 0
    assert "graceful shutdown exceeded" not in server.log and "Traceback" not in server.log
    assert not [child for child in children if child.is_running() and child.status() != "zombie"]
