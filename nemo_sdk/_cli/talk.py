"""`chat`: a conversation with the agent, line by line."""

import asyncio
from contextlib import AsyncExitStack

from attrs import define

from nemo_sdk import NemoClient, Session
from nemo_sdk.exceptions import NemoError

from .keyboard import is_typed, lines
from .options import FORMATS
from .requests import HELP, Request, request_of
from .running import client_for, end_when_killed
from .shows import show_balance, show_render, show_state, upload_and_show
from .speech import say
from .targets import container_of, target_of
from .terminal import terminal
from .way_on import WayOn

__all__ = ["chat"]

_OFFER = "Save it: 'export' is free."
_GOES_ON = WayOn("What the agent has begun goes on: 'status' shows what comes of it.")


def chat(session_id: str, *, emulator: bool) -> None:
    """Answer lines until they end; the session stays."""
    # The loop stands still while a line is typed: Ctrl-C is then the prompt's own affair.
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        try:
            going = client_for(emulator=emulator, strict=session_id != "new")
            talk = _Talk(runner.run(stack.enter_async_context(going)), stays=not emulator)
            if session_id != "new":
                runner.run(talk.go_on(session_id))
            _converse(runner, talk)
        finally:
            runner.run(stack.aclose())


@define
class _Talk:
    """A conversation; its session is made for its first words, in their language."""

    client: NemoClient
    stays: bool
    """Whether the session can be gone on with after the command."""
    session: Session | None = None
    asked: str = ""
    """What the agent was asked for first: a film is named after it."""

    async def go_on(self, session_id: str) -> None:
        """Go on with a session, if it is there."""
        end_when_killed()
        session = self.client.session(session_id)
        await session.state()
        self._take(session)

    async def session_for(self, words: str) -> Session:
        """Return the session, made now where these are the first words."""
        return self.session or self._take(await self.client.create_session(text=words))

    def name_session(self) -> None:
        """Have the end of the command tell how to go on, where one can."""
        if self.session is not None and self.stays:
            words = f"The session stays: nemo-sdk chat {self.session.id}"
            terminal.way_on = WayOn(words, {"session_id": self.session.id})

    def _take(self, session: Session) -> Session:
        self.session = session
        terminal.note(f"Session {session.id}.", "session", session=session.id)
        return session


def _converse(runner: asyncio.Runner, talk: _Talk) -> None:
    if not terminal.as_json:
        terminal.note("'help' lists what is free; Ctrl-D or 'quit' ends the conversation.")
    try:
        for line in lines():
            if not _answer(runner, talk, line):
                return
    except BaseException:
        talk.name_session()
        raise


def _answer(runner: asyncio.Runner, talk: _Talk, line: str) -> bool:
    """Answer a line, and tell whether to go on: for who types, also after a failure."""
    try:
        chosen = talk.session.choose(line) if talk.session else None
        request = Request("message") if chosen else request_of(line)
        if request.kind != "quit":
            runner.run(_respond(talk, request, chosen or line))
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


async def _respond(talk: _Talk, request: Request, line: str) -> None:
    end_when_killed()
    match request.kind:
        case "help":
            terminal.result("help", {"help": HELP}, HELP)
        case "unknown":
            raise ValueError(f"There is no command {line[:80]!r}: 'help' lists those there are.")
        case "credits":
            show_balance(await talk.client.credits(), talk.client.account)
        case "upload":
            await _upload(talk, request.words, line)
        case "export":
            await _export(talk, await talk.session_for(line), request)
        case "state":
            session = await talk.session_for(line)
            show_state(session, await session.state())
        case _:
            session = await talk.session_for(line)
            talk.asked = talk.asked or line
            await say(session, line, closing=_OFFER)


async def _upload(talk: _Talk, files: tuple[str, ...], line: str) -> None:
    if not files:
        raise ValueError("Name the files: upload holiday.mov song.mp3")
    try:
        await talk.client.check_files(*files)
    except FileNotFoundError as error:
        raise FileNotFoundError(f"{error} Quotes go round a name with spaces.") from error
    await upload_and_show(await talk.session_for(line), files)


async def _export(talk: _Talk, session: Session, request: Request) -> None:
    formats = [one for word in request.words for one in FORMATS if one == word.lower()]
    output = next((word for word in request.words if word.lower() not in FORMATS), None)
    container = container_of(output, formats[0] if formats else None)
    target = target_of(output, talk.asked or session.id, container)
    render = await session.export(format=container, quality=request.quality)
    await show_render(render, target, then="Say what to change, or 'quit'.")
