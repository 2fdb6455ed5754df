"""Begins jobs, joins them, and goes on with them."""

import asyncio
import inspect
import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import Self
from weakref import WeakValueDictionary

import attrs

from nemo_sdk import Event, Format, NemoClient, Quality
from nemo_sdk._concurrency.async_only import AsyncOnly
from nemo_sdk._concurrency.threads import in_thread
from nemo_sdk._config.settings import check_count
from nemo_sdk._export import check_output
from nemo_sdk._protocol.message import check_text
from nemo_sdk._transfer.sources import findable, is_named
from nemo_sdk._transfer.upload import Source, as_list

from ._desk import Desk
from ._file_store import FileStore
from ._files import check_files, is_stored
from ._identity import check_id, digests_of, identified, is_id
from ._job import Job
from ._job_list import JobList
from ._joining import joined, reopened
from ._queue import Queue
from ._record import Record, Status
from ._saved import check_place, place_of
from ._stores import Store, as_records, call

__all__ = ["Jobs"]

_AT_ONCE = 4


class Jobs(AsyncOnly):
    """Films and edits that are found again, by whoever asks, after whatever died.

    An async context manager. `film` and `edit` begin a job, or join the one that was begun by the
    same request: in this process or in another that has the same store. Leaving ends the work
    here; what was not done waits for `resume`, or for somebody who asks for it again.

    Args:
        client: The client to work with; the caller enters and closes it.
        store: Where jobs are kept; None for a `FileStore` beside the client id.
        save_to: A folder that films are saved into, or a store's address for fsspec, such as
            ``s3://bucket/films``; None where the program saves them itself.
        at_once: How many jobs are worked on here at once; more of them wait. With 0, they are
            begun here and worked on elsewhere, by whoever has the store. None for 4, or for 0
            where the store hands them to workers.
        each: How many of them one owner may have; None for no limit of that kind.

    Raises:
        ValueError: A limit is no whole number above 0, or films cannot be saved at such an address.
    """

    def __init__(
        self,
        client: NemoClient,
        *,
        store: Store | None = None,
        save_to: str | os.PathLike[str] | None = None,
        at_once: int | None = None,
        each: int | None = None,
    ) -> None:
        if at_once is None:
            at_once = 0 if getattr(store, "delivers", False) else _AT_ONCE
        most_of_one = None if each is None else check_count(each, "each", 1)
        queue = Queue(check_count(at_once, "at_once"), most_of_one)
        self._client = client
        self._store: Store = FileStore() if store is None else store
        self._desk = Desk(client, self._store, queue)
        self._works_here = at_once > 0
        self._is_shared = bool(getattr(self._store, "is_shared", False))
        self._save_in = None if save_to is None else place_of(save_to, here=self._works_here)
        self._beginning: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @property
    def client(self) -> NemoClient:
        """The client that works on them."""
        return self._client

    @property
    def store(self) -> Store:
        """Where they are kept."""
        return self._store

    async def __aenter__(self) -> Self:
        self._desk.is_open = True
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End the work here, as leaving does; what was not done can be gone on with."""
        self._desk.is_open = False
        await self._desk.stop()
        aclose = getattr(self._store, "aclose", None)
        if aclose is not None:
            await aclose()

    async def film(
        self,
        words: str,
        *,
        files: Sequence[Source] = (),
        language: str | None = None,
        format: Format = "mp4",
        quality: Quality = "high",
        owner: str = "",
        take: int = 1,
        save_as: str | os.PathLike[str] | None = None,
    ) -> Job:
        """Begin to make a film, or join whoever makes this very film.

        The same words, files (by their content), language, format, quality, owner and take are
        the same job: charged once, however often it is asked for. One that is done is joined for
        seven days.

        Args:
            words: What the film is to show.
            files: See `NemoClient.generate`. Addresses of other kinds than http(s) are opened
                through fsspec. Where other machines work on the store's jobs, they are addresses.
            language: See `NemoClient.generate`.
            format: See `NemoClient.generate`.
            quality: See `NemoClient.generate`.
            owner: Whose film it is, in the program's own terms: jobs of two owners are two jobs.
            take: 2, 3, … make the same once more.
            save_as: The file to save it as, or an address for fsspec, in place of a name in
                `save_to`; it is no part of what the job is.

        Returns:
            The `Job`, begun and not waited for.

        Raises:
            ValueError, TypeError: An argument cannot be right.
            OSError: A file cannot be read, the film not be saved as that file, or the store not
                be written; nothing was sent.
        """
        container, grade = check_output(format, quality)
        asked = Record(
            "",
            words=check_text(words),
            language=language,
            format=container,
            quality=grade,
            owner=owner,
            take=check_count(take, "take", 1),
            save_as=await self._place(save_as),
            save_in=self._save_in,
        )
        return await self._begin_or_join(asked, files)

    async def edit(
        self,
        session_id: str | None,
        words: str,
        *,
        files: Sequence[Source] = (),
        language: str | None = None,
        owner: str = "",
        take: int = 1,
        on_event: Callable[[Event], object] | None = None,
    ) -> Job:
        """Send a message to a session's agent, or join whoever sends this very message.

        The job is done when the agent has answered: `job.reply`.

        Args:
            session_id: The session; None for a new one, which the job makes.
            words: The message.
            files: What is uploaded before; see `film`.
            language: The language of a new session; None for that of the words.
            owner: Whose message it is, in the program's own terms.
            take: 2, 3, … send the same once more.
            on_event: Called (sync or async) with the turn's events, where this begins the job
                here: who joins hears none.

        Returns:
            The `Job`, begun and not waited for.

        Raises:
            ValueError, TypeError: An argument cannot be right.
            OSError: A file cannot be read, or the store not be written; nothing was sent.
        """
        if session_id is not None:
            session_id = self._client.session(session_id).id
        asked = Record(
            "",
            "edit",
            words=check_text(words),
            session_id=session_id,
            language=language,
            owner=owner,
            take=check_count(take, "take", 1),
        )
        return await self._begin_or_join(asked, files, on_event)

    def get(self, id: str) -> Job:
        """Return a job; `await jobs.get(id)` where the store's methods are coroutines.

        Args:
            id: Its id.

        Raises:
            LookupError: There is none.
        """
        if (job := self._desk.at_work(check_id(id))) is not None:
            return job
        if inspect.iscoroutinefunction(self._store.load):
            return Job(self._desk, Record(id))
        record = self._store.load(id)
        if record is None:
            raise LookupError(f"There is no job {id!r}.")
        return Job(self._desk, record)

    def list(self, status: Status | None = None, owner: str | None = None) -> JobList:
        """Return the jobs, in the order in which they were begun.

        Where the store's methods are coroutines: `await jobs.list()`.

        Args:
            status: Those of one status alone.
            owner: Those of one owner alone.

        Raises:
            ValueError: There is no such status.
        """
        found = JobList(self._desk, self._store, status, owner)
        if not inspect.iscoroutinefunction(self._store.list):
            found.take(self._store.list())
        return found

    async def resume(self, owner: str | None = None) -> Sequence[Job]:
        """Go on with every job that has not ended, and that nobody here works on.

        Those of the client's service alone: others are found by `list`.

        Args:
            owner: Those of one owner alone; None for all that are in the store, whichever program
                has begun them.

        Returns:
            Those that are gone on with; one that another process works on is followed.
        """
        return [
            await self.go_on(one.id)
            for one in as_records(await call(self._store.list))
            if not one.ended and one.service == self._client.base_url
            if owner in {None, one.owner} and not self._desk.at_work(one.id)
        ]

    async def go_on(self, id: str, *, save_as: str | os.PathLike[str] | None = None) -> Job:
        """Go on with one job, whatever has ended it; nothing is charged twice.

        Args:
            id: The job's id.
            save_as: The file to save its film as, in place of where it was to be.

        Returns:
            The job, not waited for; one that is done is returned as it is.

        Raises:
            LookupError: There is no such job.
            ValueError: It was begun at another service than the client's.
        """
        check_id(id)
        place = await self._place(save_as)
        record = await self._desk.change(id, lambda kept: in_thread(self._left, id, kept, place))
        if record.status == "done" or not self._works_here:
            return Job(self._desk, record)
        return await self._desk.begin(record)

    async def forget(self, id: str) -> None:
        """Drop what is kept of a job: asking for the same begins anew. It is ended before.

        Args:
            id: Its id; one that is not known is no error.

        Raises:
            NemoError: Another process works on it, and does not end that.
        """
        if is_id(id):
            async with self._alone(id):
                await self._desk.forget(id)

    async def run(self, id: str) -> Job:
        """Work on a job until it has ended: the whole body of a task of some queue.

        A task that is cancelled ends the work here, not the job.

        Args:
            id: The job's id.

        Returns:
            The job, ended.

        Raises:
            LookupError: There is no such job.
            ValueError: It was begun at another service than the client's, or nothing is worked on
                here (`at_once=0`).
        """
        if not self._works_here:
            raise ValueError("Nothing is worked on here: make these Jobs with at_once=1 or more.")
        record = await self._desk.read(check_id(id))
        if record is not None and record.status == "cancelled":
            return Job(self._desk, record)
        try:
            return await (await self.go_on(id)).wait()
        except asyncio.CancelledError:  # somebody else goes on with it
            await self._desk.stop(id)
            raise

    async def _place(self, save_as: str | os.PathLike[str] | None) -> str | None:
        if save_as is None:
            return None
        place = await in_thread(partial(place_of, save_as, here=self._works_here))
        if self._works_here:
            await in_thread(check_place, place)
        return place

    def _left(self, id: str, kept: Record | None, place: str | None) -> Record:
        """Return the record of a job that is to be gone on with."""
        if kept is None:
            raise LookupError(f"There is no job {id!r}.")
        record = self._desk.wanted(kept, place)
        if record.status == "done":
            return record
        if record.service not in {"", self._client.base_url}:
            raise ValueError(
                f"Job {id} was begun at {record.service}, and this goes to "
                f"{self._client.base_url}: set NEMO_API_URL={record.service} to go on with it."
            )
        placed = attrs.evolve(
            record,
            save_as=place or record.save_as,
            save_in=record.save_in or self._save_in,
        )
        return placed if kept.status == "done" else reopened(kept, placed)

    def _alone(self, id: str) -> asyncio.Lock:
        return self._beginning.setdefault(id, asyncio.Lock())

    async def _begin_or_join(
        self,
        asked: Record,
        files: Sequence[Source],
        on_event: Callable[[Event], object] | None = None,
    ) -> Job:
        self._desk.check_open()
        files = as_list(files)
        await in_thread(partial(check_files, files, here=self._works_here, shared=self._is_shared))
        if known := [file for file in files if not is_stored(file)]:
            await self._client.check_files(*known)
        asked = attrs.evolve(
            asked,
            files=findable(files),
            unnamed_files=not all(map(is_named, files)),
            service=self._client.base_url,
            digests=await digests_of(files),
        )
        asked = identified(asked)
        async with self._alone(asked.id):
            if (job := await self._desk.join(asked.id, asked.save_as)) is not None:
                return job
            record = await self._changed(asked)
            while record.over:
                await self._desk.renew(record, asked)
                record = await self._changed(asked)
            if record.status == "done" or not self._works_here:
                return Job(self._desk, record)
            return await self._desk.begin(record, files, on_event)

    async def _changed(self, asked: Record) -> Record:
        wanted = self._desk.wanted
        return await self._desk.change(
            asked.id, lambda kept: in_thread(joined, kept, asked, wanted)
        )
