"""`edit`, `upload`, `export`, `state`, `credits`: one thing done in a session each."""

from typing import Annotated

import attrs
import typer

from nemo_sdk._cli.app import Format, Output, Quality, SessionId, app
from nemo_sdk._cli.running import run
from nemo_sdk._cli.saving import check_target, free_path, output_format, save
from nemo_sdk._cli.speech import say
from nemo_sdk._cli.terminal import terminal
from nemo_sdk._client import NemoClient
from nemo_sdk._render import Render
from nemo_sdk._session import Session
from nemo_sdk._video import Video
from nemo_sdk.models import Credits, State, Upload

__all__ = ["film_of", "session_of", "show_balance", "show_state", "show_upload"]

SessionOrNew = Annotated[
    str,
    typer.Argument(
        metavar="SESSION", help="The session's id, or 'new' for a new one.", show_default=False
    ),
]


async def session_of(client: NemoClient, name: str) -> Session:
    """Return the session of an id, or a new one."""
    return await client.create_session() if name == "new" else client.session(name)


def show_balance(balance: Credits) -> None:
    """Print what the account can spend."""
    words = f"{balance.available:g} available, {balance.frozen:g} frozen, {balance.total:g} total"
    terminal.result(attrs.asdict(balance), words)


def show_state(session: Session, now: State) -> None:
    """Print a session's timeline."""
    values = {"session_id": session.id, "task_id": now.task_id, "draft": now.draft}
    terminal.result({**values, "timeline": now.timeline.summary()}, now.timeline.summary())


def show_upload(session: Session, done: Upload) -> None:
    """Print what an upload left in the session."""
    words = [f"{one.filename} ({one.file_type})" for one in done.files]
    values = {"session_id": session.id, **attrs.asdict(done)}
    terminal.result(values, "\n".join([*words, f"In session {session.id}."]))


async def film_of(render: Render) -> Video:
    """Wait for a render's film, and show how far it is meanwhile."""
    with terminal.bar("Rendering") as bar:
        async for now in render:
            bar(now)
            if not terminal.live:
                words = f"[{now.fraction:4.0%}] {now.status}"
                terminal.note(words, progress={"stage": "render", **attrs.asdict(now)})
    return render.video()


@app.command("credits")
def show_credits() -> None:
    """Show the account's credits."""

    async def work(client: NemoClient) -> None:
        show_balance(await client.credits())

    run(work)


@app.command()
def state(session_id: SessionId) -> None:
    """Show a session's timeline; with --json, its whole draft."""

    async def work(client: NemoClient) -> None:
        session = client.session(session_id)
        show_state(session, await session.state())

    run(work)


@app.command(epilog="\b\nExample:\n  nemo-sdk upload new holiday.mov song.mp3\n")
def upload(
    session_id: SessionOrNew,
    files: Annotated[
        list[str], typer.Argument(help="Paths, or addresses on the web.", show_default=False)
    ],
) -> None:
    """Upload files into a session. Free; at most 500 MB each."""

    async def work(client: NemoClient) -> None:
        session = await session_of(client, session_id)
        with terminal.bar("Uploading") as bar:
            done = await session.upload(*files, on_progress=bar)
        show_upload(session, done)

    run(work)


@app.command(
    epilog="\b\nExamples:\n"
    '  nemo-sdk edit new "a ten second film of a ship at sea"\n'
    '  nemo-sdk edit 1234567890 "add lo-fi music at 30 percent"\n'
)
def edit(
    session_id: SessionOrNew,
    text: Annotated[str, typer.Argument(help="What to change.", show_default=False)],
) -> None:
    """Send one message to a session's agent and print its reply. Costs about 50 credits."""

    async def work(client: NemoClient) -> None:
        session = await session_of(client, session_id)
        terminal.advice = f"See what became of it: nemo-sdk state {session.id}"
        await say(session, text)

    run(work)


@app.command()
def export(
    session_id: SessionId, output: Output = None, format: Format = None, quality: Quality = "high"
) -> None:
    """Render a session's timeline and save the film. Free."""
    container = output_format(format, output)
    target = check_target(output or free_path(session_id, container))

    async def work(client: NemoClient) -> None:
        render = await client.session(session_id).export(format=container, quality=quality)
        await save(await film_of(render), target)

    run(work)
