"""`generate` and `resume`: the way to a film, gone on with where it was stopped."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import attrs
import typer

from nemo_sdk._cli.app import Format, Output, Quality, WithEmulator, app
from nemo_sdk._cli.journal import Entry, Journal
from nemo_sdk._cli.running import run
from nemo_sdk._cli.saving import check_target, free_path, output_format, save
from nemo_sdk._cli.terminal import terminal
from nemo_sdk._client import NemoClient
from nemo_sdk._generation import Generation
from nemo_sdk.exceptions import APIError, NemoError
from nemo_sdk.models import Checkpoint, Credits

__all__ = ["generate", "resume"]


@app.command(
    epilog="\b\nExamples:\n"
    '  nemo-sdk generate "a cat walking through a snowy forest" -o cat.mp4\n'
    '  nemo-sdk generate "cut these to ten seconds" -f a.mov -f https://host/b.mp4\n'
    '  nemo-sdk generate "一只猫走过雪林" --language zh --quality medium -o cat.webm\n'
    '  nemo-sdk --json generate "a fox" | jq -r .path\n'
)
def generate(
    prompt: Annotated[str, typer.Argument(help="What the video is to show.", show_default=False)],
    output: Output = None,
    file: Annotated[
        list[str] | None,
        typer.Option(
            "--file",
            "-f",
            help="A file or an address to make it of; may be repeated.",
            show_default=False,
        ),
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(help="A code such as en; by default the prompt's.", show_default=False),
    ] = None,
    format: Format = None,
    quality: Quality = "high",
    *,
    emulator: WithEmulator = False,
) -> None:
    """Make a video of a prompt and save it. Costs about 100 credits.

    Without -o, the film is named after the prompt. After Ctrl-C, 'nemo-sdk resume' goes on with it,
    and it is not charged again.
    """
    container = output_format(format, output)
    target = check_target(output or free_path(prompt, container))
    entry = Entry(Checkpoint(prompt=prompt), str(target))
    journal = None if emulator else Journal()

    async def work(client: NemoClient) -> None:
        generation = client.generate(
            prompt,
            files=file or (),
            language=language,
            format=container,
            quality=quality,
            on_checkpoint=_keeper(journal, entry),
        )
        await _finish(client, generation, entry, journal)

    run(work, emulator=emulator)


def _ids(incomplete: str) -> list[str]:
    return [entry.id for entry in Journal() if entry.id.startswith(incomplete)]


@app.command()
def resume(
    entry_id: Annotated[
        str | None,
        typer.Argument(
            metavar="ID",
            help="One of those that are listed.",
            show_default=False,
            autocompletion=_ids,
        ),
    ] = None,
    output: Output = None,
    *,
    forget: Annotated[bool, typer.Option("--forget", help="Only take it off the list.")] = False,
) -> None:
    """List the generations that did not end, or go on with one. Nothing is charged twice."""
    journal = Journal()
    if entry_id is None:
        _list(journal)
        return
    entry = journal.find(entry_id)
    if forget:
        journal.forget(entry)
        return
    entry = attrs.evolve(entry, output=str(check_target(output or Path(entry.output))))

    async def work(client: NemoClient) -> None:
        generation = client.resume(entry.checkpoint, on_checkpoint=_keeper(journal, entry))
        await _finish(client, generation, entry, journal)

    run(work)


def _keeper(journal: Journal | None, entry: Entry) -> Callable[[Checkpoint], None]:
    def keep(checkpoint: Checkpoint) -> None:
        if journal is not None:
            journal.keep(attrs.evolve(entry, checkpoint=checkpoint))
            if checkpoint.stage in {"message", "render"}:
                terminal.advice = f"Go on with it: nemo-sdk resume {entry.id}"

    return keep


async def _finish(
    client: NemoClient, generation: Generation, entry: Entry, journal: Journal | None
) -> None:
    """Follow a generation to its film, save that, and say what it cost."""
    before = await _balance(client)
    try:
        await terminal.follow(generation.progress(every=0.5))
        cost = await _cost(client, before)
        await save(await generation, Path(entry.output), cost=cost)
    except (Exception, asyncio.CancelledError) as error:
        if journal is not None and _was_free(generation, error):
            journal.forget(entry)
            terminal.advice = ""
        raise
    if journal is not None:
        journal.forget(entry)


def _was_free(generation: Generation, error: BaseException) -> bool:
    """Whether the generation ended before anything was charged: there is nothing to go on with."""
    refused = isinstance(error, APIError) and generation.reply is None
    stage = generation.checkpoint.stage
    return stage in {"session", "upload"} or (stage == "message" and refused)


async def _balance(client: NemoClient) -> Credits | None:
    try:
        return await client.credits()
    except NemoError:
        return None


async def _cost(client: NemoClient, before: Credits | None) -> float | None:
    """Return what has left the account meanwhile, as far as the balance tells."""
    after = await _balance(client)
    if before is None or after is None:
        return None
    return (before.available + before.frozen) - (after.available + after.frozen)


def _list(journal: Journal) -> None:
    entries = list(journal)
    lines = [
        f"{one.id}  {one.at}  {one.checkpoint.stage:8}  {_one_line(one.checkpoint.prompt)}"
        for one in entries
    ]
    values = {
        "unfinished": [
            {"id": one.id, "at": one.at, "output": one.output, **attrs.asdict(one.checkpoint)}
            for one in entries
        ]
    }
    terminal.result(values, "\n".join(lines) or "No generation is unfinished.")


def _one_line(prompt: str) -> str:
    return " ".join(prompt[:60].split())
