"""`chat`: a conversation with the agent, line by line."""

import asyncio
from contextlib import AsyncExitStack
from typing import Annotated

import typer

from nemo_sdk._client import NemoClient
from nemo_sdk._protocol.endpoints import FORMATS
from nemo_sdk._session import Session
from nemo_sdk.exceptions import NemoError

from .app import command
from .keyboard import is_typed, lines
from .options import WithEmulator
from .requests import HELP, Request, request_of
from .running import client_for, end_on_sigterm
from .sessions import session_of
from .shows import show_balance, show_render, show_state, upload_and_show
from .speech import say
from .targets import container_of, target_of
from .terminal import terminal
from .way_on import WayOn

__all__ = ["chat"]

_GOES_ON = WayOn("What the agent has begun goes on: 'status' shows what comes of it.")


@command()
def chat(
    session_id: Annotated[
        str,
        typer.Argument(metavar="SESSION", help="The session to go on with.", show_default=False),
    ] = "new",
    *,
    emulator: WithEmulator = False,
) -> None:
    """Talk to the agent, line by line. Each message may cost credits.

    Lines such as 'export', 'upload FILE', 'credits' and 'status' cost nothing: 'help' lists them.
    Ctrl-C ends a turn, Ctrl-D or 'quit' the conversation; the session stays, and
    'nemo-sdk chat SESSION' goes on with it.
    """
    # The loop stands still while a line is typed: Ctrl-C is then the prompt's own affair.
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        try:
            going = client_for(emulator=emulator, strict=session_id != "new")
            client = runner.run(stack.enter_async_context(going))
            session = runner.run(_begin(client, session_id))
            _converse(runner, client, session, stays=not emulator)
        finally:
            runner.run(stack.aclose())


async def _begin(client: NemoClient, session_id: str) -> Session:
    """Return a session that is there."""
    end_on_sigterm()
    session = await session_of(client, session_id)
    if session_id != "new":
        await session.state()
    return session


def _converse(runner: asyncio.Runner, client: NemoClient, session: Session, *, stays: bool) -> None:
    words = f"Session {session.id}. 'help' lists what is free; Ctrl-D or 'quit' ends it."
    terminal.note(words, "session", session=session.id)
    try:
        for line in lines():
            if not _answer(runner, client, session, line):
                return
    except BaseException:
        if stays:
            words = f"The session stays: nemo-sdk chat {session.id}"
            terminal.way_on = WayOn(words, {"session_id": session.id})
        raise


def _answer(runner: asyncio.Runner, client: NemoClient, session: Session, line: str) -> bool:
    """Answer a line, and tell whether to go on: for who types, also after a failure."""
    try:
        request = request_of(line)
        if request.kind != "quit":
            runner.run(_respond(client, session, request, line))
    except KeyboardInterrupt:
        if not is_typed():
            raise
        terminal.stopped(_GOES_ON)
    except (NemoError, OSError, ValueError) as error:
        if not is_typed():
            raise
        terminal.error(error)
    else:
        return request.kind != "quit"
    return True


async def _respond(client: NemoClient, session: Session, request: Request, line: str) -> None:
    end_on_sigterm()
    match request.kind:
        case "help":
            terminal.result("help", {"help": HELP}, HELP)
        case "upload":
            await _upload(session, request.words)
        case "export":
            await _export(session, request.words)
        case "credits":
            show_balance(await client.credits())
        case "state":
            show_state(session, await session.state())
        case "unknown":
            raise ValueError(f"There is no command {line!r}: 'help' lists those there are.")
        case _:
            await say(session, line)


async def _upload(session: Session, files: tuple[str, ...]) -> None:
    if not files:
        raise ValueError("Name the files: upload holiday.mov song.mp3")
    try:
        await upload_and_show(session, files)
    except FileNotFoundError as error:
        raise FileNotFoundError(f"{error} Quotes go round a name with spaces.") from error


async def _export(session: Session, words: tuple[str, ...]) -> None:
    formats = [word.lower() for word in words if word.lower() in FORMATS]
    output = next((word for word in words if word.lower() not in FORMATS), None)
    container = container_of(output, formats[0] if formats else None)
    target = target_of(output, session.id, container)
    await show_render(await session.export(format=container), target)
