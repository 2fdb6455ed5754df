"""The films of a web application, whatever serves it: begun, changed, followed, handed out.

They are jobs in a folder. Each worker of the application that has the folder tells of each film,
and what one leaves when it ends is gone on with by the next that starts.
"""

import asyncio
import json
import re
import secrets
from collections.abc import AsyncGenerator, AsyncIterable
from pathlib import Path
from typing import Any, Self

from nemo_sdk import InsufficientCreditsError, NemoClient, NemoError, file_name
from nemo_sdk.jobs import FileStore, Job, Jobs

AT_ONCE = 4
"""Films that one worker makes at once; more of them wait."""
MOST = 8
"""Films that may be waiting or be made, whoever makes them."""
UNFINISHED = {"waiting", "running"}
LARGEST = 500_000_000
"""Bytes of a file: the service takes no more."""
BUSY = "Enough films are being made just now. Try again in a few minutes."
WANTED = 'Send {"prompt": "…"} as application/json.'
TOO_LARGE = "A file has 500 MB at most."


class Busy(Exception):  # noqa: N818 - it is no mistake
    """As many films are being made as may be."""


class TooLarge(Exception):  # noqa: N818 - as above
    """A file is larger than the service takes."""


class Films:
    """The films in a folder, under ids that cannot be guessed; an async context manager.

    Args:
        client: Makes them; the caller closes it.
        folder: Where films, what they are made of, and what is known of them are kept.
    """

    def __init__(self, client: NemoClient, folder: Path) -> None:
        self._client = client
        self._folder = folder
        store = FileStore(folder / "jobs")
        self._jobs = Jobs(client, store=store, save_to=folder, at_once=AT_ONCE)
        self._renders: dict[str, asyncio.Task[Path]] = {}
        self._beginning = asyncio.Lock()
        self._ending = False

    async def __aenter__(self) -> Self:
        await self._jobs.__aenter__()
        await self._jobs.resume()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.end()
        await asyncio.gather(*self._renders.values(), return_exceptions=True)
        await self._jobs.aclose()

    def end(self) -> None:
        """Let go of the pages that look on: they would hold up the application's end."""
        self._ending = True
        for render in self._renders.values():
            render.cancel()

    async def receive(self, name: str, pieces: AsyncIterable[bytes]) -> str:
        """Keep a file that somebody sends, and return what a wish names it by.

        Raises:
            TooLarge: It is larger than the service takes.
        """
        key = secrets.token_hex(16)
        place = self._folder / "files" / key
        place.mkdir(parents=True)
        stem, suffix = Path(name).stem, Path(name).suffix
        size = 0
        with (place / f"{file_name(stem)}{suffix[:8]}").open("wb") as file:
            async for piece in pieces:
                size += len(piece)
                if size > LARGEST:
                    raise TooLarge(TOO_LARGE)
                await asyncio.to_thread(file.write, piece)
        return key

    async def begin(self, wish: Any) -> Job:
        """Begin a film, or join the one that was begun by the same wish.

        Args:
            wish: From JSON: the `prompt`; the `files` it is made of, as `receive` has named them;
                and a `key` of the page's own, so that what is sent twice is charged once.

        Raises:
            Busy: There are too many.
            ValueError: The wish is none.
        """
        prompt, key = _prompt_and_key(wish)
        files = [self._file(name) for name in wish.get("files", ())]
        async with self._beginning:
            self._check_busy()
            return await self._jobs.film(prompt, files=files, owner=key)

    async def change(self, job: Job, wish: Any) -> Job:
        """Tell the agent what to change about a film, or join whoever has told it so.

        Raises:
            Busy: There are too many.
            ValueError: The wish is none; or there is nothing to change yet.
        """
        prompt, key = _prompt_and_key(wish)
        if job.session_id is None:
            raise ValueError("There is nothing to change yet.")
        async with self._beginning:
            self._check_busy()
            return await self._jobs.edit(job.session_id, prompt, owner=key)

    def find(self, id: str) -> Job:
        """Return a film or a change.

        Raises:
            LookupError: There is none.
        """
        if not re.fullmatch(r"(film|edit)-[0-9a-f]+", id):
            raise LookupError(id)
        return self._jobs.get(id)

    async def film(self, job: Job) -> Path | None:
        """Return the file of a film, rendered now where a change has none yet; None for none."""
        if job.status != "done" or job.saved is not None:
            return None if job.saved is None else Path(job.saved)
        if job.reply is None or not job.reply.changes:
            return None
        path = self._folder / f"{job.id}.mp4"
        if not path.exists():
            if job.id not in self._renders:
                self._renders[job.id] = asyncio.create_task(self._render(job, path))
            await asyncio.shield(self._renders[job.id])
        return path

    async def told(self, job: Job) -> AsyncGenerator[str, None]:
        """Yield how far it is as server-sent events, the last of them "done" or "failed"."""
        try:
            shown = None
            while True:
                now = {"message": job.message or "Waiting for its turn", "fraction": job.fraction}
                if now != shown:
                    yield _event(now)
                if job.status not in UNFINISHED:
                    break
                if self._ending:
                    return  # the page asks again, and whoever is there then goes on
                shown = now
                await job.wait(0.5)
            yield await self._end(job)
        except Exception as error:  # or the page would ask for the events again and again
            yield _failed(error)

    async def _end(self, job: Job) -> str:
        if job.status == "cancelled":
            return _event({"message": "Cancelled."}, "failed")
        if job.error is not None:
            return _failed(job.error)
        path = await self.film(job)
        film = None if path is None else f"films/{job.id}/film"
        return _event({"film": film, "text": job.reply.text if job.reply else None}, "done")

    async def _render(self, job: Job, path: Path) -> Path:
        try:
            render = await self._client.session(job.session_id or "").export()
            return await (await render.wait()).save(path)
        finally:
            del self._renders[job.id]

    def _check_busy(self) -> None:
        unfinished = [one for one in self._jobs.list() if one.status in UNFINISHED]
        if len(unfinished) >= MOST:
            raise Busy(BUSY)

    def _file(self, name: Any) -> Path:
        if isinstance(name, str) and re.fullmatch(r"[0-9a-f]{32}", name):
            for path in (self._folder / "files" / name).glob("*"):
                return path
        raise ValueError("One of the files is not here: send it again.")


def _prompt_and_key(wish: Any) -> tuple[str, str]:
    """Return a wish's prompt and key.

    Raises:
        ValueError: It has none.
    """
    fields = wish if isinstance(wish, dict) else {}
    prompt, key = fields.get("prompt"), fields.get("key", secrets.token_hex(16))
    if isinstance(prompt, str) and isinstance(key, str):
        return prompt, key
    raise ValueError(WANTED)


def _failed(error: BaseException) -> str:
    if isinstance(error, InsufficientCreditsError):
        told = {"message": "There are no credits left.", "link": error.register_url}
    elif isinstance(error, NemoError):
        told = {"message": error.for_people}
    else:
        told = {"message": "Something went wrong here. Try again."}
    return _event(told, "failed")


def _event(values: dict[str, Any], kind: str = "message") -> str:
    return f"event: {kind}\ndata: {json.dumps(values)}\n\n"
