"""`chat`: a conversation with the agent, line by line."""

import asyncio
import contextlib
import shlex
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Annotated

import typer

from nemo_sdk._cli.app import WithEmulator, app
from nemo_sdk._cli.running import client_for
from nemo_sdk._cli.saving import free_path, save
from nemo_sdk._cli.sessions import film_of, session_of, show_balance, show_state, show_upload
from nemo_sdk._cli.speech import say
from nemo_sdk._cli.terminal import terminal
from nemo_sdk._render import Render
from nemo_sdk._session import Session
from nemo_sdk._wording import classify_request
from nemo_sdk.exceptions import NemoError
from nemo_sdk.models import Credits, State

__all__ = ["chat"]

_UPLOADS = ("upload ", "/upload ", "上传 ")
_GOODBYES = {"exit", "quit", "/exit", "/quit"}


@app.command()
def chat(
    session_id: Annotated[
        str,
        typer.Argument(metavar="SESSION", help="The session to go on with.", show_default=False),
    ] = "new",
    *,
    emulator: WithEmulator = False,
) -> None:
    """Talk to the agent, line by line. Each message may cost credits.

    Four kinds of lines cost nothing: 'export' saves the film, 'credits' and 'status' tell what they
    say, 'upload FILE …' uploads. Ctrl-D or 'quit' ends the conversation; the session stays, and
    'nemo-sdk chat SESSION' goes on with it.
    """
    # The loop stands still while a line is typed: Ctrl-C is then the terminal's own affair.
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        try:
            client = runner.run(stack.enter_async_context(client_for(emulator=emulator)))
            session = runner.run(session_of(client, session_id))
            _greet(session, emulator=emulator)
            for line in _lines():
                _answer(runner, session, line)
        finally:
            runner.run(stack.aclose())


def _greet(session: Session, *, emulator: bool) -> None:
    terminal.note(f"Session {session.id}. Ctrl-D or 'quit' ends it.", session=session.id)
    if not emulator:
        terminal.advice = f"The session stays: nemo-sdk chat {session.id}"


def _answer(runner: asyncio.Runner, session: Session, line: str) -> None:
    """Answer one line; in a terminal, a failure does not end the conversation."""
    try:
        runner.run(_respond(session, line))
    except (NemoError, OSError, ValueError) as error:
        if not sys.stdin.isatty():
            raise
        terminal.error(error)


async def _respond(session: Session, line: str) -> None:
    if line.lower().startswith(_UPLOADS):
        await _upload(session, shlex.split(line.split(maxsplit=1)[1]))
        return
    if classify_request(line) == "message":
        await say(session, line)
        return
    match await session.handle(line):
        case Render() as render:
            await save(await film_of(render), free_path(session.id, "mp4"))
        case Credits() as balance:
            show_balance(balance)
        case State() as state:
            show_state(session, state)


async def _upload(session: Session, files: list[str]) -> None:
    with terminal.bar("Uploading") as bar:
        done = await session.upload(*files, on_progress=bar)
    show_upload(session, done)


def _lines() -> Iterator[str]:
    """Give what is typed, line by line, without what is blank."""
    typed = sys.stdin.isatty() and sys.stdout.isatty() and not terminal.as_json
    if typed:
        with contextlib.suppress(ImportError):
            import readline  # noqa: F401, PLC0415 - it makes input() take arrow keys and a history
    for line in iter(_typed if typed else sys.stdin.readline, ""):
        words = line.strip()
        if words.lower() in _GOODBYES:
            return
        if words:
            yield words


def _typed() -> str:
    try:
        return f"{input('> ')}\n"
    except EOFError:
        terminal.write("")  # the prompt's line ends here, as nobody pressed Enter
        return ""
    except KeyboardInterrupt:
        terminal.write("")
        raise
