"""A thousand chats of one bot, each with a film: the time, the memory, what came of them."""

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

import psutil
from attrs import define, evolve, field

from nemo_sdk import NemoClient, Timing, Video
from nemo_sdk.bots import FilmBot, Limits, Note
from nemo_sdk.jobs import FileStore, Jobs

from ._rows import KIB, MILLISECONDS, OURS, SECONDS, THINGS, Row, Size
from ._server import served
from .many import TOKEN, allow_connections, emulator, peak_memory, speed_of

CHATS = 1000


@define
class Chat:
    """A room that counts."""

    key: str
    limits: Limits = Limits()  # noqa: RUF009 - it is frozen
    said: int = 0
    films: int = 0
    has_film: asyncio.Event = field(factory=asyncio.Event)

    async def say(self, text: str) -> Note:
        """Count a message."""
        self.said += 1
        return self._edit

    async def show(self, video: Video) -> None:
        """Take a film."""
        await video.read()
        self.films += 1
        self.has_film.set()

    async def _edit(self, text: str) -> bool:
        self.said += 1
        return True


def run(size: Size) -> Iterator[Row]:
    """Have everybody ask for a film at once, with an emulator in another process."""
    allow_connections()
    chats = [Chat(f"chat {number}") for number in range(size.of(CHATS))]
    speed = speed_of(size)
    with served(partial(emulator, speed)) as url, TemporaryDirectory() as folder:
        memory = psutil.Process().memory_info().rss
        cpu, start = process_time(), perf_counter()
        peak = asyncio.run(talk(url, chats, Path(folder), speed))
        took, cpu = perf_counter() - start, process_time() - cpu
    number = len(chats)
    subject = f"{number:,} chats of one bot"
    yield Row(f"{subject}: wall time", SECONDS, {OURS: [took]})
    yield Row(f"{subject}: CPU of one", MILLISECONDS, {OURS: [cpu / number]})
    yield Row(f"{subject}: memory of one", KIB, {OURS: [(peak - memory) / number]})
    yield Row(f"{subject}: films", THINGS, {OURS: [sum(chat.films for chat in chats)]})
    said = sum(chat.said for chat in chats)
    yield Row(f"{subject}: messages and edits", THINGS, {OURS: [said]})


async def talk(url: str, chats: list[Chat], folder: Path, speed: float) -> int:
    """Have a film for each chat; return the largest memory of the process meanwhile."""
    timing = evolve(Timing(), render_poll=Timing().render_poll / speed)
    async with (
        NemoClient(TOKEN, base_url=url, timing=timing) as client,
        Jobs(client, store=FileStore(folder), at_once=len(chats)) as jobs,
    ):
        peak = asyncio.create_task(peak_memory())
        bot = FilmBot(jobs)
        for chat in chats:
            await bot.hear(chat, chat.key, "/film a cat walking through a snowy forest")
        await asyncio.gather(*(chat.has_film.wait() for chat in chats))
        await bot.aclose()
        peak.cancel()
        return await peak
