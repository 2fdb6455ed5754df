"""A Telegram bot: people say what they want to see, and the film comes into the chat.

TELEGRAM_BOT_TOKEN=... NEMO_TOKEN=... python examples/bots/telegram_bot.py

One file to copy; it needs aiogram. It keeps its chats in films.json, where it is started.
Everything from `log` down to `TelegramRoom` is the same in the bots for Discord and Slack.
"""

import asyncio
import contextlib
import itertools
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
from aiogram.exceptions import TelegramAPIError, TelegramBadRequest
from aiogram.types import FSInputFile, Message

import nemo_sdk as nemo

EVERY = 3.5  # seconds between two edits: Telegram takes about 20 messages a minute in a group
MOST_LETTERS = 4096
MOST_BYTES = 50_000_000  # what a bot may send

log = logging.getLogger("films")
JOBS_EACH = 3
HELP = (
    "Say what you want to see, and a film of it comes into this chat. Send pictures, clips and "
    "music along, and say what to change until it is right.\n\n"
    "/film PROMPT makes a new film, and shows how far it is (about 100 credits)\n"
    "/export sends the film as it is now (free)\n"
    "/status tells what is in it\n"
    "/credits tells what is left\n"
    "/cancel ends what I am doing here\n"
    "/new puts this film aside"
)

FAILED = "This did not work:"
PLAIN_WORDS: list[tuple[type[Exception], str]] = [
    (nemo.InsufficientCreditsError, "There are no credits left. Top up in the web app."),
    (nemo.ExportBlockedError, "The plan does not allow exports. A subscription does, not credits."),
    (nemo.UnsupportedFileTypeError, "I cannot use this kind of file."),
    (nemo.FileTooLargeError, "This file is too large. Compress or trim it first."),
    (nemo.RateLimitError, "That was too much at once. Try again in a few minutes."),
    (nemo.SessionNotFoundError, "This film is gone from the service. Say what you want to see."),
    (nemo.OutcomeUnknownError, "The answer was lost. Say “status” later, before you ask again."),
    (nemo.NothingToExportError, "There is nothing in the film yet. Say what you want to see."),
    (nemo.TurnError, "The agent failed. Say “status” to see what it did, or ask differently."),
    (nemo.RenderError, "The film could not be rendered. Say “export” to try again for free."),
    (nemo.DownloadError, "The film did not come through. Say “export” to try again for free."),
    (nemo.NemoError, "The service does not answer well just now. Try again later."),
    (Exception, "Something went wrong on my side. Say “status” to see where the film stands."),
]

Note = Callable[[str], Awaitable[bool]]
"""Edits a message that was sent; returns whether the platform took the edit."""
File = tuple[str, bytes]
Work = Callable[[], Awaitable[None]]


class Room(Protocol):
    """What the bot needs of a platform: one chat on it."""

    key: str

    async def say(self, text: str) -> Note:
        """Send a message; returns what edits it."""
        ...

    async def show(self, video: nemo.Video) -> None:
        """Send a film."""
        ...


@attrs.define
class Chat:
    """What is kept of a chat."""

    session_id: str | None = None
    checkpoint: str | None = None
    """Where the film stands that is being made."""
    person: str = ""
    """Who asked for it."""
    asked: list[str] = attrs.field(factory=list)
    """What was said and is not done yet."""


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
        """Write all of it, so that a process that dies leaves the old file or the new one."""
        part = self._path.with_suffix(".part")
        kept = {key: attrs.asdict(chat) for key, chat in self.chats.items()}
        part.write_text(json.dumps(kept), "utf-8")
        part.replace(self._path)


@attrs.define(eq=False)
class Job:
    """Something to do in a chat. Files alone do not count: an album comes file by file."""

    room: Room
    person: str
    words: str
    task: asyncio.Task[None] | None = None


class FilmBot:
    """Does what people say; in each chat one thing after the other, as a film has one timeline."""

    def __init__(self, client: nemo.NemoClient, memory: Memory, *, every: float) -> None:
        self._client = client
        self._memory = memory
        self._every = every
        self._jobs: set[Job] = set()
        self._locks: dict[str, asyncio.Lock] = {}
        self._making = asyncio.Lock()

    async def hear(self, room: Room, person: str, text: str, files: Sequence[File] = ()) -> None:
        """Do what somebody said; what takes long goes on after this has returned."""
        text = text.strip()
        command = text.partition(" ")[0].partition("@")[0]
        match command:
            case "/start" | "/help":
                await room.say(HELP)
            case "/cancel":
                await self._cancel(room)
            case "/credits" | "/status":
                await self._guard(room, partial(self._talk, Job(room, person, ""), command[1:]))
            case _ if text or files:
                job = Job(room, person, text)
                await self._accept(job, self._work(job, command, files))

    def _work(self, job: Job, command: str, files: Sequence[File]) -> Work:
        match command:
            case "/new":
                return partial(self._put_aside, job.room)
            case "/export":
                return partial(self._talk, job, "export")
            case "/film":
                return partial(self._film, job, job.words.partition(" ")[2], files)
            case _:
                return partial(self._talk, job, job.words, files)

    async def go_on(self, room_of: Callable[[str], Room]) -> None:
        """Go on, after a restart, with the films that were being made."""
        for key, chat in list(self._memory.chats.items()):
            room = room_of(key)
            if chat.checkpoint:
                job = Job(room, chat.person, "(a film from before the restart)")
                self._start(job, partial(self._resume, room))
            for words in chat.asked:
                self._start(Job(room, "", words), partial(self._own_up, room, words))

    async def aclose(self) -> None:
        """Stop, and keep where everything stands."""
        await _end([job.task for job in self._jobs])

    async def _accept(self, job: Job, work: Work) -> None:
        mine = sum(bool(other.words) and other.person == job.person for other in self._jobs)
        if job.words and mine >= JOBS_EACH:
            await job.room.say(
                f"I have {mine} things to do for you already. Wait for one, or /cancel."
            )
            return
        chat = self._memory.chat(job.room.key)
        chat.person = job.person
        chat.asked += [job.words] if job.words else []
        self._memory.save()
        self._start(job, work)

    def _start(self, job: Job, work: Work) -> None:
        job.task = asyncio.create_task(self._run(job, work))
        self._jobs.add(job)

    async def _run(self, job: Job, work: Work) -> None:
        try:
            async with self._locks.setdefault(job.room.key, asyncio.Lock()):
                await self._guard(job.room, work)
            self._tick_off(job)
        except Exception:
            log.exception("The chat %s cannot be reached.", job.room.key)
        finally:
            self._jobs.discard(job)

    async def _guard(self, room: Room, work: Work) -> None:
        """Do something; where it fails, say so in words that are for people."""
        try:
            await work()
        except Exception as error:
            if not isinstance(error, nemo.NemoError | ValueError):
                log.exception("Something failed in the bot.")
            if isinstance(error, nemo.SessionNotFoundError):
                self._memory.chat(room.key).session_id = None
            await room.say(in_plain_words(error))

    async def _cancel(self, room: Room) -> None:
        tasks = [job.task for job in self._jobs if job.room.key == room.key]
        await _end(tasks)
        self._memory.chat(room.key).asked.clear()
        self._settle(room)
        await room.say(
            "Cancelled. What the agent had begun is charged; “export” sends what there is of it."
            if tasks
            else "There is nothing to cancel."
        )

    async def _put_aside(self, room: Room) -> None:
        self._memory.chat(room.key).session_id = None
        self._memory.save()
        await room.say("A new beginning. What do you want to see?")

    async def _film(self, job: Job, prompt: str, files: Sequence[File]) -> None:
        def keep(checkpoint: nemo.Checkpoint) -> None:
            self._keep(job.room, checkpoint)
            self._tick_off(job)

        generation = self._client.generate(prompt, files=files, on_checkpoint=keep)
        await self._follow(job.room, generation)

    async def _resume(self, room: Room) -> None:
        checkpoint = nemo.Checkpoint.from_json(self._memory.chat(room.key).checkpoint or "")
        if checkpoint.unnamed_files and checkpoint.stage in {"session", "upload"}:
            self._settle(room)
            await room.say("I was restarted before I had sent on your files. Send them again.")
        else:
            await self._go_on_from(room, checkpoint)

    async def _own_up(self, room: Room, words: str) -> None:
        await room.say(
            f"I was restarted before I was done with “{words}”. Say “status” to see what came of "
            "it before you say it again."
        )

    async def _talk(self, job: Job, text: str, files: Sequence[File] = ()) -> None:
        room = job.room
        note = await room.say("One moment…")
        session = await self._session(room)
        async with self._ticking(note):
            done = await session.handle(text, files=files)
        match done:
            case nemo.Credits(available, frozen):
                reserved = f", and {frozen:g} are reserved for work in progress" if frozen else ""
                await _answer(room, note, f"{available:g} credits are left{reserved}.")
            case nemo.State():
                await _answer(room, note, done.timeline.summary())
            case nemo.Upload():
                await _answer(room, note, f"I have {_names(done)}. What shall I do with it?")
            case nemo.Render():
                await self._follow_render(job, done, note)
            case nemo.Reply():
                await _answer(room, note, _told(done))
                if (done.changes or "export" in done.actions) and done.timeline.exportable:
                    await self._follow_render(job, await session.export())

    async def _session(self, room: Room) -> nemo.Session:
        chat = self._memory.chat(room.key)
        async with self._making:
            if chat.session_id is None:
                chat.session_id = (await self._client.create_session()).id
                self._memory.save()
        return self._client.session(chat.session_id)

    @contextlib.asynccontextmanager
    async def _ticking(self, note: Note) -> AsyncIterator[None]:
        """Say now and then that work goes on, while it does."""
        every = 3 * self._every

        async def tick() -> None:
            for count in itertools.count(1):
                await asyncio.sleep(every)
                await note(f"The agent is at work ({count * every:.0f} s)…")

        ticking = asyncio.create_task(tick())
        try:
            yield
        except Exception:
            await note(FAILED)
            raise
        finally:
            await _end([ticking])

    async def _follow_render(self, job: Job, render: nemo.Render, note: Note | None = None) -> None:
        """Follow an export as the end of a generation, which a restart does not lose."""
        checkpoint = nemo.Checkpoint(
            "render", session_id=render.session_id, render_id=render.id, renders=1
        )
        self._keep(job.room, checkpoint)
        self._tick_off(job)
        await self._go_on_from(job.room, checkpoint, note)

    async def _go_on_from(
        self, room: Room, checkpoint: nemo.Checkpoint, note: Note | None = None
    ) -> None:
        keep = partial(self._keep, room)
        await self._follow(room, self._client.resume(checkpoint, on_checkpoint=keep), note)

    async def _follow(
        self, room: Room, generation: nemo.Generation, note: Note | None = None
    ) -> None:
        """Show how far a film is by editing one message, then the film."""
        note = note or await room.say("One moment…")
        try:
            async with contextlib.aclosing(generation.progress(every=self._every)) as told:
                async for progress in told:
                    bar = "▓" * round(10 * progress.fraction)
                    await note(f"{bar:░<10} {progress.fraction:.0%}\n{progress.message}")
            await room.show(await generation)
        except Exception:
            self._settle(room)
            await note(FAILED)
            raise
        finally:
            await generation.cancel()
        self._settle(room)

    def _keep(self, room: Room, checkpoint: nemo.Checkpoint) -> None:
        chat = self._memory.chat(room.key)
        chat.checkpoint = checkpoint.to_json()
        chat.session_id = checkpoint.session_id or chat.session_id
        self._memory.save()

    def _settle(self, room: Room) -> None:
        """Forget where a film stood that is done or given up; its session stays."""
        self._memory.chat(room.key).checkpoint = None
        self._memory.save()

    def _tick_off(self, job: Job) -> None:
        asked = self._memory.chat(job.room.key).asked
        if job.words in asked:
            asked.remove(job.words)
            self._memory.save()


def in_plain_words(error: Exception) -> str:
    """Return what to tell people of an error."""
    match error:
        case nemo.InsufficientCreditsError(register_url=str(link)):
            return f"There are no credits left. Register to get more: {link}"
        case nemo.UnsupportedFileTypeError(accepted=kinds) if kinds:
            return f"I cannot use this kind of file. I can use {', '.join(kinds)}."
        case ValueError():
            return f"That did not work: {error}"
    return next(words for kind, words in PLAIN_WORDS if isinstance(error, kind))


async def _answer(room: Room, note: Note, text: str) -> None:
    """Put the answer where the message stands, or say it anew where that is refused."""
    if not await note(text):
        await room.say(text)


def _told(reply: nemo.Reply) -> str:
    lines = [reply.text] if reply.silent else [reply.text, *reply.changes]
    return "\n".join(lines).strip() or "Done."


def _names(upload: nemo.Upload) -> str:
    return ", ".join(file.filename for file in upload.files) or "your file"


async def _end(tasks: "Sequence[asyncio.Task[None] | None]") -> None:
    running = [task for task in tasks if task is not None]
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


class TelegramRoom:
    """A chat on Telegram."""

    def __init__(self, bot: Bot, key: str) -> None:
        self.key = key
        self._bot = bot

    async def say(self, text: str) -> Note:
        """Send a message; an edit that Telegram refuses is left out, as another one follows."""
        sent = await self._bot.send_message(self.key, text[:MOST_LETTERS])

        async def edit(text: str) -> bool:
            with contextlib.suppress(TelegramAPIError):
                await self._bot.edit_message_text(
                    text[:MOST_LETTERS], chat_id=self.key, message_id=sent.message_id
                )
                return True
            return False

        return edit

    async def show(self, video: nemo.Video) -> None:
        """Send a film, or the way to it where it is too large for a bot."""
        with tempfile.TemporaryDirectory() as folder:
            path = await video.save(Path(folder) / f"film.{video.format}")
            if path.stat().st_size > MOST_BYTES:
                await self.say(f"The film is too large for this chat: {video.url}")
                return
            length = round(video.duration) if video.duration else None
            await self._bot.send_video(
                self.key, FSInputFile(path), duration=length, supports_streaming=True
            )


async def files_of(message: Message, bot: Bot) -> list[File]:
    """Return the files that came with a message, of a photo the largest size."""
    photo = message.photo[-1] if message.photo else None
    sent = photo or message.video or message.animation or message.audio or message.document
    if sent is None:
        return []
    name = getattr(sent, "file_name", None)
    content = await bot.download(sent)
    data = content.read() if content else b""
    return [(name or ("photo.jpg" if photo else "video.mp4"), data)]


def dispatcher(films: FilmBot) -> Dispatcher:
    """Return what hears Telegram's messages."""
    made = Dispatcher()

    @made.message()
    async def hear(message: Message, bot: Bot) -> None:
        room = TelegramRoom(bot, str(message.chat.id))
        person = str(message.from_user.id) if message.from_user else room.key
        try:
            files = await files_of(message, bot)
        except TelegramBadRequest:
            await room.say("Telegram gives bots files of up to 20 MB. Send a smaller one.")
            return
        await films.hear(room, person, message.text or message.caption or "", files)

    @made.startup()
    async def go_on(bot: Bot) -> None:
        await films.go_on(partial(TelegramRoom, bot))

    made.shutdown.register(films.aclose)
    return made


async def main() -> None:
    """Listen until Ctrl-C; what is being made then is gone on with at the next start."""
    logging.basicConfig(level=logging.INFO)
    async with nemo.NemoClient() as client:
        films = FilmBot(client, Memory(Path("films.json")), every=EVERY)
        await dispatcher(films).start_polling(Bot(os.environ["TELEGRAM_BOT_TOKEN"]))


if __name__ == "__main__":
    asyncio.run(main())
