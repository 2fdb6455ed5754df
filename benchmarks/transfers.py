"""Files of up to 400 MB up and down over loopback, beside aiohttp by hand, httpx and curl.

Files lie in memory where the system has such a place: disks are not what is compared, and only
nemo_sdk waits until the disk has the film.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from . import _transfer_clients as clients
from ._rows import MIB, MILLISECONDS, OURS, SECONDS, SPEED, Row, Size
from ._server import served
from ._transfer_clients import MB, Cost, Transfer, cost_of
from ._transfer_server import serve

ROUNDS = 5
SIZES = (4, 40, 400)
AT_ONCE = 100
SMALL = 8
_WAV = b"RIFF\xff\xff\xff\x0fWAVEfmt "

Contenders = Mapping[str, Transfer | str]


def run(size: Size) -> Iterator[Row]:
    """Let the clients take turns."""
    rounds = size.rounds(ROUNDS)
    with served(serve) as url, tempfile.TemporaryDirectory(dir=_memory_disk()) as place:
        folder = Path(place)
        for direction, contenders in _contenders().items():
            for work in SIZES:
                number = size.of(work)
                path = folder / f"{direction}.wav"
                if direction == "upload":
                    _file(path, number)
                costs = _in_turns(contenders, url, path, number, rounds)
                rows = _rows(f"{direction} of {number} MB", number, costs, work)
                yield from rows if work == SIZES[-1] else (row for row in rows if row.work)
        crowds: Contenders = {OURS: crowd_of_ours, "aiohttp": crowd_of_aiohttps}
        small = size.of(SMALL)
        costs = _in_turns(crowds, url, _file(folder / "small.wav", small), small, rounds)
        yield from _rows(f"{AT_ONCE} transfers of {small} MB at once", AT_ONCE * small, costs)


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


def _in_turns(
    contenders: Contenders, url: str, path: Path, size: int, rounds: int
) -> dict[str, list[Cost]]:
    """Return the costs of each contender; a film is made anew each time.

    Who writes over a file gets its memory back, still warm, and would seem to be the faster one.
    """
    _file(path.with_name("warm.wav"), 1)
    sent = path.exists()
    costs: dict[str, list[Cost]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, transfer in contenders.items():
            costs[name].append(cost_of(transfer, url, path, size))
            for film in path.parent.glob("*.mp4") if sent else [path]:
                film.unlink()
    path.unlink(missing_ok=True)
    return costs


def _rows(
    subject: str, size: int, costs: Mapping[str, list[Cost]], work: float | None = None
) -> Iterator[Row]:
    each = {name: [size * MB / cost.wall for cost in taken] for name, taken in costs.items()}
    yield Row(subject, SPEED, each)
    each = {name: [cost.cpu for cost in taken] for name, taken in costs.items()}
    yield Row(f"{subject}: CPU", SECONDS, each, work)
    each = {name: [float(cost.memory) for cost in taken] for name, taken in costs.items()}
    yield Row(f"{subject}: memory above idle", MIB, each)
    gaps = {name: [cost.gap for cost in taken if cost.gap] for name, taken in costs.items()}
    each = {name: found for name, found in gaps.items() if found}
    yield Row(f"{subject}: largest gap of the loop", MILLISECONDS, each)


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
    from nemo_sdk import NemoClient

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
