"""What the tools do, within the time that a host waits."""

import asyncio
import hashlib
import json
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, aclosing
from pathlib import Path
from typing import Self

from mcp.types import CallToolResult

from nemo_sdk import (
    Format,
    NemoClient,
    Progress,
    Quality,
    Upload,
    check_target,
    classify_request,
)
from nemo_sdk.exceptions import Charged
from nemo_sdk.jobs import FileStore, Job, Jobs, detach

from ._answers import (
    balance_answer,
    exported_answer,
    failed_answer,
    films_answer,
    job_answer,
    uploaded_answer,
)
from ._data import Answer, Balance, Film, Films, Uploaded
from ._errands import Errands
from ._failures import EXPECTED, NoAccountError, TakesLongerError
from ._folder import Folder

__all__ = ["Studio", "Tell"]

Tell = Callable[[Progress], Awaitable[None]]
"""Tells whoever waits how far a job is."""

_TOOLS = {
    "export": "export_film",
    "state": "film_status",
    "credits": "credits",
    "upload": "upload_media",
}
_LISTED = 50
_LOOKS = 2
_BETWEEN = 0.05


class Studio:
    """Makes films for agents: begins jobs, has processes of their own work on them, and waits.

    An async context manager.

    Args:
        client: The client to work with, entered by the caller.
        folder: Where films go; files are taken from there alone.
        anonymous: Whether an anonymous account may pay. Without it, a client that was given no
            token is refused with a sentence.
        store: Where jobs are kept; None for the folder that all of this library's jobs are in.
        patience: Seconds within which each call is answered.
    """

    def __init__(
        self,
        client: NemoClient,
        folder: str | os.PathLike[str],
        *,
        anonymous: bool = False,
        store: FileStore | None = None,
        patience: float = 45.0,
    ) -> None:
        self._client = client
        self._folder = Folder(Path(folder))
        self._anonymous = anonymous
        self._store = FileStore() if store is None else store
        self._patience = patience
        self._owner = f"mcp {self._folder.path}"  # what another folder's server has made is its own
        self._jobs = Jobs(client, store=self._store, save_to=self._folder.path, at_once=0)
        self._errands = Errands()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self._jobs)
        await self._stack.enter_async_context(self._errands)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def make(
        self,
        prompt: str,
        files: Sequence[str],
        format: Format,
        quality: Quality,
        language: str | None,
        take: int,
        tell: Tell,
    ) -> CallToolResult:
        """Begin a film, or join it, and wait for it."""

        async def begin() -> Job:
            self._check_account()
            await asyncio.to_thread(check_target, self._folder.path / f"film.{format}")
            return await self._jobs.film(
                prompt,
                files=await self._sources(files),
                language=language,
                format=format,
                quality=quality,
                owner=self._owner,
                take=take,
            )

        return await self._answered(lambda: self._begun(begin), tell)

    async def edit(
        self, session_id: str, words: str, files: Sequence[str], take: int, tell: Tell
    ) -> CallToolResult:
        """Begin an edit, or join it, and wait for it."""

        async def begin() -> Job:
            self._check_account()
            _refuse_command(words)
            sources = await self._sources(files)
            return await self._jobs.edit(
                session_id, words, files=sources, owner=self._owner, take=take
            )

        return await self._answered(lambda: self._begun(begin), tell)

    async def status(self, id: str, tell: Tell) -> CallToolResult:
        """Wait for a job; one that nobody works on any more is gone on with."""

        async def found() -> Job:
            return self._own(await asyncio.to_thread(self._jobs.get, id))

        return await self._answered(lambda: self._begun(found), tell)

    async def films(self) -> CallToolResult:
        """Return the last jobs."""

        async def listed() -> CallToolResult:
            jobs = await asyncio.to_thread(self._jobs.list, None, self._owner)
            return films_answer([job for job in reversed(jobs) if self._is_own(job)][:_LISTED])

        return await self._in_time(listed(), Films)

    async def credits(self) -> CallToolResult:
        """Return the account's credits, and whose they are."""

        async def read() -> CallToolResult:
            self._check_account()
            return balance_answer(await self._client.credits(), self._client.account)

        return await self._in_time(read(), Balance)

    async def upload(self, session_id: str | None, files: Sequence[str]) -> CallToolResult:
        """Upload files, into a new session where none is given."""

        async def sent() -> CallToolResult:
            self._check_account()
            sources = await self._sources(files)
            seen = await asyncio.to_thread(_seen, sources)
            key = ("upload", session_id, seen)
            return uploaded_answer(
                *await self._errands.share(key, lambda: self._uploaded(session_id, sources))
            )

        return await self._in_time(sent(), Uploaded)

    async def export(self, session_id: str, format: Format, quality: Quality) -> CallToolResult:
        """Render a session's film as it is now, and save it."""

        async def saved() -> CallToolResult:
            self._check_account()
            state = await self._client.session(session_id).state()
            draft = json.dumps(state.draft, sort_keys=True).encode()
            key = ("export", session_id, format, quality, hashlib.sha256(draft).digest())
            path = await self._errands.share(key, lambda: self._saved(session_id, format, quality))
            if not await asyncio.to_thread(path.exists):
                self._errands.forget(key)
                path = await self._errands.share(
                    key, lambda: self._saved(session_id, format, quality)
                )
            return exported_answer(session_id, path, state.timeline.summary())

        return await self._in_time(saved(), Film)

    async def _answered(self, begin: Callable[[], Awaitable[Job]], tell: Tell) -> CallToolResult:
        """Begin in a task of the server's own, and follow until it is time to answer."""
        deadline = asyncio.get_running_loop().time() + self._patience

        async def followed() -> CallToolResult:
            job = await self._errands.do(begin)
            try:
                async with asyncio.timeout_at(deadline - self._patience / 10):
                    await _follow(job, tell)
            except TimeoutError:
                pass
            return job_answer(job)

        return await self._in_time(followed(), Film, charged="maybe")

    async def _in_time(
        self, work: Awaitable[CallToolResult], kind: type[Answer], charged: Charged = "no"
    ) -> CallToolResult:
        limit = asyncio.timeout(self._patience)
        try:
            async with limit:
                return await work
        except EXPECTED as error:
            late = TakesLongerError(self._patience, charged)
            return failed_answer(late if limit.expired() else error, kind)

    async def _begun(self, begin: Callable[[], Awaitable[Job]]) -> Job:
        job = await begin()
        if not job.record.ended:
            self._check_account()
            await asyncio.to_thread(self._have_worked_on, job.id)
        return job

    def _have_worked_on(self, id: str) -> None:
        """Start a worker where there is none; a second one would wait, and end with the job."""
        for _ in range(_LOOKS):
            with self._store.hold(id) as free:
                pass
            if free:
                detach(self._store, id)
                return
            time.sleep(_BETWEEN)  # it may be no worker that holds it, but somebody's short look

    async def _sources(self, files: Sequence[str]) -> list[str]:
        return await asyncio.to_thread(lambda: [self._folder.source(file) for file in files])

    async def _uploaded(self, session_id: str | None, sources: Sequence[str]) -> tuple[str, Upload]:
        if session_id is None:
            await self._client.check_files(*sources)
            session = await self._client.create_session()
        else:
            session = self._client.session(session_id)
        return session.id, await session.upload(*sources)

    async def _saved(self, session_id: str, format: Format, quality: Quality) -> Path:
        render = await self._client.session(session_id).export(format=format, quality=quality)
        video = await render.wait()
        return await video.save_in(self._folder.path, f"session {session_id}")

    def _own(self, job: Job) -> Job:
        if not self._is_own(job):
            raise LookupError(f"There is no job {job.id!r} here: list_films lists them.")
        return job

    def _is_own(self, job: Job) -> bool:
        return job.owner == self._owner and job.record.service == self._client.base_url

    def _check_account(self) -> None:
        """Refuse that somebody else pays than the person has named."""
        if self._client.account.kind != "own" and not self._anonymous:
            raise NoAccountError(
                "No account was named: hosts do not pass on the variables of a shell. The person "
                "sets NEMO_TOKEN in the host's configuration of this server, or has it started "
                "with --anonymous to use an anonymous account of 100 credits."
            )


async def _follow(job: Job, tell: Tell) -> None:
    async with aclosing(job.progress(every=1.0)) as steps:
        async for step in steps:
            await tell(step)


def _seen(sources: Sequence[str]) -> tuple[object, ...]:
    """Return what tells files apart from others that have the same names."""
    return tuple((one, _stamp(one)) for one in sources)


def _stamp(source: str) -> object:
    if "://" in source:
        return None
    found = Path(source).stat()
    return found.st_size, found.st_mtime_ns


def _refuse_command(words: str) -> None:
    """Refuse words that are no message to the service's agent, by which they would be charged."""
    tool = _TOOLS.get(classify_request(words).intent)
    if tool is not None:
        raise ValueError(f"{words!r} is no change of the film: call {tool}, which is free.")
