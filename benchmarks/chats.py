"""A thousand chats of one bot, each with a film: the time, the memory, what came of them."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

import psutil
from attrs import define, evolve, field

from nemo_sdk import NemoClient, Timing, Video
from nemo_sdk.bots import FilmBot, Limits, Note
from nemo_sdk.jobs import FileStore, Jobs

from ._rows import Row
from ._server import served
from .many import SPEED, TOKEN, allow_connections, emulator, peak_memory

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


def run() -> Iterator[Row]:
    """Have everybody ask for a film at once, with an emulator in another process."""
    allow_connections()
    chats = [Chat(f"chat {number}") for number in range(CHATS)]
    with served(emulator) as url, TemporaryDirectory() as folder:
        memory = psutil.Process().memory_info().rss
        cpu, start = process_time(), perf_counter()
        peak = asyncio.run(talk(url, chats, Path(folder)))
        took, cpu = perf_counter() - start, process_time() - cpu
    subject = f"{CHATS} chats of one bot"
    yield Row(f"{subject}, wall time", f"{took:.1f} s")
    yield Row(f"{subject}, CPU of one", f"{cpu / CHATS * 1e3:.1f} ms")
    yield Row(f"{subject}, memory of one", f"{(peak - memory) / CHATS / 1024:.0f} KiB")
    yield Row(f"{subject}, films", str(sum(chat.films for chat in chats)))
    yield Row(f"{subject}, messages and edits", str(sum(chat.said for chat in chats)))


async def talk(url: str, chats: list[Chat], folder: Path) -> int:
    """Have a film for each chat; return the largest memory of the process meanwhile."""
    timing = evolve(Timing(), render_poll=Timing().render_poll / SPEED)
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
