"""The commands: each a thin layer over the library."""

import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import attrs
import typer

from nemo_sdk import __version__
from nemo_sdk._cli.journal import Entry, Journal
from nemo_sdk._cli.terminal import Terminal
from nemo_sdk._client import NemoClient
from nemo_sdk._generation import Generation
from nemo_sdk._video import Video
from nemo_sdk.events import ToolCall
from nemo_sdk.exceptions import NemoError
from nemo_sdk.models import Checkpoint, Credits, Timing

__all__ = ["run"]

T = TypeVar("T")
INTERRUPTED = 128 + signal.SIGINT

app = typer.Typer(
    name="nemo-sdk",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Make videos with NemoVideo: one prompt in, one finished film out.\n\n"
    "The token comes from NEMO_TOKEN; without one, an anonymous token is used and kept.",
)
_terminal = Terminal()

Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="The file to save the film as.")
]
Format = Annotated[str, typer.Option(help="mp4, mov, avi, webm or mkv.")]
Quality = Annotated[str, typer.Option(help="low, medium or high.")]
WithEmulator = Annotated[
    bool,
    typer.Option("--emulator", help="Use an emulator of the service, started for this command."),
]
SessionId = Annotated[str, typer.Argument(help="The session's id.", show_default=False)]


def run() -> int:
    """Run a command and return its code: 0, 1 for an error, 2 for wrong usage, 130 for Ctrl-C."""
    try:
        code = app(standalone_mode=False)
    except typer.Exit as ended:
        return int(ended.exit_code)
    except typer.Abort:
        return INTERRUPTED
    except (NemoError, OSError, ValueError, LookupError) as error:
        _terminal.error(str(error))
        return 1
    except KeyboardInterrupt:
        _terminal.note("Stopped.")
        return INTERRUPTED
    except Exception as error:
        usage = getattr(error, "format_message", None)
        if usage is None:
            raise
        _terminal.error(f"{usage()} See 'nemo-sdk --help'.")
        return 2
    return code if isinstance(code, int) else 0


def _version(wanted: bool) -> None:
    if wanted:
        _terminal.out.print(f"nemo-sdk {__version__}")
        raise typer.Exit


@app.callback()
def options(
    *,
    json: Annotated[bool, typer.Option("--json", help="Print results as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
    debug: Annotated[bool, typer.Option(help="Log each call on standard error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Take the options that every command has."""
    del version
    _terminal.as_json = json
    _terminal.quiet = quiet
    if debug:
        logging.basicConfig(format="%(message)s", stream=sys.stderr)
        logging.getLogger("nemo_sdk").setLevel(logging.DEBUG)


@app.command()
def generate(
    prompt: Annotated[str, typer.Argument(help="What the video is to show.", show_default=False)],
    output: Output = None,
    file: Annotated[
        list[str] | None, typer.Option("--file", "-f", help="A file or address to make it of.")
    ] = None,
    language: Annotated[str | None, typer.Option(help="A code such as en.")] = None,
    format: Format = "mp4",
    quality: Quality = "high",
    *,
    emulator: WithEmulator = False,
) -> None:
    """Make a video of a prompt and save it. Costs about 100 credits."""
    target = output or Path(f"video.{format}")

    async def work(client: NemoClient) -> None:
        journal = None if emulator else Journal()
        entry = Entry(Checkpoint(prompt=prompt), str(target.absolute()))
        generation = client.generate(
            prompt,
            files=file or (),
            language=language,
            format=format,
            quality=quality,
            on_checkpoint=_keeper(journal, entry),
        )
        await _finish(client, generation, entry, journal)

    _run(work, emulator=emulator)


@app.command()
def resume(
    entry_id: Annotated[str | None, typer.Argument(metavar="[ID]", show_default=False)] = None,
    output: Output = None,
) -> None:
    """List the generations that did not end, or go on with one. Nothing is charged twice."""
    journal = Journal()
    if entry_id is None:
        _list(journal)
        return
    entry = journal.find(entry_id)
    if output is not None:
        entry = attrs.evolve(entry, output=str(output.absolute()))

    async def work(client: NemoClient) -> None:
        generation = client.resume(entry.checkpoint, on_checkpoint=_keeper(journal, entry))
        await _finish(client, generation, entry, journal)

    _run(work)


@app.command("credits")
def show_credits() -> None:
    """Show the account's credits."""

    async def work(client: NemoClient) -> None:
        balance = await client.credits()
        words = (
            f"{balance.available:g} available, {balance.frozen:g} frozen, {balance.total:g} total"
        )
        _terminal.result(attrs.asdict(balance), words)

    _run(work)


@app.command()
def state(session_id: SessionId) -> None:
    """Show a session's timeline."""

    async def work(client: NemoClient) -> None:
        now = await client.session(session_id).state()
        values = {"session_id": session_id, "task_id": now.task_id, "draft": now.draft}
        _terminal.result(values, now.timeline.summary())

    _run(work)


@app.command()
def upload(
    session_id: SessionId,
    files: Annotated[list[str], typer.Argument(help="Files or addresses.", show_default=False)],
) -> None:
    """Upload files into a session."""

    async def work(client: NemoClient) -> None:
        done = await client.session(session_id).upload(*files)
        words = "\n".join(f"{one.filename} ({one.file_type})" for one in done.files)
        _terminal.result(attrs.asdict(done), words)

    _run(work)


@app.command()
def edit(
    session_id: SessionId,
    text: Annotated[str, typer.Argument(help="What to change.", show_default=False)],
) -> None:
    """Send one message to a session's agent and print its reply. Costs about 50 credits."""

    async def work(client: NemoClient) -> None:
        reply = await client.session(session_id).ask(text)
        values = {
            "text": reply.text,
            "changes": reply.changes,
            "actions": reply.actions,
            "timeline": reply.timeline.summary(),
        }
        _terminal.result(values, f"{reply.text}\n{reply.timeline.summary()}")

    _run(work)


@app.command()
def export(
    session_id: SessionId, output: Output = None, format: Format = "mp4", quality: Quality = "high"
) -> None:
    """Render a session's timeline and save the film. Free."""

    async def work(client: NemoClient) -> None:
        render = await client.session(session_id).export(format=format, quality=quality)
        async for progress in render:
            _terminal.note(f"[{progress.fraction:4.0%}] {progress.status}")
        await _save(render.video(), output or Path(f"{session_id}.{format}"), {})

    _run(work)


@app.command()
def chat(
    session_id: Annotated[str | None, typer.Argument(show_default=False)] = None,
    *,
    emulator: WithEmulator = False,
) -> None:
    """Talk to the agent, line by line, until an empty line. Each message may cost credits."""

    async def work(client: NemoClient) -> None:
        session = client.session(session_id) if session_id else await client.create_session()
        _terminal.note(f"Session {session.id}. An empty line ends it.")
        while line := (await asyncio.to_thread(_read_line)).strip():
            async with session.send(line) as turn:
                async for event in turn:
                    if isinstance(event, ToolCall):
                        _terminal.note(f"[{event.name}]")
            reply = turn.reply
            values = {"text": reply.text, "timeline": reply.timeline.summary()}
            _terminal.result(values, f"{reply.text}\n{reply.timeline.summary()}")

    _run(work, emulator=emulator)


@app.command()
def emulator(
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 8080,
    speed: Annotated[float, typer.Option(help="How much faster than the real service.")] = 100.0,
    seed: Annotated[int, typer.Option(help="Of all that is random.")] = 0,
) -> None:
    """Run an emulator of the service, for programs in any language."""
    from nemo_sdk.emulator.__main__ import main as serve  # noqa: PLC0415 - only this command needs it

    raise typer.Exit(serve([f"--port={port}", f"--speed={speed}", f"--seed={seed}"]) or 0)


def _run(
    work: Callable[[NemoClient], Coroutine[Any, Any, None]], *, emulator: bool = False
) -> None:
    asyncio.run(_with_client(work, emulator=emulator))


async def _with_client(work: Callable[[NemoClient], Awaitable[None]], *, emulator: bool) -> None:
    async with _client(emulator=emulator) as client:
        await work(client)


@contextlib.asynccontextmanager
async def _client(*, emulator: bool) -> AsyncIterator[NemoClient]:
    if not emulator:
        async with NemoClient() as client:
            yield client
        return
    from nemo_sdk.emulator import Emulator  # noqa: PLC0415 - only this option needs it

    timing = attrs.evolve(Timing().scaled(0.01), connect=30, read=60, render=900)
    async with (
        Emulator() as service,
        NemoClient(
            base_url=service.base_url, timing=timing, client_id="emulator", token_store=None
        ) as client,
    ):
        yield client


def _keeper(journal: Journal | None, entry: Entry) -> Callable[[Checkpoint], None]:
    def keep(checkpoint: Checkpoint) -> None:
        if journal is not None:
            journal.keep(attrs.evolve(entry, checkpoint=checkpoint))

    return keep


async def _finish(
    client: NemoClient, generation: Generation, entry: Entry, journal: Journal | None
) -> None:
    """Follow a generation to its film, save that, and say what it cost."""
    before = await _balance(client)
    try:
        await _terminal.follow(generation.progress(every=0.5))
        cost = await _cost(client, before)
        video = await generation
        values = {"session_id": video.session_id, "render_id": video.render_id, "cost": cost}
        await _save(video, Path(entry.output), values)
    except BaseException as error:
        if journal is not None and generation.checkpoint.stage != "session":
            _say_how_to_go_on(entry, error)
        raise
    if journal is not None:
        journal.forget(entry)


async def _save(video: Video, target: Path, values: dict[str, Any]) -> None:
    with _terminal.download() as bar:
        path = await video.save(target, on_progress=bar)
    size = path.stat().st_size
    length = f", {video.duration:g} s" if video.duration else ""
    cost = values.get("cost")
    price = f", {cost:g} credits" if cost is not None else ""
    _terminal.result(
        {"path": str(path), "url": video.url, "size": size, "duration": video.duration, **values},
        f"{path} ({size / 1024**2:.1f} MB{length}{price})",
    )


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


def _say_how_to_go_on(entry: Entry, error: BaseException) -> None:
    ended = "stopped" if isinstance(error, asyncio.CancelledError) else "failed"
    _terminal.note(f"The generation {ended}; go on with it: nemo-sdk resume {entry.id}")


def _list(journal: Journal) -> None:
    entries = list(journal)
    lines = [
        f"{entry.id}  {entry.at}  {entry.checkpoint.stage:8}  {entry.checkpoint.prompt[:60]}"
        for entry in entries
    ]
    values = {
        "unfinished": [
            {"id": one.id, "at": one.at, "output": one.output, **attrs.asdict(one.checkpoint)}
            for one in entries
        ]
    }
    _terminal.result(values, "\n".join(lines) or "No generation is unfinished.")


def _read_line() -> str:
    if sys.stdin.isatty():
        _terminal.err.print("> ", end="")
    return sys.stdin.readline()
