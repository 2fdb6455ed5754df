"""`resume`: generations that did not end, listed, gone on with, or forgotten."""

from datetime import datetime
from typing import Annotated, Any

import attrs
import typer

from nemo_sdk import NemoClient

from .app import command
from .journal import Entry, Journal
from .making import Keeper, finish
from .options import Output
from .running import run, service_address
from .targets import container_of, target_of
from .terminal import terminal

__all__ = ["resume"]


def _ids(incomplete: str) -> list[tuple[str, str]]:
    return [
        (entry.id, _one_line(entry.checkpoint.prompt))
        for entry in Journal()
        if entry.id.startswith(incomplete)
    ]


@command()
def resume(
    entry_id: Annotated[
        str | None,
        typer.Argument(
            metavar="ID",
            help="One of those that are listed; its first letters are enough.",
            show_default=False,
            autocompletion=_ids,
        ),
    ] = None,
    output: Output = None,
    *,
    last: Annotated[bool, typer.Option("--last", help="The latest one.")] = False,
    forget: Annotated[bool, typer.Option("--forget", help="Only take it off the list.")] = False,
) -> None:
    """List the generations that did not end, or go on with one. Nothing is charged twice."""
    journal = Journal()
    if entry_id is not None and last:
        raise typer.BadParameter("Give an ID or --last, not both.")
    if entry_id is not None or last:
        entry = journal.last() if entry_id is None else journal.find(entry_id)
        with journal.running(entry):
            _forget(journal, entry) if forget else _go_on(journal, entry, output)
    elif forget or output is not None:
        raise typer.BadParameter("Say which generation: give its ID, or --last.")
    else:
        _list(journal)


def _go_on(journal: Journal, entry: Entry, output: str | None) -> None:
    _check_service(entry)
    container_of(output, entry.checkpoint.format)
    if output is not None:
        target = target_of(output, entry.checkpoint.prompt, entry.checkpoint.format)
        entry = attrs.evolve(entry, output=str(target.path), named=target.named)
    entry.target.check()
    keeper = Keeper(entry, journal)
    keeper.show_way()

    async def work(client: NemoClient) -> None:
        generation = client.resume(entry.checkpoint, on_checkpoint=keeper)
        await finish(client, generation, entry, keeper)

    run(work, strict=True)


def _check_service(entry: Entry) -> None:
    here = service_address()
    if entry.service not in {"", here}:
        raise ValueError(
            f"Generation {entry.id} was begun at {entry.service}, and commands go to {here} now: "
            f"set NEMO_API_URL={entry.service} to go on with it."
        )


def _forget(journal: Journal, entry: Entry) -> None:
    journal.forget(entry)
    words = f"Forgotten: {entry.id}, {_one_line(entry.checkpoint.prompt)}"
    terminal.result("forgotten", {"id": entry.id}, words)


def _list(journal: Journal) -> None:
    entries = [(entry, journal.is_running(entry)) for entry in journal]
    values = [_values(entry, running=running) for entry, running in entries]
    lines = [_line(entry, running=running) for entry, running in entries]
    words = "\n".join(lines) or "No generation is unfinished."
    terminal.result("unfinished", {"unfinished": values}, words)


def _values(entry: Entry, *, running: bool) -> dict[str, Any]:
    kept = attrs.asdict(entry.checkpoint)
    known = {"id": entry.id, "at": entry.at, "output": entry.output, "service": entry.service}
    return {**known, "running": running, **kept}


def _line(entry: Entry, *, running: bool) -> str:
    at = datetime.fromisoformat(entry.at).astimezone()
    where = "running" if running else entry.checkpoint.stage
    return f"{entry.id}  {at:%Y-%m-%d %H:%M}  {where:8}  {_one_line(entry.checkpoint.prompt)}"


def _one_line(prompt: str) -> str:
    return " ".join(prompt[:60].split())
