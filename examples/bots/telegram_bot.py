"""A Telegram bot: people say what they want to see, and the film comes into the chat.

TELEGRAM_BOT_TOKEN=... NEMO_TOKEN=... python examples/bots/telegram_bot.py

It is one file to copy. What lies above `Place` is the same in the Telegram, the Discord and the
Slack bot; what lies below it is Telegram's own. It needs aiogram, and keeps its chats in films.json.
"""

import asyncio
import contextlib
import html
import json
import logging
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

import attrs
from aiogram import Bot, Dispatcher
from aiogram.client.default import DefaultBotProperties
from aiogram.exceptions import TelegramAPIError
from aiogram.types import FSInputFile, Message

from nemo_sdk import (
    APIError,
    Checkpoint,
    Credits,
    ExportBlockedError,
    FileTooLargeError,
    Generation,
    InsufficientCreditsError,
    NemoClient,
    NemoError,
    NothingToExportError,
    OutcomeUnknownError,
    RateLimitError,
    Render,
    RenderError,
    Reply,
    Session,
    SessionNotFoundError,
    State,
    TransportError,
    TurnError,
    UnsupportedFileTypeError,
    Upload,
    Video,
)

log = logging.getLogger("films")
EVERY = 3.0  # seconds between two edits of a message: Telegram allows about 20 a minute in a group
JOBS_EACH = 3
MOST_BYTES = 50_000_000  # what a bot may send into a chat
HELP = (
    "Say what you want to see, and a film of it comes into this chat. Send pictures, clips and "
    "music along, and say what to change until it is right.\n\n"
    "/film PROMPT makes a new film, with a view of how far it is (about 100 credits)\n"
    "/export sends the film as it is now (free)\n"
    "/status tells what is in it\n"
    "/credits tells what is left\n"
    "/cancel ends what I am doing here\n"
    "/new forgets this film"
)

# --- The bot: the same on every platform ---

Note = Callable[[str], Awaitable[None]]
"""Edits a message that was sent."""
File = tuple[str, bytes]


class Chatroom(Protocol):
    """What the bot needs of a platform: one chat on it."""

    @property
    def key(self) -> str:
        """Return the chat's id."""
        ...

    async def say(self, text: str) -> Note:
        """Send a message; returns what edits it."""
        ...

    async def show(self, video: Video) -> None:
        """Send a film."""
        ...


@attrs.define
class Chat:
    """What is kept of a chat."""

    session_id: str | None = None
    checkpoint: str | None = None
    """Where the film stands that is being made."""
    person: str = ""
    """Who asked for that."""
    asked: list[str] = attrs.Factory(list)
    """What people said and what is not done yet."""


class Memory:
    """The chats, in a JSON file that is written whole at each change."""

    def __init__(self, path: Path) -> None:
        self._path = path
        kept = json.loads(path.read_text("utf-8")) if path.exists() else {}
        self.chats = {key: Chat(**values) for key, values in kept.items()}

    def chat(self, key: str) -> Chat:
        """Return a chat; a new one where it is not known."""
        return self.chats.setdefault(key, Chat())

    def save(self) -> None:
        """Write everything, so that a process that dies leaves the old file or the new one."""
        part = self._path.with_suffix(".part")
        kept = {key: attrs.asdict(chat) for key, chat in self.chats.items()}
        part.write_text(json.dumps(kept), "utf-8")
        part.replace(self._path)


@attrs.define(eq=False)
class Job:
    """Something that was asked for in a chat."""

    key: str
    person: str
    counts: bool
    task: asyncio.Task[None] | None = None


class FilmBot:
    """Does what people say. In each chat one thing after the other, as a film has one timeline."""

    def __init__(self, nemo: NemoClient, memory: Memory, *, every: float = EVERY) -> None:
        self._nemo = nemo
        self._memory = memory
        self._every = every
        self._jobs: set[Job] = set()
        self._turns: dict[str, asyncio.Lock] = {}

    async def hear(self, room: Chatroom, person: str, text: str, files: Sequence[File]) -> None:
        """Do what somebody said; what takes long goes on after this has returned."""
        command, _, rest = text.strip().partition(" ")
        match command.partition("@")[0]:
            case "/start" | "/help":
                await room.say(HELP)
            case "/cancel":
                await self._cancel(room)
            case "/credits" | "/status":
                await self._guarded(room, partial(self._talk, room, command[1:], ()))
            case "/film" if not rest.strip():
                await room.say("Say what the film should show: /film a cat in the snow")
            case "/film":
                await self._accept(room, person, text, partial(self._film, room, rest, files, text))
            case "/new":
                await self._accept(room, person, "", partial(self._forget, room))
            case "/export":
                await self._accept(room, person, text, partial(self._talk, room, "export", files))
            case _ if text.strip() or files:
                await self._accept(room, person, text, partial(self._talk, room, text, files))

    async def go_on(self, room_of: Callable[[str], Chatroom]) -> None:
        """Go on after a restart with the films that were being made, where they stood."""
        for key, chat in self._memory.chats.items():
            asked, chat.asked = chat.asked, []
            if chat.checkpoint:
                self._start(Job(key, chat.person, counts=True), partial(self._resume, room_of(key)))
            for words in asked:
                await room_of(key).say(
                    f"I was restarted before I was done with “{words}”. Say “status” to see what "
                    "came of it before you say it again."
                )
        self._memory.save()

    async def aclose(self) -> None:
        """Stop, and keep where everything stands."""
        await _end([job.task for job in self._jobs if job.task])

    async def _accept(
        self, room: Chatroom, person: str, words: str, work: Callable[[], Awaitable[None]]
    ) -> None:
        mine = sum(job.counts and job.person == person for job in self._jobs)
        if words and mine >= JOBS_EACH:
            await room.say(f"I have {mine} things to do for you: let me finish one, or /cancel.")
            return
        chat = self._memory.chat(room.key)
        if words:
            chat.asked.append(words)
        chat.person = person
        self._memory.save()
        job = Job(room.key, person, counts=bool(words))
        self._start(job, partial(self._in_turn, room, words, work))

    def _start(self, job: Job, work: Callable[[], Awaitable[None]]) -> None:
        async def run() -> None:
            try:
                await work()
            finally:
                self._jobs.discard(job)

        self._jobs.add(job)
        job.task = asyncio.create_task(run())

    async def _in_turn(
        self, room: Chatroom, words: str, work: Callable[[], Awaitable[None]]
    ) -> None:
        async with self._turns.setdefault(room.key, asyncio.Lock()):
            await self._guarded(room, work)
        self._done_with(room.key, words)

    async def _guarded(self, room: Chatroom, work: Callable[[], Awaitable[None]]) -> None:
        """Do something; where it fails, tell people in words that are for them."""
        try:
            await work()
        except Exception as error:
            if not isinstance(error, NemoError | ValueError):
                log.exception("This is a mistake in the bot.")
            if isinstance(error, SessionNotFoundError):
                self._memory.chat(room.key).session_id = None
            await room.say(in_plain_words(error))

    async def _cancel(self, room: Chatroom) -> None:
        tasks = [job.task for job in self._jobs if job.key == room.key and job.task]
        await _end(tasks)
        chat = self._memory.chat(room.key)
        chat.asked = []
        self._settle(room.key)
        await room.say(
            "Cancelled. What the agent had begun is charged; “export” sends what there is of it."
            if tasks
            else "There is nothing to cancel."
        )

    async def _forget(self, room: Chatroom) -> None:
        self._memory.chat(room.key).session_id = None
        self._memory.save()
        await room.say("A new beginning. What do you want to see?")

    async def _film(self, room: Chatroom, prompt: str, files: Sequence[File], words: str) -> None:
        keep = partial(self._keep, room.key, words)
        await self._follow(room, self._nemo.generate(prompt, files=files, on_checkpoint=keep))

    async def _resume(self, room: Chatroom) -> None:
        async with self._turns.setdefault(room.key, asyncio.Lock()):
            await self._guarded(room, partial(self._go_on_with_film, room))

    async def _go_on_with_film(self, room: Chatroom) -> None:
        checkpoint = Checkpoint.from_json(self._memory.chat(room.key).checkpoint or "")
        if checkpoint.unnamed_files and checkpoint.stage in {"session", "upload"}:
            self._settle(room.key)
            await room.say("I was restarted before I had your files. Please send them again.")
            return
        keep = partial(self._keep, room.key, "")
        await self._follow(room, self._nemo.resume(checkpoint, on_checkpoint=keep))

    async def _talk(self, room: Chatroom, text: str, files: Sequence[File]) -> None:
        note = await room.say("One moment…")
        session = await self._session(room.key)
        async with self._at_work(note):
            done = await session.handle(text, files=files)
        match done:
            case Credits(available, frozen):
                reserved = f", {frozen:g} reserved for what is being made" if frozen else ""
                await note(f"{available:g} credits are left{reserved}.")
            case State():
                await note(done.timeline.summary())
            case Upload():
                await note(f"I have {_names(done)}. What shall I do with it?")
            case Render():
                await self._follow_render(room, done, note)
            case Reply():
                await note("\n".join([done.text, *done.changes]).strip() or "Done.")
                if done.changes and done.timeline.exportable:
                    await self._follow_render(room, await session.export())

    async def _session(self, key: str) -> Session:
        chat = self._memory.chat(key)
        if chat.session_id:
            return self._nemo.session(chat.session_id)
        session = await self._nemo.create_session()
        chat.session_id = session.id
        self._memory.save()
        return session

    @contextlib.asynccontextmanager
    async def _at_work(self, note: Note) -> AsyncIterator[None]:
        """Say now and then that something is going on, while it is."""

        async def tick() -> None:
            for seconds in range(1, 10_000):
                await asyncio.sleep(self._every * 3)
                await note(f"The agent is at work ({seconds * self._every * 3:.0f} s)…")

        ticking = asyncio.create_task(tick())
        try:
            yield
        finally:
            await _end([ticking])

    async def _follow_render(
        self, room: Chatroom, render: Render, note: Note | None = None
    ) -> None:
        """Follow an export like the end of a generation, which can be gone on with, too."""
        at = Checkpoint("render", session_id=render.session_id, render_id=render.id, renders=1)
        self._keep(room.key, "", at)
        keep = partial(self._keep, room.key, "")
        await self._follow(room, self._nemo.resume(at, on_checkpoint=keep), note)

    async def _follow(
        self, room: Chatroom, generation: Generation, note: Note | None = None
    ) -> None:
        note = note or await room.say("One moment…")
        try:
            async with contextlib.aclosing(generation.progress(every=self._every)) as told:
                async for progress in told:
                    done = round(progress.fraction * 10)
                    bar = "▓" * done + "░" * (10 - done)
                    await note(f"{bar} {progress.fraction:.0%}\n{progress.message}")
            await room.show(await generation)
        except Exception:
            self._settle(room.key)
            raise
        finally:
            await generation.cancel()
        self._settle(room.key)

    def _keep(self, key: str, words: str, checkpoint: Checkpoint) -> None:
        self._memory.chat(key).checkpoint = checkpoint.to_json()
        self._done_with(key, words)

    def _done_with(self, key: str, words: str) -> None:
        asked = self._memory.chat(key).asked
        if words in asked:
            asked.remove(words)
        self._memory.save()

    def _settle(self, key: str) -> None:
        """Keep the session of a film that is done or given up: people may go on with it."""
        chat = self._memory.chat(key)
        if chat.checkpoint:
            chat.session_id = Checkpoint.from_json(chat.checkpoint).session_id or chat.session_id
        chat.checkpoint = None
        self._memory.save()


def in_plain_words(error: Exception) -> str:
    """Return what to tell people of an error."""
    match error:
        case InsufficientCreditsError(register_url=str(link)):
            return f"There are no credits left. Register for more, and this film is kept: {link}"
        case InsufficientCreditsError():
            return "There are no credits left. The account can be topped up in the web app."
        case ExportBlockedError():
            return "The plan does not allow this export. A subscription does; credits do not."
        case UnsupportedFileTypeError() | FileTooLargeError():
            return f"I cannot take this file: {error.message} {error._next_step()}"
        case RateLimitError():
            return "Too much at once. Try again in a few minutes."
        case SessionNotFoundError():
            return "The service does not have this film any more. Say what you want to see."
        case OutcomeUnknownError():
            return "The answer was lost on its way. Say “status” in some minutes, before you ask anew."
        case NothingToExportError():
            return "There is nothing in the film yet. Say what you want to see."
        case TurnError():
            return "The agent failed at this. Say “status” to see what it did, or ask differently."
        case RenderError():
            return "The film could not be rendered. Say “export” to try again; that is free."
        case TransportError() | APIError():
            return "The service does not answer well just now. Try again later; nothing is lost."
        case ValueError():
            return str(error)
        case _:
            return "That did not work, and it is my fault. Say “export” to get what there is."


def _names(upload: Upload) -> str:
    return ", ".join(file.filename for file in upload.files) or "it"


async def _end(tasks: "Sequence[asyncio.Task[None]]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
