"""A file of 400 MB up and down over loopback, beside aiohttp by hand, httpx and curl.

Files lie in memory where the system has such a place: disks are not what is compared, and only
nemo_sdk waits until the disk has the film.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median

from . import _transfer_clients as clients
from ._rows import Row
from ._server import served
from ._transfer_clients import MB, Cost, Transfer, cost_of
from ._transfer_server import serve

ROUNDS = 5
SIZE = 400
AT_ONCE = 100
SMALL = 8
_WAV = b"RIFF\xff\xff\xff\x0fWAVEfmt "

Contenders = Mapping[str, Transfer | str]


def run() -> Iterator[Row]:
    """Let the clients take turns, and compare their medians."""
    with served(serve) as url, tempfile.TemporaryDirectory(dir=_memory_disk()) as place:
        folder = Path(place)
        for direction, contenders in _contenders().items():
            path = folder / f"{direction}.wav"
            if direction == "upload":
                _file(path, SIZE)
            costs = _interleaved(contenders, url, path, SIZE, fresh=direction == "download")
            yield from _rows(f"{direction} {SIZE} MB", SIZE, costs)
        crowds: Contenders = {"nemo_sdk": crowd_of_ours, "aiohttp": crowd_of_aiohttps}
        costs = _interleaved(crowds, url, _file(folder / "small.wav", SMALL), SMALL)
        yield from _rows(f"{AT_ONCE} of {SMALL} MB at once", AT_ONCE * SMALL, costs)


def _contenders() -> dict[str, Contenders]:
    uploads: dict[str, Transfer | str] = {
        "nemo_sdk": clients.upload_with_ours,
        "aiohttp": clients.upload_with_aiohttp,
        "httpx": clients.upload_with_httpx,
    }
    downloads: dict[str, Transfer | str] = {
        "nemo_sdk": clients.download_with_ours,
        "aiohttp": clients.download_with_aiohttp,
        "httpx": clients.download_with_httpx,
    }
    if shutil.which("curl"):
        uploads["curl"], downloads["curl"] = "upload", "download"
    else:
        print("curl is not installed (apt-get install curl): it is left out.")
    return {"upload": uploads, "download": downloads}


def _interleaved(
    contenders: Contenders, url: str, path: Path, size: int, *, fresh: bool = False
) -> dict[str, Cost]:
    """Return the medians of each contender's costs; `fresh` for a file that is to be made anew.

    Who writes over a file gets its memory back, still warm, and would seem to be the faster one.
    """
    _file(path.with_name("warm.wav"), 1)
    costs: dict[str, list[Cost]] = {name: [] for name in contenders}
    for _ in range(ROUNDS):
        for name, transfer in contenders.items():
            costs[name].append(cost_of(transfer, url, path, size))
            for film in [path] if fresh else path.parent.glob("*.mp4"):
                film.unlink()
    path.unlink(missing_ok=True)
    return {name: _median(taken) for name, taken in costs.items()}


def _median(costs: list[Cost]) -> Cost:
    gaps = [cost.gap for cost in costs if cost.gap is not None]
    return Cost(
        wall=median(cost.wall for cost in costs),
        cpu=median(cost.cpu for cost in costs),
        memory=int(median(cost.memory for cost in costs)),
        gap=median(gaps) if gaps else None,
    )


def _rows(subject: str, size: int, costs: dict[str, Cost]) -> Iterator[Row]:
    ours = costs.pop("nemo_sdk")
    for name, theirs in costs.items():
        speeds = [size / cost.wall for cost in (ours, theirs)]
        yield Row(subject, *_beside(speeds, "{:.0f} MB/s", name))
        yield Row("  CPU", *_beside([ours.cpu, theirs.cpu], "{:.2f} s", name))
        memories = [cost.memory / MB for cost in (ours, theirs)]
        yield Row("  memory above idle", *_beside(memories, "{:.1f} MB", name))
        if ours.gap is not None and theirs.gap is not None:
            gaps = [ours.gap * 1e3, theirs.gap * 1e3]
            yield Row("  largest gap", *_beside(gaps, "{:.1f} ms", name))


def _beside(figures: list[float], form: str, name: str) -> tuple[str, str, str, float | None]:
    ours, theirs = figures
    return form.format(ours), name, form.format(theirs), ours / theirs if theirs > 0 else None


def _file(path: Path, size: int) -> Path:
    with path.open("wb") as file:
        file.write(_WAV)
        for _ in range(size):
            file.write(bytes(MB))
        file.truncate(size * MB)
    return path


def _memory_disk() -> Path | None:
    place = Path("/dev/shm")
    return place if place.is_dir() else None


async def crowd_of_ours(url: str, path: Path, size: int) -> None:
    """Half a hundred uploads and as many downloads, with one client."""
    from nemo_sdk import NemoClient  # noqa: PLC0415 - each process imports its own client

    async with NemoClient("token", base_url=url) as client:
        video = await client.render(str(size)).wait()
        up = (client.session("1").upload(path) for _ in range(AT_ONCE // 2))
        down = (video.save(path.with_name(f"{number}.mp4")) for number in range(AT_ONCE // 2))
        await asyncio.gather(*up, *down)


async def crowd_of_aiohttps(url: str, path: Path, size: int) -> None:
    """The same by hand."""
    up = (clients.upload_with_aiohttp(url, path, size) for _ in range(AT_ONCE // 2))
    down = (
        clients.download_with_aiohttp(url, path.with_name(f"{number}.mp4"), size)
        for number in range(AT_ONCE // 2)
    )
    await asyncio.gather(*up, *down)
