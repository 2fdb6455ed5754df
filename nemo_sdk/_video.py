"""A finished film: fetched, saved, shown."""

import contextlib
import os
import secrets
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

from ._concurrency.threads import in_thread
from ._notebook.film import KeptFilm, fits_in_cell, video_html
from ._paths import expanded
from ._protocol import endpoints
from ._transfer.download import Download
from ._transfer.film_name import file_name
from ._transfer.film_places import FilmPlaces
from ._transfer.free_name import discard, placed
from ._transfer.part_file import PartFile
from ._transfer.reporter import OnProgress, Reporter
from ._transport.transport import Credential, Transport
from ._value import Value
from .events import DownloadProgress

__all__ = ["Video"]

_BATCH = 1024 * 1024


class Video(Value):
    """A film that the service has rendered.

    Attributes:
        url: Where the film lies, for some time; None where the service did not say.
        duration: Seconds, or None.
        size: Bytes, or None.
        format: The container, such as "mp4".
        render_id: The render that made it.
        session_id: The session that it was made in, or None.
    """

    def __init__(
        self,
        transport: Transport,
        credential: Credential,
        *,
        url: str | None,
        duration: float | None,
        size: int | None,
        format: str,
        render_id: str,
        session_id: str | None,
    ) -> None:
        self._transport = transport
        self._credential = credential
        self.url = url
        self.duration = duration
        self.size = size
        self.format = format
        self.render_id = render_id
        self.session_id = session_id
        self._film = KeptFilm()
        self._saved: Path | None = None

    def _told(self) -> tuple[str, ...]:
        return ("url", "duration", "size", "format", "render_id", "session_id")

    def __repr__(self) -> str:
        return (
            f"Video(render_id={self.render_id!r}, format={self.format!r}, "
            f"duration={self.duration!r}, size={self.size!r}, url={self.url!r})"
        )

    async def save(
        self,
        path: str | os.PathLike[str],
        *,
        on_progress: OnProgress[DownloadProgress] | None = None,
    ) -> Path:
        """Save the film. The file appears, or is replaced, only when the film is whole.

        Args:
            path: The file to make; folders that are missing are made too. Over a link, the file
                that it leads to as the saving begins is written; a link that is put there
                meanwhile is replaced. A file that is replaced leaves its mode to the film.
            on_progress: Called with a `DownloadProgress` a few times a second; sync or async.

        Returns:
            The path of the file.

        Raises:
            OSError: It cannot be written there; nothing half is left. What is no regular file is
                refused before the film is fetched.
            ValueError: The path can be none.
            DownloadError: The film cannot be had whole.
        """
        with self._transport.while_open():
            return await self._save(path, Reporter(on_progress))

    async def save_in(
        self,
        folder: str | os.PathLike[str],
        words: str,
        *,
        on_progress: OnProgress[DownloadProgress] | None = None,
    ) -> Path:
        """Save the film in a folder, under a name made of words that nothing there has.

        Args:
            folder: The folder; made where it is missing.
            words: What the file is named after, such as the prompt; a number is added where
                something has that name.
            on_progress: As for `save`.

        Returns:
            The path of the file. Nothing is there before it is whole.

        Raises:
            OSError, DownloadError: As `save`.
        """
        part = expanded(os.path.join(folder, f".{secrets.token_hex(8)}.film.part"))  # noqa: PTH118
        wanted = part.with_name(f"{file_name(words)}.{self.format}")
        try:
            with self._transport.while_open():
                await self._save(part, Reporter(on_progress), known_as=wanted)
            saved = self._saved = await in_thread(placed, part, wanted)
        finally:  # whoever is cancelled may have the film there already
            await in_thread(discard, part)
        return saved

    async def _save(
        self,
        path: str | os.PathLike[str],
        reporter: Reporter[DownloadProgress],
        known_as: Path | None = None,
    ) -> Path:
        async with PartFile(path, known_as) as part:
            if film := self._film.content:
                await self._copy_into(part, film, reporter)
            else:
                await self._fetch_into(part, reporter)
            await part.finish()
        self._saved = part.path
        if film is None:
            self._film.keep(await in_thread(_small_film, part.path))
        return part.path

    async def read(self) -> bytes:
        """Return the film's bytes, all in memory: for films that are small.

        Returns:
            The whole file.

        Raises:
            DownloadError: The film cannot be had whole.
        """
        pieces: list[bytes] = []
        with self._transport.while_open():
            async for piece in self._download(pieces.clear).pieces():
                pieces.append(piece)  # noqa: PERF401 - start_over empties this very list
            film = await in_thread(b"".join, pieces)
        self._film.keep(film)
        return film

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """Yield the film's bytes as they come.

        Yields:
            Pieces of no particular size, in order.

        Raises:
            DownloadError: The film cannot be had whole; what was yielded is its beginning.
        """
        download = self._download(None)
        async with contextlib.aclosing(download.pieces()) as pieces:
            async for piece in pieces:
                yield piece

    async def _copy_into(
        self, part: PartFile, film: bytes, reporter: Reporter[DownloadProgress]
    ) -> None:
        await part.write([film])
        await reporter.tell(lambda: DownloadProgress(len(film), len(film)), last=True)

    async def _fetch_into(self, part: PartFile, reporter: Reporter[DownloadProgress]) -> None:
        batch: list[bytes] = []
        held = 0

        def start_over() -> None:
            nonlocal batch, held
            batch, held = [], 0
            part.start_over()

        download = self._download(start_over)

        def progress() -> DownloadProgress:
            return DownloadProgress(download.received, download.total)

        async with contextlib.aclosing(download.pieces()) as pieces:
            async for piece in pieces:
                batch.append(piece)
                held += len(piece)
                if held >= _BATCH:
                    await part.write(batch)
                    batch, held = [], 0
                await reporter.tell(progress)
        await part.write(batch)
        await reporter.tell(progress, last=True)

    def _download(self, start_over: Callable[[], None] | None) -> Download:
        places = FilmPlaces(
            self._transport,
            self._credential,
            url=self.url,
            render_id=self.render_id,
            ask_again=self._address_now,
        )
        return Download(places, size=self.size, start_over=start_over)

    async def _address_now(self) -> str | None:
        call = endpoints.render_status(self.render_id)
        status = await self._transport.send(call, self._credential)
        self.url = status.url or self.url
        return status.url

    def _repr_html_(self) -> str:
        return video_html(
            name=self._in_words(),
            format=self.format,
            url=self.url,
            film=self._film.content,
            saved=self._saved,
        )

    def _in_words(self) -> str:
        length = "" if self.duration is None else f"{self.duration:.3g} s"
        size = "" if self.size is None else f"{self.size / 1024**2:.1f} MB"
        return ", ".join(part for part in (f"The film ({self.format})", length, size) if part)


def _small_film(path: Path) -> bytes:
    """Return a film that a cell can show, else nothing; its file may be gone already."""
    with contextlib.suppress(OSError):
        if fits_in_cell(path.stat().st_size):
            return path.read_bytes()
    return b""
