"""`exstv serve [STATION]`: plays the published timeline; `exstv up` ends here too.

The compile that rolls the horizon forward, and the one after an edit, is `exstv compile --scan` in a child
process: the running server never imports the compiler.
"""

from __future__ import annotations

import argparse
import logging
import os
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from litestar import Litestar
from rich.console import Console
from rich.markup import escape

from exstv.cli.report import print_diagnostics
from exstv.clock import SystemClock
from exstv.diagnostics import has_errors
from exstv.settings import Settings, load_settings
from exstv.timeline.lock import server_lock
from runtime.app import Options, create_app
from runtime.gate.token import HIDDEN, ROOT
from runtime.server import quiet_about_clients, run_server

HELP = "play the published timeline"


def run(argv: Sequence[str]) -> int:
    """Serves until told to stop."""
    parser = argparse.ArgumentParser(prog="exstv serve", description=HELP)
    parser.add_argument("station", nargs="?", default="channels", type=Path, help="the station's folder")
    args = parser.parse_args(argv)
    settings, diagnostics = load_settings(args.station, os.environ)
    print_diagnostics(diagnostics, sys.stderr)
    if has_errors(diagnostics):
        return 1
    with server_lock(settings.state_dir):
        return serve(settings, args.station, watch=False)


def serve(settings: Settings, station: Path, *, watch: bool, compile_first: bool = False) -> int:
    """Runs the server, under a lock that the caller holds; `watch` follows edits of the station.

    The station is named as the user did.
    """
    log_to_terminal(settings)
    # One line for every file that an editor touches is no news.
    logging.getLogger("watchfiles").setLevel(logging.WARNING)
    # It logs each address that it asks, with all that is secret in it.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    quiet_about_clients()
    options = Options(
        settings=settings,
        clock=SystemClock(),
        environ=os.environ,
        compile_argv=compile_argv(station),
        ready_argv=(*compile_argv(station), "--when-told"),
        scan_argv=scan_argv(station),
        watch=watch,
        compile_first=compile_first,
    )
    app = create_app(options)
    run_server(app, settings, _announcer(settings, app))
    return 0


class _Discreet(logging.Formatter):
    """Lines with a secret left out, tracebacks included, whoever wrote it there."""

    def __init__(self, secret: str | None) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._secret = secret

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        return line.replace(self._secret, HIDDEN) if self._secret else line


def log_to_terminal(settings: Settings) -> None:
    """Lets everything be told in the terminal from now on, but for the token."""
    handler = logging.StreamHandler()
    token = settings.server.token
    handler.setFormatter(_Discreet(token.get_secret_value() if token else None))
    logging.basicConfig(level=logging.INFO, handlers=[handler])


def compile_argv(station: Path) -> tuple[str, ...]:
    """The command that brings the published timeline up to date with a station."""
    return (sys.executable, "-m", "exstv", "compile", str(station), "--scan", "--format", "json")


def scan_argv(station: Path) -> tuple[str, ...]:
    """The command that brings this machine's own catalog up to date."""
    return (sys.executable, "-m", "exstv", "scan", str(station), "--own")


def _announcer(settings: Settings, app: Litestar) -> Callable[[int], None]:
    def announce(port: int) -> None:
        with app.state.services.live.lease() as lease:
            name = lease.reader.header.station
        base = settings.server.public_url or f"http://{_reachable_host(settings.server.host)}:{port}"
        if settings.server.token is not None:
            # A terminal is often a log: the token is left for the reader to put in.
            base += f"/{ROOT}/{HIDDEN}"
        console = Console(stderr=True, highlight=False, soft_wrap=True)
        console.print(f"\n[bold]{escape(name)} is on air[/bold]")
        console.print(f"  Page       {base}/")
        console.print(f"  M3U        {base}/iptv/channels.m3u")
        console.print(f"  XMLTV      {base}/iptv/xmltv.xml")
        if settings.hdhomerun.enabled:
            console.print(f"  HDHomeRun  {base}")
        console.print("  Stop with Ctrl-C\n")

    return announce


def _reachable_host(host: str) -> str:
    """An address that works from this machine, and from others if it listens to them."""
    if host not in ("0.0.0.0", "::"):
        return f"[{host}]" if ":" in host else host
    # Connecting a datagram socket sends nothing: it only asks which of our addresses faces the network.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])
