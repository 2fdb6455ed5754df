"""Hears what people say, queues it, and has it done; forgets nothing on a restart."""

import asyncio
import hashlib
import inspect
import logging
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import get_args
from weakref import WeakValueDictionary

from attrs import define, field

from nemo_sdk import Format, Question, classify_request, detect_language
from nemo_sdk.jobs import Job, Jobs

from ._book import Book, Chat, Wish
from ._room import Fetch, Room, SlowDown
from ._screen import Pace, Screen
from ._who import Allow, Asked, DailyLimit
from ._words import COMMANDS, WORDS, Words, in_language
from ._work import Work, Worker

__all__ = ["FilmBot"]

log = logging.getLogger("nemo_sdk")
_WISHES_EACH = 3
_FILES_EACH = 20
"""Messages with files alone, beside the wishes: an album comes file by file."""
_FORMATS = ", ".join(get_args(Format))


@define(eq=False)
class Line:
    """What is asked for in one room, the first of it being done."""

    key: str
    works: list[Work] = field(factory=list)
    running: "asyncio.Task[None] | None" = None


class FilmBot:
    """Makes films for the people of a chat platform; in each room one thing after the other.

    Args:
        jobs: What makes the films; the caller enters and closes it, after the bot.
        words: What the bot says in which language; see `WORDS`.
        allow: Who may have films and talk to the agent; ten times a day each, if left out.
        folder: Where conversations are kept; None for `rooms` in the folder of the jobs' store, or
            for no longer than the process lives, where that has none.
    """

    def __init__(
        self,
        jobs: Jobs,
        *,
        words: Words = WORDS,
        allow: Allow | None = None,
        folder: Path | str | None = None,
    ) -> None:
        self._jobs = jobs
        self._words = words
        self._allow = allow or DailyLimit()
        self._book = Book(folder or _rooms_of(jobs))
        self._worker = Worker(jobs, self._book)
        self._lines: dict[str, Line] = {}
        self._paces: WeakValueDictionary[str, Pace] = WeakValueDictionary()
        self._doors: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._room_of: Callable[[str], Room | None] = lambda _: None
        self._aside: set[asyncio.Task[None]] = set()
        self._coming: list[Wish] = []
        """Those that are being taken on, in any room."""

    async def hear(
        self,
        room: Room,
        person: str,
        words: str,
        fetch: Fetch | None = None,
        *,
        id: str | None = None,
    ) -> None:
        """Do what somebody said; what takes long goes on after this has returned.

        Args:
            room: Where it was said.
            person: Who said it, in the platform's terms.
            words: What was said; may be empty where there are files.
            fetch: What fetches the files that came along; called when it is their turn.
            id: The platform's id of the message: delivered twice, it is heard once. The same
                words in another message are meant anew. None where the platform has no ids: then
                each call is another message.

        Raises:
            Exception: The room cannot be reached, as its `say` tells it.
        """
        door = self._doors.setdefault(room.key, asyncio.Lock())
        async with door:
            await self._book.open()
            chat = self._book.chat(room.key)
            if id is not None and not chat.hears(id):
                return
            await self._hear(room, chat, person, words.strip(), fetch, id)

    async def go_on(self, room_of: Callable[[str], Room | None]) -> None:
        """Go on, after a restart, with all that was asked for and is not done; tell the rooms.

        Args:
            room_of: Returns the room of a key, or None where it is none of this platform's.
        """
        self._room_of = room_of
        await self._book.open()
        resumed = {job.id: job for job in await self._jobs.resume()}
        begun = {work.wish for line in self._lines.values() for work in line.works}
        for chat in [one for one in self._book.chats.values() if one.asked]:
            if (room := room_of(chat.key)) is None:
                continue
            for wish in [one for one in chat.asked if one not in begun]:
                work = self._work(room, chat, wish)
                work.job = resumed.get(wish.job or "") or await self._job(wish)
                work.restarted = True
                self._queue(work)

    def move(self, old: str, new: str) -> None:
        """Have a room under a new key: a group that became another one keeps its film.

        Args:
            old: Its key so far.
            new: Its key from now on.
        """
        self._book.rename(old, new)
        line = self._lines.get(old)
        if line is not None and new not in self._lines:
            self._lines[new] = self._lines.pop(old)
            line.key = new
        room = self._room_of(new)
        for one in (self._lines.get(old), self._lines.get(new)):
            for work in one.works if one is not None else ():
                work.chat = self._book.chat(new)
                work.screen.room = room or work.screen.room
        task = asyncio.create_task(self._book.keep_renamed(old, new))
        self._aside.add(task)
        task.add_done_callback(self._aside.discard)

    async def aclose(self) -> None:
        """Stop, and keep where everything stands."""
        for line in list(self._lines.values()):
            await _end(line)
        await asyncio.gather(*self._aside, return_exceptions=True)
        self._book.close()

    async def _hear(
        self, room: Room, chat: Chat, person: str, said: str, fetch: Fetch | None, id: str | None
    ) -> None:
        command, rest = _command(said)
        wish = Wish(
            person,
            "message",
            rest if command else _chosen(said, chat.options),
            await self._language(chat, person, rest),
            _take(room.key, id or secrets.token_hex(8)),
            has_files=fetch is not None,
        )
        if command == "export":
            wish.words = f"export {rest}".strip()
        work = self._work(room, chat, wish)
        work.fetch = fetch
        match _meant(command, wish, chat.options):
            case "":
                pass
            case "film" | "message" | "upload" | "export" | "new" as kind:
                wish.kind = kind
                await self._worker.guarded(work, self._accept)
            case "credits":
                await self._worker.guarded(work, self._worker.tell_credits)
            case "state" | "status":
                await self._worker.guarded(work, self._worker.look)
            case "cancel":
                await self._cancel(work)
            case name:
                await work.tell(name, formats=_FORMATS)

    async def _accept(self, work: Work) -> None:
        """Take on a wish: it is kept before anything is begun, and done when it is its turn."""
        wish = work.wish
        alone = wish.kind == "upload"
        waiting = [one.wish for line in self._lines.values() for one in line.works]
        others = [one for one in (*waiting, *self._coming) if one.person == wish.person]
        mine = sum((one.kind == "upload") == alone for one in others)
        if mine >= (_FILES_EACH if alone else _WISHES_EACH):
            await work.tell("busy", count=mine)
            return
        self._coming.append(wish)
        try:
            before = self._queue(work) if await self._is_kept(work) else 0
        finally:
            self._coming.remove(wish)
        if before:
            await work.screen.show(work.words["queued"].format(count=before))

    async def _is_kept(self, work: Work) -> bool:
        """Keep a wish, if it is allowed."""
        wish, chat = work.wish, work.chat
        if wish.kind in {"film", "message"} and not await self._is_allowed(work):
            return False
        if wish.kind == "message":
            chat.options = []
        chat.asked.append(wish)
        await self._book.save(chat)
        return True

    async def _is_allowed(self, work: Work) -> bool:
        wish = work.wish
        asked = Asked(wish.person, work.chat.key, wish.words, self._book.today(wish.person))
        allowed = self._allow(asked)
        if inspect.isawaitable(allowed):
            allowed = await allowed
        if allowed is True:
            await self._book.count(wish.person)
            return True
        why = allowed or "not_allowed"
        await work.screen.tell(work.words.get(why, why))
        return False

    def _work(self, room: Room, chat: Chat, wish: Wish) -> Work:
        pace = self._paces.setdefault(chat.key, Pace())
        return Work(wish, chat, Screen(room, pace), in_language(self._words, wish.language))

    def _queue(self, work: Work) -> int:
        """Put a wish at the end of its room's line; return how many are before it."""
        line = self._lines.setdefault(work.chat.key, Line(work.chat.key))
        line.works.append(work)
        if line.running is None:
            line.running = asyncio.create_task(self._run(line))
        return len(line.works) - 1

    async def _run(self, line: Line) -> None:
        while line.works:
            work = line.works[0]
            try:
                await self._worker.do(work)
            except SlowDown as slow:  # for too long: the next start goes on with it
                log.warning("the room %s takes nothing: %s", line.key, slow)
            except Exception:
                log.exception("the room %s cannot be reached", line.key)
                await self._forget(work)
            else:
                await self._forget(work)
            line.works.remove(work)
        self._close(line)

    def _close(self, line: Line) -> None:
        """Keep nothing of a room in which there is nothing to do."""
        if self._lines.get(line.key) is line:
            del self._lines[line.key]

    async def _forget(self, work: Work) -> None:
        """Forget a wish that is done or given up; the film of the room stays."""
        if work.wish in work.chat.asked:
            work.chat.asked.remove(work.wish)
        await self._book.clear(work.wish)
        await self._book.save(work.chat)

    async def _cancel(self, asked: Work) -> None:
        line = self._lines.get(asked.chat.key)
        if line is None:
            await asked.tell("nothing_to_cancel")
            return
        await _end(line)
        self._close(line)
        for work in line.works:
            await self._worker.cancel(work)
            await self._forget(work)
            if work.screen.is_lit:
                await work.tell("cancelled")
        await asked.tell("all_cancelled")

    async def _language(self, chat: Chat, person: str, said: str) -> str:
        """Return what somebody speaks; a word or two of Latin letters do not change it."""
        known = chat.languages.get(person)
        tells = any(one.isalpha() and one > "\u02ff" for one in said) or len(said.split()) > 2
        if not said or (known and not tells):
            return known or "en"
        found = await asyncio.to_thread(detect_language, said, default=known or "en")
        chat.languages[person] = found
        return found

    async def _job(self, wish: Wish) -> Job | None:
        """Return the job of a wish that has ended, if it is kept."""
        if wish.job is None:
            return None
        try:
            return await (await asyncio.to_thread(self._jobs.get, wish.job))
        except LookupError:
            return None


async def _end(line: Line) -> None:
    if line.running is not None:
        line.running.cancel()
        await asyncio.wait([line.running])


def _rooms_of(jobs: Jobs) -> Path | None:
    """Return the folder for conversations beside jobs that are in a folder."""
    try:
        folder = getattr(jobs.store, "folder", None)
    except OSError:  # there is no home
        return None
    return folder and Path(folder) / "rooms"


def _command(said: str) -> tuple[str, str]:
    """Return a command and what is behind it: of "/film@films_bot a fox" "film" and "a fox"."""
    if not said.startswith("/"):
        return "", said
    first, *rest = said.split(maxsplit=1)
    return first[1:].partition("@")[0].lower() or "help", rest[0] if rest else ""


def _meant(command: str, wish: Wish, options: Sequence[str]) -> str:
    """Return what to do: a kind of wish, what is answered at once, or the name of a sentence."""
    if command == "film" and not wish.words:
        return "no_prompt"
    if command and command != "export":
        return command if command in COMMANDS else "help"
    if wish.words in options:  # an answer to the agent, whatever it is elsewhere
        return "message"
    return _said(wish)


def _said(wish: Wish) -> str:
    """Return what plain words ask for, by the service's table of what people say."""
    request = classify_request(wish.words, has_files=wish.has_files)
    if not wish.words and not wish.has_files:
        return ""
    if request.unsupported:
        return "no_such_format"
    if request.intent == "upload" and not (wish.has_files or request.urls):
        return "no_file"
    looks = request.intent in {"credits", "state"}
    return "upload" if looks and wish.has_files else request.intent


def _chosen(said: str, options: Sequence[str]) -> str:
    """Return the answer that somebody means by its number, or in other letters."""
    return Question("", tuple(options)).choose(said) or said


def _take(key: str, id: str) -> int:
    """Return the take that a message stands for: the same for this very message, else another."""
    return 1 + int.from_bytes(hashlib.sha256(f"{key}\n{id}".encode()).digest()[:6])
