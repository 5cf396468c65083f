"""What is laid over pictures, made ready as files: watermarks that are pictures, subtitles by themselves.

Owns a folder in the state folder. Each thing is made once, by a process of the pool: what ffmpeg could choke
on is found out here, not on air. What takes too long is gone without this time, and is there the next.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import os
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx

from exstv.catalog.model import Stream
from exstv.clock import Clock
from exstv.errors import ExstvError
from exstv.files import replace_file
from exstv.pictures import LARGEST_BYTES, is_address, read_picture
from exstv.sources.folders import files_of
from exstv.sources.walk import why
from runtime.ffmpeg.binary import filters_argv, read_filters
from runtime.ffmpeg.display_sets import sets_argv
from runtime.ffmpeg.picture_files import LARGEST_BYTES as LARGEST_PICTURES_BYTES
from runtime.ffmpeg.picture_files import merge_argv
from runtime.ffmpeg.subtitle_files import LARGEST_BYTES as LARGEST_TEXT_BYTES
from runtime.ffmpeg.subtitle_files import as_utf8, convert_argv
from runtime.ffmpeg.subtitles import Form, extract_argv, is_picture
from runtime.ffmpeg.watermark import image_argv
from runtime.process.pool import ProcessPool, SpawnSpec
from runtime.process.states import ExitKind

log = logging.getLogger(__name__)

FOLDER = "wardrobe"
KEPT_BYTES = 512 * 1024 * 1024
"""Size of the folder from which on what was longest unused goes."""
PATIENCE_SECONDS = (2.0, 6.0)
"""How long an item's start waits: the first where it is due at once, the second where there is time."""
LEAD_SECONDS = 4.0
"""How long before it is due an item's process is started at the latest, unless it is due sooner anyway."""
FETCH_SECONDS = 10.0
_KEPT = (".png", *(f".{form}" for form in Form))
REFRESH_SECONDS = 6 * 3600.0
"""How old a watermark from a URL may become."""


class NotReady(ExstvError):
    """Something cannot be worn, or not yet; the message says what and why."""


class NotInTime(NotReady):
    """It is being made, and has not become ready while it could be waited for."""


@dataclass(frozen=True)
class Film:
    """A local file, and what tells it from another one of its name."""

    path: str
    size: int
    written_ns: int

    @classmethod
    def at(cls, path: str) -> Film:
        """Asks the file's disk, which may hang. Raises OSError."""
        facts = Path(path).stat()
        return cls(path, facts.st_size, facts.st_mtime_ns)


@dataclass(frozen=True)
class Reading:
    """Subtitles that are read out of a file before they are due, and how they are wanted."""

    stream: Stream
    form: Form


class Wardrobe:
    """Owner of the files, and of what is being made."""

    def __init__(
        self, pool: ProcessPool, ffmpeg: str, clock: Clock, station: Callable[[], Path], state_dir: Path
    ) -> None:
        """`station` gives the folder of the pictures that are named now."""
        self._pool = pool
        self._ffmpeg = ffmpeg
        self._clock = clock
        self._station = station
        self._folder = state_dir / FOLDER
        self._making: dict[str, asyncio.Task[str]] = {}
        self._fetched: dict[str, float] = {}
        self._filters: frozenset[str] | None = None

    async def filters(self) -> frozenset[str]:
        """The filters that this ffmpeg has."""
        if self._filters is None:
            # Asked once and answered at once: no item waits for this to find a place.
            output = await self._run(
                filters_argv(self._ffmpeg), "ffmpeg's list of filters", self._clock.monotonic(), limited=False
            )
            self._filters = read_filters(output)
        return self._filters

    async def watermark(self, image: str, due: float) -> str:
        """Gives the path of a PNG of an image below the station or at a URL. Raises NotReady, NoPicture."""
        if not is_address(image):
            return await self._wait(image, lambda: self._own_image(image, due), due)
        path = self._folder / f"{_digest(image)}.png"
        known = await asyncio.to_thread(path.exists)
        if known and self._clock.monotonic() - self._fetched.get(image, -REFRESH_SECONDS) < REFRESH_SECONDS:
            return str(path)
        if not known:
            return await self._wait(image, lambda: self._remote_image(image, path, due), due)
        # The one from before serves until the new one is there; a server that is away takes nothing off.
        self._begin(image, lambda: self._remote_image(image, path, due))
        return str(path)

    async def subtitles(self, film: Film, reading: Reading, due: float) -> str:
        """Gives the path of a file with one subtitle stream of a film, in its form. Raises NotReady."""
        kept = self._text_file(film, reading)
        if await asyncio.to_thread(_touched, kept):
            return str(kept)
        return await self._wait(kept.name, lambda: self._extract(kept, film, reading, due), due)

    def foresee_subtitles(
        self, item: str, film: Callable[[], Awaitable[Film]], reading: Reading, due: float
    ) -> None:
        """Begins to make the same for an item that is due later, once it is known which film that plays."""
        self._begin(f"subtitles of {item} as {reading.form}", lambda: self._foreseen(film, reading, due))

    async def _foreseen(self, film: Callable[[], Awaitable[Film]], reading: Reading, due: float) -> str:
        found = await film()
        kept = self._text_file(found, reading)
        if await asyncio.to_thread(_touched, kept):
            return str(kept)
        making = self._begin(kept.name, lambda: self._extract(kept, found, reading, due))
        return await asyncio.shield(making)

    def _text_file(self, film: Film, reading: Reading) -> Path:
        key = _digest(f"{film.path}\0{film.size}\0{film.written_ns}\0{reading.stream.index}")
        return self._folder / f"{key}.{reading.form}"

    async def _extract(self, kept: Path, film: Film, reading: Reading, due: float) -> str:
        if reading.stream.file is not None:
            return await self._convert(kept, film, reading, due)
        made = sets_argv if reading.form is Form.CARRIED else partial(extract_argv, form=reading.form)
        return await self._make(kept, made(self._ffmpeg, film.path, reading.stream), "subtitles", due)

    async def _convert(self, kept: Path, film: Film, reading: Reading, due: float) -> str:
        """The same of subtitles that are a file of their own; of text in whatever it is written."""
        stream = reading.stream
        if is_picture(stream):
            await asyncio.to_thread(_check_size, files_of(film.path)[-1], LARGEST_PICTURES_BYTES)
            made = sets_argv if reading.form is Form.CARRIED else merge_argv
            return await self._make(kept, made(self._ffmpeg, film.path, stream), "subtitles", due)
        await asyncio.to_thread(_check_size, film.path, LARGEST_TEXT_BYTES)
        try:
            data = await asyncio.to_thread(Path(film.path).read_bytes)
        except OSError as error:
            raise NotReady(f"`{stream.file}` cannot be opened: {why(error)}") from error
        raw = kept.with_name(f"{kept.name}.text")
        await self._write(raw, as_utf8(data, stream.language))
        try:
            argv = convert_argv(self._ffmpeg, str(raw), stream, reading.form)
            return await self._make(kept, argv, "subtitles", due)
        finally:
            raw.unlink(missing_ok=True)

    async def close(self) -> None:
        """Gives up what is being made."""
        for task in list(self._making.values()):
            task.cancel()
        if self._making:
            await asyncio.wait(list(self._making.values()))

    async def _wait(self, key: str, make: Callable[[], Coroutine[None, None, str]], due: float) -> str:
        shortest, longest = PATIENCE_SECONDS
        patience = min(longest, max(shortest, due - LEAD_SECONDS - self._clock.monotonic()))
        try:
            async with asyncio.timeout(patience):
                return await asyncio.shield(self._begin(key, make))
        except TimeoutError:
            raise NotInTime("it is not ready yet") from None

    def _begin(self, key: str, make: Callable[[], Coroutine[None, None, str]]) -> asyncio.Task[str]:
        """Makes something, unless it is being made."""
        task = self._making.get(key)
        if task is None:
            task = asyncio.create_task(make())
            self._making[key] = task
            task.add_done_callback(lambda done: self._made(key, done))
        return task

    def _made(self, key: str, done: asyncio.Task[str]) -> None:
        del self._making[key]
        if not done.cancelled() and (error := done.exception()) is not None:
            log.warning("not ready to wear what=%s why=%s", key, error)

    async def _own_image(self, image: str, due: float) -> str:
        body = await asyncio.to_thread(read_picture, self._station(), image)
        path = self._folder / f"{hashlib.sha256(body).hexdigest()[:32]}.png"
        if await asyncio.to_thread(_touched, path):
            return str(path)
        return await self._make_image(image, path, body, due)

    async def _remote_image(self, url: str, path: Path, due: float) -> str:
        self._fetched[url] = self._clock.monotonic()
        return await self._make_image(url, path, await _fetch(url), due)

    async def _make_image(self, image: str, path: Path, body: bytes, due: float) -> str:
        raw = self._folder / f"{_digest(image)}.image"
        argv = image_argv(self._ffmpeg, str(raw), body)
        await self._write(raw, body)
        try:
            return await self._make(path, argv, "watermark", due)
        finally:
            raw.unlink(missing_ok=True)

    async def _make(self, path: Path, argv: list[str], what: str, due: float) -> str:
        output = await self._run(argv, what, due)
        if not output:
            raise NotReady("nothing in it can be read")
        await self._write(path, output)
        await asyncio.to_thread(_prune, self._folder)
        return str(path)

    async def _run(self, argv: list[str], what: str, due: float, *, limited: bool = True) -> bytes:
        try:
            done = await self._pool.run(SpawnSpec(argv, what, due, limited=limited))
        except OSError as error:
            raise NotReady(f"ffmpeg does not start: {error}") from error
        if done.exit is not ExitKind.ENDED:
            raise NotReady(done.last_lines[-1] if done.last_lines else f"ffmpeg {done.exit}")
        return done.output

    async def _write(self, path: Path, data: bytes) -> None:
        try:
            await asyncio.to_thread(replace_file, path, data)
        except OSError as error:
            raise NotReady(f"{self._folder} cannot be written: {error.strerror}") from error


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:32]


def _check_size(path: str, most: int) -> None:
    """Raises NotReady for a file that is too large, or gone."""
    name = Path(path).name
    try:
        size = Path(path).stat().st_size
    except OSError as error:
        raise NotReady(f"`{name}` cannot be opened: {why(error)}") from error
    if size > most:
        raise NotReady(f"`{name}` is larger than {most // 1024 // 1024} MB")


def _touched(path: Path) -> bool:
    """Tells whether a file is there, and notes that it is used."""
    with contextlib.suppress(OSError):
        os.utime(path)
    return path.exists()


async def _fetch(url: str) -> bytes:
    body = bytearray()
    try:
        async with (
            asyncio.timeout(FETCH_SECONDS),
            httpx.AsyncClient(follow_redirects=True, timeout=FETCH_SECONDS) as client,
            client.stream("GET", url) as response,
        ):
            if response.status_code != 200:
                raise NotReady(f"its server says {response.status_code}")
            async for portion in response.aiter_bytes():
                body += portion
                if len(body) > LARGEST_BYTES:
                    raise NotReady(f"it is larger than {LARGEST_BYTES // 1024 // 1024} MB")
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError):
        raise NotReady("its server does not give it") from None
    return bytes(body)


def _prune(folder: Path) -> None:
    """Removes what was longest unused, down to the size that is kept."""
    facts = [(path.stat(), path) for path in folder.iterdir() if path.suffix in _KEPT]
    left = sum(each.st_size for each, _ in facts)
    for each, path in sorted(facts, key=lambda pair: pair[0].st_mtime_ns):
        if left <= KEPT_BYTES:
            return
        path.unlink(missing_ok=True)
        left -= each.st_size
