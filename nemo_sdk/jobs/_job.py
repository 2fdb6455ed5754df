"""A job as programs hold it."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from typing import Any, Protocol

from nemo_sdk import Checkpoint, Progress, Reply, Video
from nemo_sdk._transfer.file_systems import is_address

from . import _errors, _replies
from ._record import Record, Status

__all__ = ["Desk", "Job"]


class Desk(Protocol):
    """What a job needs of those who work on it."""

    async def read(self, id: str) -> Record | None:
        """Return what the store knows of a job."""
        ...

    async def follow(self, job: "Job") -> None:
        """Return when the job's record may have changed."""
        ...

    async def cancel(self, job: "Job") -> None:
        """End a job."""
        ...

    def video_of(self, record: Record) -> Video | None:
        """Return a job's film."""
        ...


class Job:
    """One film or one edit; `jobs.film(...)`, `edit(...)`, `get(id)` and `list()` give it.

    What it tells is what was known when it was last looked at: it is kept up to date while it is
    worked on here or waited for, and `await job` looks again.
    """

    def __init__(self, desk: Desk, record: Record) -> None:
        self._desk = desk
        self._record = record
        self._video: Video | None = None
        self._error: BaseException | None = None

    def __repr__(self) -> str:
        return f"Job(id={self.id!r}, status={self.status!r}, words={self.words[:60]!r})"

    def __await__(self) -> Generator[Any, None, "Job"]:
        return self._looked_at().__await__()

    @property
    def id(self) -> str:
        """The same for whoever asks for the same."""
        return self._record.id

    @property
    def status(self) -> Status:
        """waiting, running, done, failed, unknown or cancelled."""
        return self._record.status

    @property
    def stage(self) -> str:
        """session, upload, message, render or done."""
        return self._record.stage

    @property
    def fraction(self) -> float:
        """How far it is, 0 to 1."""
        return self._record.fraction

    @property
    def message(self) -> str:
        """A line for people on how far it is."""
        return self._record.message

    @property
    def words(self) -> str:
        """What was asked for."""
        return self._record.words

    @property
    def owner(self) -> str:
        """Whose it is, in the program's own terms."""
        return self._record.owner

    @property
    def session_id(self) -> str | None:
        """The session that it is made in; None before there is one."""
        return self._record.session_id

    @property
    def checkpoint(self) -> Checkpoint | None:
        """From where it is gone on with; None until its message was about to leave."""
        return self._record.checkpoint

    @property
    def reply(self) -> Reply | None:
        """The agent's answer, when there is one."""
        return None if self._record.reply is None else _replies.from_facts(self._record.reply)

    @property
    def video(self) -> Video | None:
        """The film, when it is ready; an edit has none until its session is exported."""
        if self._video is None:
            self._video = self._desk.video_of(self._record)
        return self._video

    @property
    def saved(self) -> Path | str | None:
        """The file that the film was saved as: its path, or its address in a store."""
        saved = self._record.saved
        return saved if saved is None or is_address(saved) else Path(saved)

    @property
    def error(self) -> BaseException | None:
        """What ended it, if something did."""
        if self._error is None and self._record.error is not None:
            self._error = _errors.from_facts(self._record.error)
        return self._error

    @property
    def spent(self) -> float | None:
        """Credits that left the account meanwhile.

        None where it is not known: before the end, and where something else was charged meanwhile.
        """
        return self._record.spent

    @property
    def record(self) -> Record:
        """All of it as one value, as the store keeps it."""
        return self._record

    def to_dict(self) -> dict[str, Any]:
        """Return what is known as a value for `json.dumps`."""
        return self._record.to_dict()

    async def wait(self, timeout: float | None = None) -> "Job":
        """Wait until it has ended, wherever it is worked on.

        Args:
            timeout: The most seconds to wait; None for no limit. It ends the wait, never the job.

        Returns:
            The job; `status` says whether it has ended.
        """
        try:
            async with asyncio.timeout(timeout):
                while not self._record.ended:
                    await self._desk.follow(self)
        except TimeoutError:
            pass
        return self

    async def progress(self, every: float = 2.0) -> AsyncGenerator[Progress, None]:
        """Tell how far it is, when that has changed, until it has ended.

        Args:
            every: Seconds that lie between two of them at least.

        Yields:
            `Progress`; the last one is that of the end.
        """
        told: Progress | None = None
        while True:
            now, ended = self._record.progress, self._record.ended
            if told is None or _shown(now) != _shown(told):
                told = now
                yield now
            if ended:
                return
            await self._desk.follow(self)
            if not self._record.ended:
                await self.wait(every)

    async def cancel(self) -> None:
        """End it, here and in the service as far as that can be: its render as well.

        A message that has left stays charged.
        """
        await self._desk.cancel(self)

    def take(self, record: Record) -> None:
        """Take what is known now."""
        self._record = record
        self._error = None

    async def _looked_at(self) -> "Job":
        record = await self._desk.read(self.id)
        if record is None:
            raise LookupError(f"There is no job {self.id!r}.")
        self.take(record)
        return self


def _shown(progress: Progress) -> tuple[str, str, int]:
    return progress.stage, progress.message, int(progress.fraction * 100)
