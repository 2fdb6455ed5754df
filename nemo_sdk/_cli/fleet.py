"""`worker`: works on the jobs that are begun in a database, here and on other machines."""

import asyncio
import importlib.util
import os
from typing import TYPE_CHECKING

from nemo_sdk.jobs import Job, Jobs, Status

from .lines import moment, one_line
from .logs import show_log
from .running import client_for, polite_kills
from .terminal import terminal
from .working import facts_of_job

if TYPE_CHECKING:
    from nemo_sdk.fleet import PostgresStore, Worker

__all__ = ["worker"]

_PATIENCE = 5.0
"""Seconds that a command waits for a database: a person is looking on."""
_SHOWN: tuple[Status, ...] = ("running", "waiting", "failed", "unknown")
"""What is listed one by one, and in which order."""


def worker(
    database: str,
    save_to: str | None,
    at_once: int,
    at_once_in_all: int | None,
    a_minute: int | None,
    queue: str,
    drain: float,
    *,
    set_up: bool,
    check: bool,
    show: bool,
) -> None:
    """Work on jobs until it is told to stop, make or check the tables, or list what is there."""
    if importlib.util.find_spec("procrastinate") is None:
        raise ModuleNotFoundError("A worker needs more packages: pip install 'nemo-sdk[fleet]'")
    if set_up:
        asyncio.run(_set_up(database))
    elif check:
        asyncio.run(_check(database))
    elif show:
        asyncio.run(_list(database, queue))
    else:
        limits = {"at_once": at_once, "at_once_in_all": at_once_in_all, "a_minute": a_minute}
        asyncio.run(_work(database, queue, save_to, drain, limits))


async def _set_up(database: str) -> None:
    async with _store(database) as store:
        added = await store.set_up()
    words = f"The tables are there, {len(added)} steps were made."
    terminal.result("set_up", {"added": added}, words)


async def _check(database: str) -> None:
    async with _store(database) as store:
        await store.load("")
    terminal.result("check", {"ok": True}, "The database and its tables are there.")


async def _list(database: str, queue: str) -> None:
    async with (
        client_for(emulator=False, strict=True) as client,
        _store(database, queue) as store,
        Jobs(client, store=store) as jobs,
    ):
        counts = await store.counts()
        shown = [one for status in _SHOWN for one in await jobs.list(status)]
        told = ", ".join(f"{status} {count}" for status, count in counts.items())
        words = "\n".join([told or "There is no job.", *map(_line, shown)])
        facts = {"counts": counts, "jobs": [facts_of_job(one) for one in shown]}
        terminal.result("jobs", facts, words)


async def _work(
    database: str, queue: str, save_to: str | None, drain: float, limits: dict[str, int | None]
) -> None:
    from nemo_sdk.fleet import PostgresStore, Worker  # noqa: PLC0415 - an extra

    os.environ.setdefault("NEMO_LOG", "warning")  # nobody looks on: what is odd is to be read later
    show_log(debug=False)
    async with (
        client_for(emulator=False, strict=True) as client,
        PostgresStore(database, queue=queue) as store,
    ):
        made = Worker(client, store, save_to=save_to, drain=drain, **limits)  # type: ignore[arg-type]
        _stop_when_killed(made)
        terminal.note(f"Working on the queue {queue}; Ctrl-C or SIGTERM ends it.")
        await made.run()


def _stop_when_killed(worker: "Worker") -> None:
    for kill in polite_kills():
        asyncio.get_running_loop().add_signal_handler(kill, worker.stop)


def _store(database: str, queue: str = "films") -> "PostgresStore":
    from nemo_sdk.fleet import PostgresStore  # noqa: PLC0415 - an extra

    return PostgresStore(database, queue=queue, patience=_PATIENCE)


def _line(one: Job) -> str:
    reason = str(one.error) if one.error is not None else one.message
    what = f"{one.status:8} {moment(one.record.begun)}  {one.id}"
    return f"{what}  {one.owner:10} {one_line(one.words, 40)}  {reason}"
