"""A Discord bot: people say what they want to see, and the film comes into the channel.

DISCORD_BOT_TOKEN=... NEMO_TOKEN=... python examples/bots/discord_bot.py

One file to copy; it needs discord.py. It keeps its chats in films.json, where it is started.
Everything from `log` down to `DiscordRoom` is the same in the bots for Telegram and Slack.
It hears direct messages, mentions, and the commands /film /export /status /credits /cancel /new.
"""

import asyncio
import contextlib
import json
import logging
import os
import re
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import IO, Any, Protocol

import aiohttp
import attrs
import discord
from discord import app_commands

import nemo_sdk as nemo

EVERY = 2.5  # seconds between two edits: Discord takes 5 in 5 seconds for a whole channel
MOST_LETTERS = 2000
MOST_BYTES = 10_000_000  # what a channel takes that nobody has boosted
NOBODY = discord.AllowedMentions.none()

log = logging.getLogger("films")
STILL = 30  # seconds of a long turn between two words that the agent is still at work
JOBS_EACH = 3
FILES_EACH = 20  # messages with files alone, beside the jobs: an album comes file by file
MOST_HEARD = 50_000_000  # bytes of the files that come with one message
MOMENT = "One moment…"
CLIP = "The raw clip is ready; music, title and effects come next."
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
Fetch = Callable[[Path], Awaitable[list[Path]]]
"""Puts the files that came with a message into a folder; a ValueError says why it cannot."""
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


@attrs.define(eq=False)
class Wish:
    """What somebody asked for; it is kept until it is done."""

    person: str
    words: str = ""
    files: bool = False
    """Whether files came along, which are not kept."""
    checkpoint: str | None = None
    """Where its film stands, once there is something to go on with."""
    edit: bool = False
    """Whether it is with the agent to change a film that is there."""


@attrs.define
class Chat:
    """What is kept of a chat."""

    session_id: str | None = None
    asked: list[Wish] = attrs.field(factory=list)


class Memory:
    """The chats, in a JSON file that is written whole at each change."""

    def __init__(self, path: Path) -> None:
        self._path = path
        kept = json.loads(path.read_text("utf-8")) if path.exists() else {}
        self.chats = {
            key: Chat(chat["session_id"], [Wish(**wish) for wish in chat["asked"]])
            for key, chat in kept.items()
        }

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
    """A wish that is being fulfilled: all of it is shown in one message, by editing that."""

    room: Room
    wish: Wish
    fetch: Fetch | None = None
    task: asyncio.Task[None] | None = None
    note: Note | None = None
    answer: str = ""
    """What the message goes on saying, above how far it is."""
    news: str = MOMENT
    """How far it is, while plain words are handled; shown when it is time for an edit."""

    async def show(self, text: str) -> bool:
        """Send the message, or edit it; returns whether people see it now."""
        if self.note is None:
            self.note = await self.room.say(text)
            return True
        above = self.answer[: MOST_LETTERS - 100]
        return await self.note(f"{above}\n\n{text}" if above else text)

    async def tell(self, answer: str) -> None:
        """Put an answer into the message, or send it anew where the edit is refused."""
        self.answer = ""
        if not await self.show(answer):
            self.note = await self.room.say(answer)
        self.answer = answer

    def hear(self, event: nemo.Event) -> None:
        """Take note of how far it is."""
        match event:
            case nemo.UploadProgress(sent, int(total), name) if sent < total:
                self.news = f"Uploading {name} ({sent / total:.0%})"
            case nemo.UploadProgress():
                self.news = MOMENT
            case nemo.ToolCall():
                self.news = event.doing
            case nemo.StateChanged(stage="clip") if not self.wish.edit:
                self.answer, self.news = CLIP, "The agent is at work"
            case nemo.StillWorking():
                self.news = str(event)


class FilmBot:
    """Does what people say; in each chat one thing after the other, as a film has one timeline."""

    def __init__(self, client: nemo.NemoClient, memory: Memory, *, every: float) -> None:
        self._client = client
        self._memory = memory
        self._every = every
        self._jobs: set[Job] = set()
        self._locks: dict[str, asyncio.Lock] = {}
        self._making = asyncio.Lock()

    async def hear(self, room: Room, person: str, text: str, fetch: Fetch | None = None) -> None:
        """Do what somebody said; what takes long goes on after this has returned."""
        text = text.strip()
        command = _command(text)
        match command:
            case "/cancel":
                await self._cancel(room)
            case "/credits" | "/status":
                job = Job(room, Wish(person))
                await self._guard(job, partial(self._talk, job, command[1:]))
            case "" | "/film" | "/export" | "/new":
                if text or fetch:
                    await self._accept(Job(room, Wish(person, text, fetch is not None), fetch))
            case _:
                await room.say(HELP)

    async def go_on(self, room_of: Callable[[str], Room]) -> None:
        """Go on, after a restart, with all that was asked for and is not done."""
        for key, chat in list(self._memory.chats.items()):
            for wish in chat.asked:
                job = Job(room_of(key), wish)
                self._start(job, partial(self._resume, job))

    async def aclose(self) -> None:
        """Stop, and keep where everything stands."""
        await _end([job.task for job in self._jobs])

    async def _accept(self, job: Job) -> None:
        words = bool(job.wish.words)
        person = job.wish.person
        others = [one.wish for one in self._jobs if one.wish.person == person]
        mine = sum(bool(wish.words) == words for wish in others)
        if mine >= (JOBS_EACH if words else FILES_EACH):
            await job.room.say(
                f"I have {mine} things to do for you already. Wait for one, or /cancel."
            )
            return
        self._memory.chat(job.room.key).asked.append(job.wish)
        self._memory.save()
        self._start(job, self._work(job))

    def _work(self, job: Job) -> Work:
        match _command(job.wish.words):
            case "/new":
                return partial(self._put_aside, job.room)
            case "/export":
                return partial(self._talk, job, "export")
            case "/film":
                return partial(self._film, job)
            case _:
                return partial(self._talk, job, job.wish.words)

    def _start(self, job: Job, work: Work) -> None:
        self._jobs.add(job)
        job.task = asyncio.create_task(self._run(job, work))
        job.task.add_done_callback(lambda _: self._jobs.discard(job))

    async def _run(self, job: Job, work: Work) -> None:
        try:
            async with self._locks.setdefault(job.room.key, asyncio.Lock()):
                await self._guard(job, work)
        except Exception:
            log.exception("The chat %s cannot be reached.", job.room.key)
        self._forget(job)  # not where it was ended: a restart goes on with it

    async def _guard(self, job: Job, work: Work) -> None:
        """Do something; where it fails, say so in words that are for people."""
        try:
            await work()
        except Exception as error:
            if not isinstance(error, nemo.NemoError | ValueError):
                log.exception("Something failed in the bot.")
            if isinstance(error, nemo.SessionNotFoundError):
                self._memory.chat(job.room.key).session_id = None
                self._memory.save()
            if job.note:
                await job.show(FAILED)
            await job.room.say(in_plain_words(error))

    async def _cancel(self, room: Room) -> None:
        jobs = [job for job in self._jobs if job.room.key == room.key]
        await _end([job.task for job in jobs])
        for job in jobs:
            self._forget(job)
            if job.note:
                await job.show("Cancelled.")
        await room.say(
            "Cancelled. What the agent had begun is charged; “export” sends what there is of it."
            if jobs
            else "There is nothing to cancel."
        )
        for job in jobs:
            await self._stop_render(job.wish)

    async def _stop_render(self, wish: Wish) -> None:
        """End a render in the service as well, where the next one would have to wait for it."""
        checkpoint = nemo.Checkpoint.from_json(wish.checkpoint) if wish.checkpoint else None
        if checkpoint and checkpoint.render_id:
            with contextlib.suppress(nemo.NemoError):
                await self._client.render(checkpoint.render_id).cancel()

    async def _put_aside(self, room: Room) -> None:
        self._memory.chat(room.key).session_id = None
        self._memory.save()
        await room.say("A new beginning. What do you want to see?")

    async def _resume(self, job: Job) -> None:
        """Go on with a wish from before a restart, and never ask the agent twice."""
        wish = job.wish
        checkpoint = nemo.Checkpoint.from_json(wish.checkpoint) if wish.checkpoint else None
        if checkpoint and checkpoint.stage in {"message", "render"}:
            if wish.edit:
                await job.tell(
                    f"I was restarted while the agent was at work on “{wish.words}”. I do not ask "
                    "twice, which would cost twice: here comes the film as it is when it rests."
                )
            await self._go_on_from(job, checkpoint)
        elif wish.files:
            await job.room.say("I was restarted before I had sent on your files. Send them again.")
        else:
            await self._work(job)()

    async def _film(self, job: Job) -> None:
        await job.show(MOMENT)
        prompt = job.wish.words.removeprefix(job.wish.words.split()[0]).strip()
        async with self._files(job) as files:
            keep = partial(self._keep, job)
            await self._follow(job, self._client.generate(prompt, files=files, on_checkpoint=keep))

    async def _talk(self, job: Job, text: str) -> None:
        await job.show(MOMENT)
        session = await self._session(job.room, text)
        async with self._files(job) as files, self._showing(job):
            if text and text == job.wish.words:  # plain words, which may be for the agent
                await self._note_turn(job, session)
            done = await session.handle(text, files=files, on_event=job.hear)
        match done:
            case nemo.Credits(available, frozen):
                reserved = f", and {frozen:g} are reserved for work in progress" if frozen else ""
                await job.tell(f"{available:g} credits are left{reserved}.")
            case nemo.State():
                await job.tell(done.timeline.summary())
            case nemo.Upload():
                names = ", ".join(file.filename for file in done.files) or "your file"
                await job.tell(f"I have {names}. What shall I do with it?")
            case nemo.Render():
                await self._follow_render(job, done)
            case nemo.Reply():
                lines = [done.text] if done.silent else [done.text, *done.changes]
                await job.tell("\n".join(lines).strip() or "Done.")
                if (done.changes or "export" in done.actions) and done.timeline.exportable:
                    job.wish.edit = False
                    self._memory.save()
                    await self._follow_render(job, await session.export())

    async def _session(self, room: Room, words: str) -> nemo.Session:
        """Return the chat's session; a new one is in the language of the first words."""
        chat = self._memory.chat(room.key)
        async with self._making:
            if chat.session_id is None:
                chat.session_id = (await self._client.create_session(text=words)).id
                self._memory.save()
        return self._client.session(chat.session_id)

    @contextlib.asynccontextmanager
    async def _files(self, job: Job) -> AsyncIterator[list[IO[bytes]]]:
        """Have the files that came with a message at hand, on the disk and not in memory."""
        with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as opened:
            paths = await job.fetch(Path(folder)) if job.fetch else []
            yield [opened.enter_context(path.open("rb")) for path in paths]

    @contextlib.asynccontextmanager
    async def _showing(self, job: Job) -> AsyncIterator[None]:
        """Show what is new, in edits that hold nothing up."""

        async def show() -> None:
            shown = MOMENT
            while True:
                await asyncio.sleep(self._every)
                if job.news != shown:
                    shown = job.news
                    await job.show(shown)

        showing = asyncio.create_task(show())
        try:
            yield
        finally:
            await _end([showing])

    async def _note_turn(self, job: Job, session: nemo.Session) -> None:
        """Keep, before the agent has the words, that the film is looked for after a restart."""
        job.wish.edit = (await session.state()).timeline.exportable
        self._keep(
            job,
            nemo.Checkpoint(
                "message", prompt=job.wish.words, session_id=session.id, draft_digest=""
            ),
        )

    async def _follow_render(self, job: Job, render: nemo.Render) -> None:
        """Follow an export as the end of a generation, which a restart does not lose."""
        checkpoint = nemo.Checkpoint(
            "render", session_id=render.session_id, render_id=render.id, renders=1
        )
        self._keep(job, checkpoint)
        await self._go_on_from(job, checkpoint)

    async def _go_on_from(self, job: Job, checkpoint: nemo.Checkpoint) -> None:
        keep = partial(self._keep, job)
        await self._follow(job, self._client.resume(checkpoint, on_checkpoint=keep))

    async def _follow(self, job: Job, generation: nemo.Generation) -> None:
        """Show how far a film is in the job's message, then the film."""
        try:
            async for progress in generation.progress(every=self._every):
                bar = "▓" * round(10 * progress.fraction)
                await job.show(f"{bar:░<10} {progress.fraction:.0%}\n{progress.message}")
            await job.room.show(await generation)
        finally:
            await generation.cancel()

    def _keep(self, job: Job, checkpoint: nemo.Checkpoint) -> None:
        """Keep where a job's film stands; the chat goes on with that film."""
        chat = self._memory.chat(job.room.key)
        job.wish.checkpoint = checkpoint.to_json()
        job.wish.edit = job.wish.edit and checkpoint.stage == "message"
        chat.session_id = checkpoint.session_id or chat.session_id
        self._memory.save()

    def _forget(self, job: Job) -> None:
        """Forget a wish that is done or given up; the chat's session stays."""
        asked = self._memory.chat(job.room.key).asked
        if job.wish in asked:
            asked.remove(job.wish)
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


def _command(text: str) -> str:
    """Return the first word of a text; of "/film@films_bot a fox" it is "/film"."""
    return text.partition("@")[0].split(maxsplit=1)[0] if text[:1] == "/" else ""


def place_for(name: str, folder: Path) -> Path:
    """Return where to put a file under its name, or the end of that; there may be two of a name."""
    return Path(tempfile.mkdtemp(dir=folder)) / (re.split(r"[/\\]", name)[-1][-60:] or "file")


def too_large(video: nemo.Video) -> str:
    """Return what to say of a film that a platform does not take."""
    words = "The film is too large for this chat."
    return f"{words} It is here for some time: {video.url}" if video.url else words


async def _end(tasks: "Sequence[asyncio.Task[None] | None]") -> None:
    running = [task for task in tasks if task is not None]
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


class DiscordRoom:
    """A channel or a direct conversation on Discord."""

    def __init__(self, channel: discord.abc.Messageable, key: str) -> None:
        self.key = key
        self._channel = channel

    async def say(self, text: str) -> Note:
        """Send a message; an edit that Discord refuses is left out, as another one follows."""
        sent = await self._channel.send(text[:MOST_LETTERS], allowed_mentions=NOBODY)

        async def edit(text: str) -> bool:
            with contextlib.suppress(discord.HTTPException, aiohttp.ClientError, OSError):
                await sent.edit(content=text[:MOST_LETTERS], allowed_mentions=NOBODY)
                return True
            return False

        return edit

    async def show(self, video: nemo.Video) -> None:
        """Send a film, or the way to it where it is too large for the channel."""
        with tempfile.TemporaryDirectory() as folder:
            path = await video.save(Path(folder) / f"film.{video.format}")
            if path.stat().st_size > MOST_BYTES:
                await self.say(too_large(video))
                return
            await self._channel.send(file=discord.File(path))


def fetch_of(sent: Sequence[discord.Attachment]) -> Fetch | None:
    """Return what fetches the files that came with a message."""

    async def fetch(folder: Path) -> list[Path]:
        if sum(file.size for file in sent) > MOST_HEARD:
            raise ValueError(f"I take files of up to {MOST_HEARD // 1_000_000} MB in all.")
        paths = [place_for(file.filename, folder) for file in sent]
        try:
            for file, path in zip(sent, paths, strict=True):
                await file.save(path)
        except (discord.DiscordException, aiohttp.ClientError, TimeoutError) as error:
            raise ValueError("Discord does not give me your file. Send it again.") from error
        return paths

    return fetch if sent else None


class DiscordBot(discord.Client):
    """Hears messages and commands on Discord."""

    def __init__(self, films: FilmBot) -> None:
        super().__init__(intents=discord.Intents.default())
        self.films = films
        self.tree = app_commands.CommandTree(self)
        for command in COMMANDS:
            self.tree.add_command(command)

    def room(self, key: str) -> DiscordRoom:
        """Return a channel that is known by its id."""
        return DiscordRoom(self.get_partial_messageable(int(key)), key)

    async def setup_hook(self) -> None:
        """Make the commands known, and go on with what was being made."""
        await self.tree.sync()
        await self.films.go_on(self.room)

    async def on_message(self, message: discord.Message) -> None:
        """Hear what is said to the bot; its mention in it is none of the words."""
        direct = message.guild is None or (self.user is not None and self.user in message.mentions)
        if message.author.bot or not direct:
            return
        room = DiscordRoom(message.channel, str(message.channel.id))
        words = re.sub(r"<@!?\d+>", "", message.content)
        await self.films.hear(room, str(message.author.id), words, fetch_of(message.attachments))

    async def close(self) -> None:
        """Stop, and keep where everything stands."""
        await self.films.aclose()
        await super().close()


async def _obey(interaction: discord.Interaction[DiscordBot], text: str) -> None:
    await interaction.response.send_message(text[:MOST_LETTERS], allowed_mentions=NOBODY)
    room = interaction.client.room(str(interaction.channel_id))
    await interaction.client.films.hear(room, str(interaction.user.id), text)


@app_commands.command()
async def film(interaction: discord.Interaction[DiscordBot], prompt: str) -> None:
    """Make a new film (about 100 credits)."""
    await _obey(interaction, f"/film {prompt}")


def _command_of(name: str, about: str) -> app_commands.Command[Any, ..., Any]:
    async def obey(interaction: discord.Interaction[DiscordBot]) -> None:
        await _obey(interaction, f"/{name}")

    return app_commands.Command(name=name, description=about, callback=obey)


COMMANDS: Sequence[app_commands.Command[Any, ..., Any]] = (
    film,
    _command_of("export", "Get the film as it is now (free)."),
    _command_of("status", "See what is in the film."),
    _command_of("credits", "See how many credits are left."),
    _command_of("cancel", "End what the bot is doing here."),
    _command_of("new", "Put this film aside and begin another."),
)


async def main() -> None:
    """Listen until Ctrl-C; what is being made then is gone on with at the next start."""
    discord.utils.setup_logging()
    async with nemo.NemoClient(timing=nemo.Timing(still_working=STILL)) as client:
        films = FilmBot(client, Memory(Path("films.json")), every=EVERY)
        async with DiscordBot(films) as bot:
            await bot.start(os.environ["DISCORD_BOT_TOKEN"])


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
