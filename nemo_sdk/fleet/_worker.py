"""A worker: takes jobs from the queue, many at once, until it is told to stop."""

import asyncio
import logging
import math
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import procrastinate
from procrastinate.exceptions import ConnectorException

from nemo_sdk import NemoClient, __version__
from nemo_sdk._config.settings import check_count
from nemo_sdk._generation.film_folder import FilmFolder
from nemo_sdk._transfer.file_systems import is_address
from nemo_sdk.jobs import Jobs, Record

from ._database import CONNECTED, as_expected, lasting
from ._delivery import TASK, PatientConnector
from ._limits import Limits
from ._manager import Manager
from ._store import PostgresStore

__all__ = ["Worker"]

log = logging.getLogger("nemo_sdk")
_POLL = 2.0
"""Seconds between two looks for what may be begun, where nothing was told meanwhile."""
_PATIENCE = 5.0
"""Seconds that the queue waits for a connection, before it looks whether to go on waiting."""
_AGAIN = 30
"""Seconds after which a job is delivered again that could not be worked on."""


class Worker:
    """Works on the jobs that are begun in a store, on this and other machines.

    Each job is delivered at least once, and its message sent at most once: a worker that dies,
    freezes or is stopped leaves its jobs to the others, which go on from where they stand.

    Args:
        client: The client to work with; the caller enters and closes it.
        store: Where the jobs are; its queue is the one that is served.
        save_to: A folder that films are saved into, or an address for fsspec, such as
            ``s3://bucket/films``; None where the program saves them itself.
        at_once: How many jobs are worked on here at once.
        at_once_in_all: How many jobs of the queue are worked on at once by all workers; None for
            no limit of that kind.
        a_minute: How many jobs of the queue are begun within any minute by all workers; None for
            no limit of that kind.
        drain: Seconds that running jobs are given to end when the worker stops; what has not
            ended then is handed to another worker.
        stalled: Seconds without a sign of life after which another worker is taken for dead.
        beat: Seconds between two signs of life of this one; a third of `stalled` or less.

    Raises:
        ValueError: A limit is no whole number above 0, a time is none, the store has no queue, or
            films cannot be saved at such an address.
    """

    def __init__(
        self,
        client: NemoClient,
        store: PostgresStore,
        *,
        save_to: str | os.PathLike[str] | None = None,
        at_once: int = 50,
        at_once_in_all: int | None = None,
        a_minute: int | None = None,
        drain: float = 25.0,
        stalled: float = 30.0,
        beat: float = 10.0,
    ) -> None:
        if store.queue is None:
            raise ValueError("A worker serves a queue: PostgresStore(dsn, queue=...) has a name.")
        limits = {"at_once": at_once, "at_once_in_all": at_once_in_all, "a_minute": a_minute}
        for name, limit in limits.items():
            if limit is not None:
                check_count(limit, name, 1)
        if not 0 <= drain < math.inf:
            raise ValueError("drain must be a number of seconds, 0 or more.")
        if not 0 < beat < stalled:
            raise ValueError("beat must be above 0 and below stalled: a third of it or less.")
        self._client = client
        self._store = store
        self._queue = store.queue
        self._save_to = save_to
        self._at_once = at_once
        self._jobs = Jobs(client, store=store, save_to=save_to, at_once=at_once)
        self._limits = Limits(store.queue, at_once_in_all, a_minute, stalled)
        self._drain = drain
        self._stalled = stalled
        self._beat = beat
        self._serving: asyncio.Task[None] | None = None
        self._is_stopping = False
        self._waits_until = math.inf
        self._versions = {__version__}

    async def run(self) -> None:
        """Work until `stop` is called or this is cancelled; then hand over what has not ended.

        Raises:
            NemoError: The database has no tables yet, or older ones, or its user may not use them.
            ConnectionError: The database cannot be used.
            OSError: No film can be written into the folder.
        """
        if self._is_stopping:
            return
        serving = self._serving = asyncio.create_task(self._work_until_stopped())
        try:
            await asyncio.wait([serving])
        except asyncio.CancelledError:
            self.stop()
            await asyncio.wait([serving])
            raise
        if not serving.cancelled():
            serving.result()

    def stop(self) -> None:
        """Begin nothing more, and have `run` return when what runs has ended or is handed over.

        A database that is away is waited for as long as `drain` says, and no longer.
        """
        if self._is_stopping:
            return
        self._is_stopping = True
        if self._serving is not None:
            self._waits_until = self._serving.get_loop().time() + self._drain
            self._serving.cancel()

    async def _work_until_stopped(self) -> None:
        if self._client.account.kind == "anonymous":
            log.warning("an anonymous account belongs to this machine: give each worker one token")
        if self._save_to is not None and not is_address(self._save_to):
            await FilmFolder(self._save_to).open()
        await self._store.load("")  # the tables are there
        async with self._jobs as jobs, self._app(jobs) as app:
            await self._serve(app)

    @asynccontextmanager
    async def _app(self, jobs: Jobs) -> AsyncIterator[procrastinate.App]:
        loop = asyncio.get_running_loop()
        connector = PatientConnector(
            lambda: loop.time() < self._waits_until,
            conninfo=self._store.dsn,
            min_size=0,  # with more, it would be opened within that time, or not at all
            max_size=4,
            timeout=_PATIENCE,
            kwargs=CONNECTED,
            configure=as_expected,
        )
        app = procrastinate.App(connector=connector)
        manager = Manager(connector, self._store.database, self._limits, self._stalled)
        app.job_manager = manager

        @app.task(name=TASK, pass_context=True, retry=_Again())
        async def work(context: procrastinate.JobContext, id: str) -> None:
            entry = context.job.id or 0
            manager.working.add(entry)
            try:
                await self._work(jobs, id)
            finally:
                manager.working.discard(entry)

        async with app.open_async():
            watching = asyncio.create_task(manager.watch(self._beat))
            try:
                yield app
            finally:
                watching.cancel()
                await asyncio.wait([watching])

    async def _serve(self, app: procrastinate.App) -> None:
        while not self._is_stopping:
            try:
                await app.run_worker_async(
                    queues=[self._queue],
                    concurrency=self._at_once,
                    fetch_job_polling_interval=min(_POLL, self._beat),
                    shutdown_graceful_timeout=self._drain,
                    delete_jobs="successful",
                    install_signal_handlers=False,
                    update_heartbeat_interval=self._beat,
                    stalled_worker_timeout=self._stalled,
                )
            except (
                ConnectorException,
                ConnectionError,
            ) as error:  # others took it for dead, or the database is away
                if (failure := lasting(error.__cause__)) is not None:
                    raise failure from error
                log.warning("the worker begins anew: %s", error.__cause__ or error)
                await asyncio.sleep(min(_POLL, self._beat))

    async def _work(self, jobs: Jobs, id: str) -> None:
        record = await self._store.load(id)
        if record is None or record.ended:  # forgotten, or delivered once more
            return
        self._check(record)
        try:
            ended = await jobs.run(id)
        except ValueError as error:  # of another service
            log.error("job %s is left: %s", id, error)  # noqa: TRY400 - a sentence says all
            raise
        log.info("job %s: %s", id, ended.status)

    def _check(self, record: Record) -> None:
        """Say so where another version of the library has begun a job."""
        if record.version not in self._versions:
            self._versions.add(record.version)
            log.warning(
                "job %s was written by nemo_sdk %s, this worker is %s: bring them to one version",
                record.id,
                record.version,
                __version__,
            )


class _Again(procrastinate.BaseRetryStrategy):
    """Delivers again what was not worked on to its end: at once where the worker was stopped."""

    def get_retry_decision(
        self, *, exception: BaseException, job: object
    ) -> procrastinate.RetryDecision:
        del job
        if isinstance(exception, asyncio.CancelledError):
            return procrastinate.RetryDecision()
        return procrastinate.RetryDecision(retry_in={"seconds": _AGAIN})
