"""Kodi without a head: on a screen that is a file, before a sound card that is none, in a network of its own.

It is steered by JSON-RPC. Debian's add-ons are there from the start, switched off.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
from networks import Network, skip

PROGRAMS = ("kodi", "Xvfb", "pulseaudio")
IPTV_SIMPLE, HDHOMERUN = "pvr.iptvsimple", "pvr.hdhomerun"
PATIENCE_SECONDS = 100.0
"""Only ends a hang: nothing here is meant to take this long."""
_PORT = 8080
_SETTINGS = {
    "services.webserver": "true",
    "services.webserverport": str(_PORT),
    "services.webserverauthentication": "false",
    # Never looks for newer add-ons.
    "general.addonupdates": "2",
    "pvrmanager.usebackendchannelnumbers": "true",
}
# Sound that is played nowhere, at a sound card's pace: without one Kodi waits 10 s before the first picture.
_SOUND = (
    *("pulseaudio", "-n", "--use-pid-file=no", "--exit-idle-time=-1"),
    *("--load=module-null-sink", "--load=module-native-protocol-unix"),
)
_OURS = ("AddOnLog", "Curl", "EPG", "PVR", "Player", "ffmpeg")
"""Of the other errors each Kodi without a head has its share: fonts, VDPAU, D-Bus."""
_ELSEWHERE = ("my.hdhomerun.com", "resolve host name")
"""Where the HDHomeRun add-on looks for a guide; no road leads there."""
T = TypeVar("T")


@dataclass(frozen=True)
class Kodi:
    """A Kodi that runs, asked from within its network (`Network.visiting`)."""

    home: Path
    http: httpx.Client

    def ask(self, method: str, **params: Any) -> Any:
        """What Kodi answers to one command; None where it cannot do that now."""
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return self.http.post("/jsonrpc", json=message).json().get("result")

    def use(self, add_on: str) -> None:
        """Switches on an add-on for television too, and waits until it has its channels."""
        if self.ask("Addons.SetAddonEnabled", addonid=add_on, enabled=True) != "OK":
            skip(f"not installed: {add_on}")
        self.until(lambda: self.channels_of(add_on))

    def channels_of(self, add_on: str) -> list[dict[str, Any]]:
        """The channels that an add-on gives; none where it does not work yet."""
        found = self.ask("PVR.GetClients")
        ids = {client["addonid"]: client["clientid"] for client in found["clients"]} if found else {}
        return [each for each in self.channels() if each["clientid"] == ids.get(add_on)]

    def channels(self, group: int | str = "alltv") -> list[dict[str, Any]]:
        """The channels of a group, in Kodi's order."""
        wanted = ["channelnumber", "subchannelnumber", "clientid"]
        found = self.ask("PVR.GetChannels", channelgroupid=group, properties=wanted)
        return list(found["channels"]) if found else []

    def groups(self) -> dict[str, list[str]]:
        """The names of each group's channels."""
        found = self.ask("PVR.GetChannelGroups", channeltype="tv")["channelgroups"]
        return {
            group["label"]: [channel["label"] for channel in self.channels(group["channelgroupid"])]
            for group in found
        }

    def guide(self, channel: int, *wanted: str) -> list[dict[str, Any]]:
        """What Kodi holds of a channel's guide, by start."""
        found = self.ask("PVR.GetBroadcasts", channelid=channel, properties=list(wanted))
        return list(found["broadcasts"])

    def play(self, channel: int) -> tuple[Any, Any]:
        """Begins to play a channel, and gives what Kodi says of its picture and its sound."""
        assert self.ask("Player.Open", item={"channelid": channel}) == "OK"
        return self.until(self._streams)

    def _streams(self) -> tuple[Any, Any] | None:
        video, sound = (self._player(f"current{kind}stream") for kind in ("video", "audio"))
        return (video, sound) if video and sound else None

    def time(self) -> Any:
        """Where in the programme it is."""
        return self._player("time")

    def _player(self, name: str) -> Any:
        found = self.ask("Player.GetProperties", playerid=1, properties=[name])
        return found and found[name]

    def stop(self) -> None:
        """Stops playing, and waits for that."""
        self.ask("Player.Stop", playerid=1)
        self.until(lambda: not self.ask("Player.GetActivePlayers"))

    def colour(self) -> tuple[int, int, int]:
        """Red, green and blue of the screen, off its middle: there Kodi may ask whether to use an add-on."""
        screen = (self.home / "Xvfb_screen0").read_bytes()
        # XWD: a header and a palette, then lines of 4 bytes a pixel, blue first.
        head = [int.from_bytes(screen[at : at + 4], "big") for at in range(0, 100, 4)]
        start, width, height, line, palette = head[0], head[4], head[5], head[12], head[19]
        at = start + 12 * palette + line * (height // 4) + 4 * (width // 4)
        return screen[at + 2], screen[at + 1], screen[at]

    def until(self, look: Callable[[], T | None]) -> T:
        """Looks again and again until there is something to see, and gives it."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (found := look()):
            assert time.monotonic() < deadline, f"never came; Kodi says:\n{self.log()[-8000:]}"
            time.sleep(0.2)
        return found

    def complaints(self) -> list[str]:
        """The errors in its log that are about what it fetched and played."""
        return [
            line
            for line in self.log().splitlines()
            if " error <" in line
            and any(word in line for word in _OURS)
            and not any(word in line for word in _ELSEWHERE)
        ]

    def log(self) -> str:
        path = self.home / ".kodi/temp/kodi.log"
        return path.read_text(errors="replace") if path.exists() else "nothing"


@contextlib.contextmanager
def kodi(net: Network, home: Path, playlist: str) -> Iterator[Kodi]:
    """A Kodi on the client's machine, with a home of its own, until the end of the block.

    `playlist` is where IPTV Simple finds its channels, and in them the guide.
    """
    home.mkdir(mode=0o700)
    addresses = {"m3uPathType": "1", "m3uUrl": playlist, "epgPathType": "1", "epgUrl": ""}
    _write_settings(home / ".kodi/userdata/addon_data" / IPTV_SIMPLE / "settings.xml", addresses)
    _write_settings(home / ".kodi/userdata/guisettings.xml", _SETTINGS)
    environ = {
        **os.environ,
        "HOME": str(home),
        "TZ": "UTC",
        "XDG_RUNTIME_DIR": str(home),
        "LIBGL_ALWAYS_SOFTWARE": "1",
        "KODI_AE_SINK": "PULSE",
    }
    with contextlib.ExitStack() as stack:
        environ["DISPLAY"] = _screen(stack, net, environ)
        _run(stack, (*net.client, *_SOUND), environ)
        _run(stack, (*net.client, "kodi", "--standalone"), environ)
        http = stack.enter_context(
            httpx.Client(base_url=f"http://127.0.0.1:{_PORT}", timeout=PATIENCE_SECONDS)
        )
        found = Kodi(home, http)
        found.until(lambda: _is_up(found))
        yield found


def _screen(stack: contextlib.ExitStack, net: Network, environ: dict[str, str]) -> str:
    """Puts up a screen and gives its name; the picture on it is a file at home."""
    reading, telling = os.pipe()
    size = ("-screen", "0", "320x180x24", "-fbdir", environ["HOME"], "-nolisten", "tcp")
    _run(stack, (*net.client, "Xvfb", "-displayfd", str(telling), *size), environ, telling)
    os.close(telling)
    with os.fdopen(reading) as told:
        return f":{told.readline().strip()}"


def _is_up(kodi: Kodi) -> bool:
    with contextlib.suppress(httpx.ConnectError):
        return bool(kodi.ask("JSONRPC.Ping") == "pong")
    return False


def _run(stack: contextlib.ExitStack, argv: tuple[str, ...], environ: dict[str, str], *kept: int) -> None:
    """Runs a program until the stack ends it, and what it has started."""
    process = subprocess.Popen(
        argv,
        env=environ,
        pass_fds=kept,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )

    def end() -> None:
        # Asked first: a screen that is killed leaves its lock in /tmp.
        for way in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, way)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)

    stack.callback(end)


def _write_settings(path: Path, settings: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = "".join(f'<setting id="{name}">{value}</setting>' for name, value in settings.items())
    path.write_text(f'<settings version="2">{rows}</settings>')
