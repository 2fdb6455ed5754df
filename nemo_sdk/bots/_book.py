"""What is kept of conversations: a file each, written off the loop, found again after a restart."""

import asyncio
import contextlib
import hashlib
import json
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal

import attrs
from attrs import define, field

__all__ = ["Book", "Chat", "Kind", "Wish"]

log = logging.getLogger("nemo_sdk")
Kind = Literal["film", "message", "upload", "export", "new"]
_DAY = 86400.0
_KEPT = 90 * _DAY
"""Seconds that a conversation is kept in which nothing is said."""
_HEARD = 100
"""Messages of which it is known that they were heard."""


@define(eq=False)
class Wish:
    """What somebody asked for; it is kept until it is done."""

    person: str
    kind: Kind
    words: str = ""
    language: str = "en"
    take: int = 1
    """Follows from the message: the same words said again are another one."""
    has_files: bool = False
    files: list[str] = field(factory=list)
    """Where they are, once they are fetched."""
    job: str | None = None
    """The id of its job, once there is one."""
    render: str | None = None
    """The checkpoint of its export, once there is one."""


@define(eq=False)
class Chat:
    """What is kept of a conversation."""

    key: str
    session_id: str | None = None
    asked: list[Wish] = field(factory=list)
    heard: list[str] = field(factory=list)
    """The ids of the last messages."""
    languages: dict[str, str] = field(factory=dict)
    """What each person speaks."""
    options: list[str] = field(factory=list)
    """What there is to choose from in the question that the agent asked last."""
    used: float = field(factory=time.time)

    def hears(self, id: str) -> bool:
        """Take note of a message; return whether it is a new one."""
        if id in self.heard:
            return False
        self.heard = [*self.heard, id][-_HEARD:]
        return True


class Book:
    """Keeps the conversations, and who has asked for how much today.

    Args:
        folder: Where; None to keep them in memory, as long as the process lives.
    """

    def __init__(self, folder: Path | str | None) -> None:
        self.chats: dict[str, Chat] = {}
        self._folder = None if folder is None else Path(folder)
        self._today: tuple[str, dict[str, int]] = ("", {})
        self._moves: list[tuple[str, str]] = []
        self._writer = ThreadPoolExecutor(1, "nemo_sdk.bots")  # one: nothing old over new
        self._opening = asyncio.Lock()
        self._swept: float | None = None

    async def open(self) -> None:
        """Read what was kept, once; once a day, drop what was not used for long."""
        async with self._opening:
            if self._swept is None:
                found = await self._in_thread(self._read)
                self.chats = {**found, **self.chats}
            elif time.time() - self._swept < _DAY:
                return
            self._swept = time.time()
            for move in self._moves:
                self._rename(*move)
            self._moves.clear()
            for chat in list(self.chats.values()):
                if not chat.asked and time.time() - chat.used > _KEPT:
                    await self._drop(chat.key)

    def chat(self, key: str) -> Chat:
        """Return a conversation; a new one where it is not known."""
        return self.chats.setdefault(key, Chat(key))

    async def save(self, chat: Chat) -> None:
        """Keep a conversation as it is now."""
        chat.used = time.time()
        await self._write(_file_name(chat.key), attrs.asdict(chat))

    def rename(self, old: str, new: str) -> None:
        """Have a conversation under a new key from now on; `keep_renamed` follows."""
        if self._swept is None:
            self._moves.append((old, new))
        self._rename(old, new)

    async def keep_renamed(self, old: str, new: str) -> None:
        """Keep under its new key what was renamed."""
        await self.open()
        if old not in self.chats and new in self.chats:
            await self.save(self.chats[new])
            await self._drop(old)

    def today(self, person: str) -> int:
        """Return how much somebody was allowed today."""
        day, counts = self._today
        return counts.get(person, 0) if day == _day() else 0

    async def count(self, person: str) -> None:
        """Take note that somebody was allowed something."""
        day, counts = self._today
        if day != _day():
            day, counts = _day(), {}
        counts[person] = counts.get(person, 0) + 1
        self._today = day, counts
        await self._write("today", [day, counts])

    async def folder_for(self, wish: Wish) -> Path:
        """Return a folder for the files of a wish, which a restart leaves alone."""
        folder = self._files / f"{wish.take:x}"
        await self._in_thread(lambda: folder.mkdir(mode=0o700, parents=True, exist_ok=True))
        return folder

    async def clear(self, wish: Wish) -> None:
        """Remove the files of a wish."""
        if wish.has_files:
            folder = self._files / f"{wish.take:x}"
            await self._in_thread(lambda: shutil.rmtree(folder, ignore_errors=True))

    def close(self) -> None:
        """Begin nothing more; what is being written is written."""
        self._writer.shutdown(wait=False)

    @property
    def _files(self) -> Path:
        if self._folder is None:
            return Path(tempfile.gettempdir()) / f"nemo_sdk_bots_{os.getpid()}"
        return self._folder / "files"

    def _rename(self, old: str, new: str) -> None:
        chat, there = self.chats.pop(old, None), self.chats.get(new)
        if chat is None:
            return
        chat.key = new
        if there is not None:  # something was said there already
            chat.session_id = there.session_id or chat.session_id
            chat.asked += there.asked
            chat.heard += there.heard
            chat.languages |= there.languages
        self.chats[new] = chat

    async def _drop(self, key: str) -> None:
        self.chats.pop(key, None)
        if self._folder is not None:
            path = self._folder / f"{_file_name(key)}.json"
            with contextlib.suppress(OSError):
                await self._in_thread(lambda: path.unlink(missing_ok=True))

    def _read(self) -> dict[str, Chat]:
        found: dict[str, Chat] = {}
        for path in self._folder.glob("*.json") if self._folder is not None else ():
            try:
                kept = json.loads(path.read_text("utf-8"))
                if path.stem == "today":
                    self._today = kept[0], kept[1]
                else:
                    chat = Chat(**kept)
                    chat.asked = [Wish(**wish) for wish in kept["asked"]]
                    found[chat.key] = chat
            except (OSError, TypeError, ValueError, LookupError) as error:
                log.warning("%s is no conversation: %s", path.name, error)
        return found

    async def _write(self, name: str, value: Any) -> None:
        if self._folder is None:
            return
        try:
            await self._in_thread(_put, self._folder, f"{name}.json", json.dumps(value))
        except OSError as error:
            log.warning("conversations are kept in memory only: %s", error)

    async def _in_thread(self, work: Callable[..., Any], *args: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._writer, work, *args)


def _put(folder: Path, name: str, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, path = tempfile.mkstemp(dir=folder, prefix=".new.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(path).replace(folder / name)
    except OSError:
        Path(path).unlink(missing_ok=True)
        raise


def _file_name(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:20]


def _day() -> str:
    return time.strftime("%Y-%m-%d", time.gmtime())
