"""A thousand generations at once in one process: the time, the memory, the failures."""

import asyncio
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import psutil
from attrs import evolve

from nemo_sdk import NemoClient, NemoError, Timing
from nemo_sdk.emulator import Emulator
from nemo_sdk.emulator._film._render import FilmInfo

from ._rows import KIB, MILLISECONDS, OURS, SECONDS, THINGS, Row, Size
from ._server import served

GENERATIONS = 1000
SPEED = 20.0
"""How much faster than the service the emulator is: it leaves a generation a few seconds."""
TOKEN = "nmv_usr_benchmark"
FILM = b"\0" * 100_000


def run(size: Size) -> Iterator[Row]:
    """Start all of them together against an emulator in another process."""
    allow_connections()
    number = size.of(GENERATIONS)
    speed = speed_of(size)
    with served(partial(emulator, speed)) as url:
        memory = psutil.Process().memory_info().rss
        cpu, start = process_time(), perf_counter()
        outcomes, peak = asyncio.run(generate(url, number, speed))
        took, cpu = perf_counter() - start, process_time() - cpu
    subject = f"{number:,} generations at once, films fetched"
    yield Row(f"{subject}: wall time", SECONDS, {OURS: [took]})
    yield Row(f"{subject}: CPU of one", MILLISECONDS, {OURS: [cpu / number]})
    yield Row(f"{subject}: memory of one", KIB, {OURS: [(peak - memory) / number]})
    yield Row(f"{subject}: failures", THINGS, {OURS: [number - outcomes["Video"]]})


def speed_of(size: Size) -> float:
    """Return the emulator's speed: a smoke run does not wait."""
    return SPEED if size.work == 1 else 10 * SPEED


async def emulator(speed: float, connection: Connection) -> None:
    """Serve an account without end, and films that cost no time to render."""
    allow_connections()
    service = Emulator(speed=speed, renderer=write_film)
    await service.start()
    service.add_token(token=TOKEN, credits=1e9)
    connection.send(service.base_url)


def write_film(
    draft: Mapping[str, Any], target: Path, *, size: tuple[int, int], **_: Any
) -> FilmInfo:
    """Stand in for the renderer, whose time is not the client's."""
    target.write_bytes(FILM)
    return FilmInfo(duration=10.0, size=len(FILM), width=size[0], height=size[1], frames=240)


async def generate(url: str, number: int, speed: float) -> tuple[Counter[str], int]:
    """What became of each generation, and the largest memory of the process meanwhile."""
    # Renders keep the emulator's pace; the network is as patient as ever.
    timing = evolve(Timing(), render_poll=Timing().render_poll / speed)
    async with NemoClient(TOKEN, base_url=url, timing=timing) as client:
        peak = asyncio.create_task(peak_memory())
        outcomes = await asyncio.gather(*(outcome(client, i) for i in range(number)))
        peak.cancel()
        return Counter(outcomes), await peak


async def outcome(client: NemoClient, number: int) -> str:
    """The name of what one generation ended in."""
    try:
        video = await client.generate(f"a cat walking through a snowy forest, take {number}")
        await video.read()
    except NemoError as error:
        return type(error).__name__
    return "Video"


async def peak_memory() -> int:
    """Watch this process until cancelled, and return its largest memory in bytes."""
    process, peak = psutil.Process(), 0
    try:
        while True:
            peak = max(peak, process.memory_info().rss)
            await asyncio.sleep(0.05)
    except asyncio.CancelledError:
        return peak


def allow_connections() -> None:
    """Raise the limit of open files as far as it goes: each generation holds a connection."""
    if sys.platform != "win32":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
