"""Each client in a process of its own: what it takes to send, or to fetch and keep, one file."""

import asyncio
import gc
import os
import shutil
import subprocess
from collections.abc import Awaitable, Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter, process_time

import psutil
from attrs import define

from ._gaps import largest_gap

MB = 1024**2
UPLOAD = "/api/upload-video/nemo_agent/me/1"


@define
class Cost:
    """What one transfer took: seconds, seconds of CPU, bytes above idle, seconds of silence."""

    wall: float
    cpu: float
    memory: int
    gap: float | None = None


Transfer = Callable[[str, Path, int], Awaitable[None]]


def cost_of(transfer: Transfer | str, url: str, path: Path, size: int) -> Cost:
    """Run a transfer in a fresh process; a text is the name of one of curl's.

    Args:
        transfer: What to run.
        url: Of the server.
        path: The file to send, or to write.
        size: Megabytes.
    """
    if isinstance(transfer, str):
        return _cost_of_curl(transfer, url, path, size)
    ours, its = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=_measure, args=(its, transfer, url, path, size))
    process.start()
    its.close()
    try:
        cost: Cost = ours.recv()
    finally:
        process.join()
    return cost


def _measure(answer: Connection, transfer: Transfer, url: str, path: Path, size: int) -> None:
    answer.send(asyncio.run(_measured(transfer, url, path, size)))


async def _measured(transfer: Transfer, url: str, path: Path, size: int) -> Cost:
    await transfer(url, path.with_name("warm.wav"), 1)
    gc.collect()  # else the collector looks through all that was imported in the middle of it
    idle = _reset_peak()
    cpu, start = process_time(), perf_counter()
    async with largest_gap() as gap:
        await transfer(url, path, size)
    return Cost(perf_counter() - start, process_time() - cpu, _peak() - idle, gap[0])


def _reset_peak() -> int:
    """Forget the peak so far where the system can, and return the memory used now."""
    forget = Path("/proc/self/clear_refs")
    if forget.exists():
        forget.write_text("5")
    return psutil.Process().memory_info().rss


def _peak() -> int:
    status = Path("/proc/self/status")
    if not status.exists():
        return psutil.Process().memory_info().rss
    (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


async def upload_with_ours(url: str, path: Path, size: int) -> None:
    from nemo_sdk import NemoClient

    async with NemoClient("token", base_url=url) as client:
        await client.session("1").upload(path)


async def download_with_ours(url: str, path: Path, size: int) -> None:
    from nemo_sdk import NemoClient

    async with NemoClient("token", base_url=url) as client:
        video = await client.render(str(size)).wait()
        await video.save(path)


async def upload_with_aiohttp(url: str, path: Path, size: int) -> None:
    import aiohttp

    form = aiohttp.FormData()
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as session:
        with path.open("rb") as file:
            form.add_field("files", file, filename=path.name, content_type="audio/wav")
            async with session.post(url + UPLOAD, data=form) as response:
                await response.json()


async def download_with_aiohttp(url: str, path: Path, size: int) -> None:
    import aiohttp

    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as session,
        session.get(f"{url}/film/{size}") as response,
    ):
        with path.open("wb") as file:
            async for piece in response.content.iter_chunked(MB):
                file.write(piece)


async def upload_with_httpx(url: str, path: Path, size: int) -> None:
    import httpx

    async with httpx.AsyncClient(timeout=60) as client:
        with path.open("rb") as file:
            files = {"files": (path.name, file, "audio/wav")}
            (await client.post(url + UPLOAD, files=files)).json()


async def download_with_httpx(url: str, path: Path, size: int) -> None:
    import httpx

    async with (
        httpx.AsyncClient(timeout=60) as client,
        client.stream("GET", f"{url}/film/{size}") as response,
    ):
        with path.open("wb") as file:
            async for piece in response.aiter_bytes(MB):
                file.write(piece)


def _cost_of_curl(direction: str, url: str, path: Path, size: int) -> Cost:
    words = {
        "upload": ["--form", f"files=@{path};type=audio/wav", url + UPLOAD],
        "download": ["--output", str(path), f"{url}/film/{size}"],
    }
    idle = _run(["--version"])
    busy = _run(["--noproxy", "*", *words[direction]])
    return Cost(busy.wall, busy.cpu - idle.cpu, busy.memory - idle.memory)


def _run(arguments: list[str]) -> Cost:
    program = [shutil.which("curl") or "curl", "--silent", "--show-error", "--fail", *arguments]
    start = perf_counter()
    process = subprocess.Popen(program, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"curl ended with {process.returncode}")
    return Cost(perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)
