"""`worker`: works on the jobs that are begun in a database, here and on other machines."""

import asyncio
import importlib.util
import os
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from nemo_sdk.jobs import Job, Jobs, Status

from .app import command
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

Limit = int | None


@command(
    epilog="\b\nA fleet in three commands, the token in NEMO_TOKEN:\n"
    "  nemo-sdk worker --database postgresql://films@db/films --set-up\n"
    "  nemo-sdk worker --database postgresql://films@db/films --save-to films\n"
    "  nemo-sdk worker --database postgresql://films@db/films --list\n"
)
def worker(
    database: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            envvar="NEMO_DATABASE",
            help="postgresql://user:password@host/name; a password is safer in the variable.",
            show_default=False,
        ),
    ],
    save_to: Annotated[
        str | None,
        typer.Option(
            metavar="FOLDER",
            help="Films are saved there: a folder, or an address such as s3://bucket/films.",
            show_default=False,
        ),
    ] = None,
    at_once: Annotated[int, typer.Option(metavar="NUMBER", help="So many films at once.")] = 50,
    at_once_in_all: Annotated[
        Limit,
        typer.Option(metavar="NUMBER", help="So many at once of all workers.", show_default=False),
    ] = None,
    a_minute: Annotated[
        Limit,
        typer.Option(
            metavar="NUMBER", help="So many begun a minute by all workers.", show_default=False
        ),
    ] = None,
    queue: Annotated[
        str, typer.Option(metavar="NAME", help="The queue: one for each token has its limits.")
    ] = "films",
    drain: Annotated[
        float,
        typer.Option(metavar="SECONDS", help="Let films end so long when it is told to stop."),
    ] = 25.0,
    *,
    set_up: Annotated[
        bool, typer.Option("--set-up", help="Make the tables or bring them up to date, and end.")
    ] = False,
    check: Annotated[
        bool,
        typer.Option("--check", help="See that the database and its tables are there, and end."),
    ] = False,
    show: Annotated[
        bool, typer.Option("--list", help="List what runs, waits and failed, and end.")
    ] = False,
) -> None:
    """Work on the jobs that are begun in a database. SIGTERM ends it when its films are done."""
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
    since = datetime.fromisoformat(one.record.begun).astimezone()
    reason = str(one.error) if one.error is not None else one.message
    words = " ".join(one.words[:40].split())
    return f"{one.status:8} {since:%Y-%m-%d %H:%M}  {one.id}  {one.owner:10} {words}  {reason}"
