"""Who is stopped before a message leaves has sent nothing: it is somebody else's to send."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from conftest import FAST
from hanging import Opening

from nemo_sdk import Checkpoint, NemoClient
from nemo_sdk.emulator import Emulator
from nemo_sdk.jobs import FileStore, Job, Jobs, MemoryStore

from .stores import Advancing, Bare

STORES: dict[str, Callable[[Path], Any]] = {
    "memory": lambda _: MemoryStore(),
    "file": FileStore,
    "bare": lambda _: Bare(),
    "advancing": lambda _: Advancing(),
}


@pytest.fixture
def opening(monkeypatch: pytest.MonkeyPatch) -> Opening:
    """A connection for a message that hangs."""
    return Opening.of(monkeypatch)


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Each kind of store."""
    return STORES[request.param](tmp_path / "jobs")


async def film(jobs: Jobs) -> Job:
    """Ask for the film."""
    return await jobs.film("a fox")


async def edit(jobs: Jobs) -> Job:
    """Ask for the edit."""
    return await jobs.edit(None, "add music")


@pytest.mark.parametrize("ask", [film, edit])
async def test_while_its_connection_opens(
    emulator: Emulator, client: NemoClient, store: Any, opening: Opening, ask: Any
) -> None:
    """The next one sends: the job is done, charged once."""
    async with Jobs(client, store=store) as jobs:
        await ask(jobs)
        await opening.wait()
    (left,) = store.list()
    assert (left.status, left.checkpoint) == ("waiting", None)
    async with Jobs(client, store=store) as jobs:
        job = await (await ask(jobs)).wait()
    assert (job.status, len(emulator.calls_of("run_sse"))) == ("done", 1)


@pytest.mark.parametrize("seconds", [0, 60])
async def test_while_a_refused_message_waits_for_its_repeat(
    emulator: Emulator, client: NemoClient, store: Any, opening: Opening, seconds: int
) -> None:
    """What was refused has not left either, while it waits or its next connection opens."""
    opening.before = 1
    emulator.faults.answer("run_sse", status=429, headers={"Retry-After": str(seconds)})
    async with Jobs(client, store=store) as jobs:
        job = await film(jobs)
        if seconds == 0:
            await opening.wait()
        while not emulator.calls_of("run_sse"):
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
    assert (job.status, job.checkpoint) == ("waiting", None)


@pytest.mark.parametrize("answered", [True, False])
async def test_once_it_has_left_it_is_kept(
    emulator: Emulator, client: NemoClient, store: Any, answered: bool
) -> None:
    """Whoever is stopped then leaves the claim: the next one looks for the film."""
    if not answered:
        emulator.faults.stall("run_sse", after=-1)
    async with Jobs(client, store=store) as jobs:
        await film(jobs)
        while not emulator.charges:
            await asyncio.sleep(0.001)
    async with Jobs(client, store=store) as jobs:
        job = await (await film(jobs)).wait()
    assert (job.status, len(emulator.calls_of("run_sse"))) == ("done", 1)


@pytest.mark.parametrize("closes", [False, True])
async def test_the_last_checkpoint_of_a_generation(
    emulator: Emulator, client: NemoClient, opening: Opening, closes: bool
) -> None:
    """Cancelled, or its client closed: it is gone on with by sending."""
    noted: list[Checkpoint] = []
    generation = client.generate("a fox", on_checkpoint=noted.append)
    making = asyncio.create_task(generation)
    await opening.wait()
    if closes:
        await client.aclose()
    else:
        making.cancel()
    with suppress(asyncio.CancelledError, Exception):
        await making
    assert [one.stage for one in noted][-2:] == ["message", "session"]
    assert generation.checkpoint.stage == "session"
    async with client:
        await client.resume(noted[-1])
    assert len(emulator.charges) == 1


async def test_of_a_session_of_the_callers_nothing_is_known(
    emulator: Emulator, opening: Opening
) -> None:
    """It is kept as maybe sent: never twice is worth more than soon."""
    noted: list[Checkpoint] = []
    async with (
        aiohttp.ClientSession() as http,
        NemoClient(base_url=emulator.base_url, timing=FAST, http=http) as client,
    ):
        making = asyncio.create_task(client.generate("a fox", on_checkpoint=noted.append))
        await opening.wait()
        making.cancel()
        with suppress(asyncio.CancelledError):
            await making
    assert noted[-1].stage == "message"
