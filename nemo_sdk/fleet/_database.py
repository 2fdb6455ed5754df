"""A PostgreSQL database that may be gone for a while: what fails for that is done again."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, LiteralString, TypeVar

import psycopg
import tenacity
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from nemo_sdk import NemoError
from nemo_sdk._secret import hidden

from ._address import check_address

__all__ = [
    "CONNECTED",
    "Connection",
    "Database",
    "Row",
    "as_expected",
    "is_passing",
    "lasting",
    "patiently",
]

log = logging.getLogger("nemo_sdk")
T = TypeVar("T")
Row = dict[str, Any]
Connection = psycopg.AsyncConnection[Row]
Pool = AsyncConnectionPool[Connection]

CONNECT = 30.0
"""Seconds to wait for a connection: shorter, and an outage of some seconds ends who waits."""
_PASSING = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.IdleInTransactionSessionTimeout,  # this process was frozen
    psycopg.errors.ReadOnlySqlTransaction,  # a replica that is about to take over
)
_NOT_SET_UP = (
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedColumn,
    psycopg.errors.UndefinedFunction,
)
CONNECTED: dict[str, Any] = {"prepare_threshold": None, "client_encoding": "utf8"}
"""How a connection is made, whatever the environment says of texts. It leaves no statement in its
session: a pooler such as PgBouncer may give that to somebody else after each transaction."""
IDLE = 5000
"""Milliseconds that a transaction may stand still: others wait for that of a frozen process."""
_LIMIT = "SELECT set_config('idle_in_transaction_session_timeout', %s, true)"
_LONGEST_PAUSE = 2.0


def is_passing(error: BaseException | None) -> bool:
    """Whether an error is of a database that is away, and may be back."""
    return isinstance(error, _PASSING)


def lasting(error: BaseException | None) -> NemoError | None:
    """Return what a person has to be told of an error that no waiting mends; None for others."""
    if isinstance(error, _NOT_SET_UP):
        return NemoError(
            "The database has no tables for jobs yet, or those of an older version: run "
            "'nemo-sdk worker --set-up' once."
        )
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return NemoError(
            f"The database does not let its user do that ({_words_of(error)}): grant it, or take "
            "the user that owns the tables."
        )
    return None


async def patiently(
    work: Callable[[], Awaitable[T]],
    patience: float | None,
    is_passing: Callable[[BaseException], bool] = is_passing,
) -> T:
    """Do something, and again while the database is away.

    Args:
        work: It has to be right to do it twice.
        patience: The most seconds; None for no limit.
        is_passing: Whether an error tells that the database is away.
    """

    def tell(state: tenacity.RetryCallState) -> None:
        if state.attempt_number == 2:  # the first may be a connection that was closed meanwhile
            error = state.outcome and state.outcome.exception()
            log.warning("the database cannot be used, waiting: %s", error and _words_of(error))

    retrying = tenacity.AsyncRetrying(
        retry=tenacity.retry_if_exception(is_passing),
        wait=tenacity.wait_random_exponential(multiplier=0.05, max=_LONGEST_PAUSE),
        stop=tenacity.stop_never if patience is None else tenacity.stop_after_delay(patience),
        before_sleep=tell,
        reraise=True,
        sleep=asyncio.sleep,
    )

    async def attempt() -> T:  # tenacity knows a coroutine by its function
        return await _cancelled_with(work)

    done: T = await retrying(attempt)
    return done


async def _cancelled_with(work: Callable[[], Awaitable[T]]) -> T:
    """Do something; where this is cancelled meanwhile, that is how it ends.

    Pools wait by `asyncio.wait_for`, which loses a cancellation now and then on Python 3.11.
    """
    task = asyncio.current_task()
    before = task.cancelling() if task else 0
    try:
        return await work()
    finally:
        if task is not None and task.cancelling() > before:
            await asyncio.sleep(0)  # a scope of anyio cancels again, in words that it knows
            raise asyncio.CancelledError


class Database:
    """Connections to one database, opened where they are needed, and again after closing.

    Args:
        dsn: Where it is: postgresql://user@host/name.
        patience: Seconds for which a database that is away is waited for.
        size: How many connections at most.

    Attributes:
        dsn: The same; what shows the values of a frame does not show its password.

    Raises:
        ValueError: This is no address of a database.
    """

    def __init__(self, dsn: str, *, patience: float, size: int) -> None:
        self.dsn: str = hidden(check_address(dsn))
        self._patience = patience
        self._size = size
        self._pool: Pool | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._opening = asyncio.Lock()

    async def rows(self, statement: LiteralString, **values: Any) -> list[Row]:
        """Return what one statement gives; it may be run twice where its answer is lost."""

        async def run(connection: Connection) -> list[Row]:
            return await _rows(connection, statement, values)

        return await self.work(run)

    async def transaction(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Do some work in one transaction: all of it or nothing, and again where that is lost."""

        async def run(connection: Connection) -> T:
            async with connection.transaction():
                await connection.execute(_LIMIT, [str(IDLE)])
                return await work(connection)

        return await self.work(run)

    async def work(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Do some work on a connection, each statement by itself.

        Raises:
            NemoError: The database has no tables yet, or older ones, or its user may not do that.
            ConnectionError: It is away for longer than is waited for.
        """

        async def run() -> T:
            async with (await self._opened()).connection() as connection:
                return await work(connection)

        try:
            return await patiently(run, self._patience)
        except _PASSING as error:
            raise ConnectionError(f"The database cannot be used: {_words_of(error)}") from error
        except psycopg.Error as error:
            if (failure := lasting(error)) is None:
                raise
            raise failure from error

    async def aclose(self) -> None:
        """Close all connections; the next call opens new ones."""
        pool, self._pool = self._pool, None
        if pool is not None and self._loop is asyncio.get_running_loop():
            await pool.close()

    async def _opened(self) -> Pool:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self._opening, self._pool = loop, asyncio.Lock(), None
        async with self._opening:
            if self._pool is None:
                await _check(self.dsn)
                pool = _new_pool(self.dsn, self._size, min(CONNECT, self._patience))
                await pool.open()
                self._pool = pool
        return self._pool


async def _check(dsn: str) -> None:
    """Connect once: a pool tells that it has no connection, and not why."""
    connection = await psycopg.AsyncConnection.connect(dsn, connect_timeout=int(CONNECT))
    await connection.close()


def _new_pool(dsn: str, size: int, timeout: float) -> Pool:
    """Return a pool of connections on which each statement is a transaction of its own."""
    return AsyncConnectionPool(
        dsn,
        min_size=1,
        max_size=size,
        timeout=timeout,
        kwargs={**CONNECTED, "autocommit": True, "row_factory": dict_row},
        configure=as_expected,
        open=False,
    )


async def as_expected(connection: psycopg.AsyncConnection[Any]) -> None:
    """Have a new connection work as is expected here, whatever the database's defaults are.

    Each statement of a transaction sees what others have committed: who has waited for a lock
    would count what was there before it. And psycopg reads no dates but ISO's.
    """
    await connection.set_isolation_level(psycopg.IsolationLevel.READ_COMMITTED)
    await connection.execute("SET datestyle TO 'ISO'")
    await connection.commit()


async def _rows(
    connection: Connection, statement: LiteralString, values: dict[str, Any]
) -> list[Row]:
    cursor = await connection.execute(statement, values)
    return await cursor.fetchall() if cursor.description else []


def _words_of(error: BaseException) -> str:
    """Return what an error says, on one line."""
    words = str(error.__cause__ or error).strip().splitlines()
    return words[0] if words else type(error).__name__
