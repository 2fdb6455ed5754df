"""The stop button: a cell is cancelled cleanly, and what it began can be gone on with."""

import asyncio
import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from kernels import Cell, running_kernel

from nemo_sdk.emulator import Clock, Emulator, Fault

CLIENT = """
import asyncio
from nemo_sdk import NemoClient, Timing
client = NemoClient(timing=Timing(render_poll=0.3, recovery=(0.3, 0.6, 0.6, 0.6, 0.6)))
"""
# Of the kernel's own tasks there is one that runs the cell.
STILL_RUNNING = "print([t for t in asyncio.all_tasks() if 'nemo_sdk' in repr(t)])"


async def until_called(emulator: Emulator, endpoint: str) -> None:
    """Wait until the service was asked for something."""
    async with asyncio.timeout(60):
        while not emulator.calls_of(endpoint):
            await asyncio.sleep(0.02)


@asynccontextmanager
async def time_goes_by(emulator: Emulator) -> AsyncIterator[None]:
    """Let the service work; outside of it, it stands still until a cell was stopped."""

    async def go() -> None:
        while True:
            await emulator.clock.advance(5)
            await asyncio.sleep(0.02)

    going = asyncio.create_task(go())
    yield
    going.cancel()


async def until_rendered(emulator: Emulator) -> None:
    """Wait until a film is asked for, and stop the service there."""
    async with time_goes_by(emulator):
        await until_called(emulator, "submit_render")


def code_in(cell: Cell) -> str:
    """What the stopped line offers for a new cell."""
    found = re.search(r"<pre[^>]*>(.*?)</pre>", cell.html, re.DOTALL)
    assert found is not None
    return html.unescape(found[1])


async def test_stopped_turn_is_gone_on_with_in_a_new_kernel() -> None:
    """The stopped cell's line has the code that gets the film, for no second charge."""
    async with Emulator(clock=Clock(manual=True), credits=1000) as emulator:
        async with running_kernel(NEMO_API_URL=emulator.base_url) as kernel:
            await kernel.run(CLIENT)
            stopped = await kernel.run(
                "video = await client.generate('a five second film of a fox')",
                stop=lambda: until_called(emulator, "run_sse"),
            )
            left = await kernel.run(STILL_RUNNING)
        assert stopped.error == "CancelledError"
        assert "Stopped here; the service goes on" in stopped.html
        assert left.printed == "[]\n"
        async with (
            time_goes_by(emulator),
            running_kernel(NEMO_API_URL=emulator.base_url) as kernel,
        ):
            await kernel.run(CLIENT)
            resumed = await kernel.run(code_in(stopped))
            film = await kernel.run("print(len(await video.read()) > 1000)")
        assert (resumed.error, film.printed) == ("", "True\n")
        assert len(emulator.calls_of("run_sse")) == 1
        assert len(emulator.charges) == 1


async def test_stopped_render_is_gone_on_with_by_its_variable() -> None:
    """A generation that was stopped while its film was rendered is resumed by its checkpoint."""
    async with Emulator(clock=Clock(manual=True), credits=1000) as emulator:
        async with running_kernel(NEMO_API_URL=emulator.base_url) as kernel:
            await kernel.run(CLIENT)
            stopped = await kernel.run(
                "generation = client.generate('a five second film of a fox')\n"
                "video = await generation",
                stop=lambda: until_rendered(emulator),
            )
            async with time_goes_by(emulator):
                resumed = await kernel.run("video = await client.resume(generation.checkpoint)")
        assert (stopped.error, resumed.error) == ("CancelledError", "")
        assert len(emulator.renders) == 1
        assert len(emulator.charges) == 1


@pytest.mark.parametrize("loop", ["async for event in generation: pass", "await waiting()"])
async def test_stopping_a_loop_stops_the_run(loop: str) -> None:
    """Stopping a cell that iterates over events or progress ends the run as well."""
    async with Emulator(clock=Clock(manual=True), credits=1000) as emulator:
        async with running_kernel(NEMO_API_URL=emulator.base_url) as kernel:
            await kernel.run(CLIENT)
            await kernel.run(
                "generation = client.generate('a fox')\n"
                "async def waiting():\n"
                "    async for progress in generation.progress(every=0.1): pass"
            )
            stopped = await kernel.run(loop, stop=lambda: until_called(emulator, "run_sse"))
            left = await kernel.run(STILL_RUNNING)
        assert stopped.error == "CancelledError"
        assert left.printed == "[]\n"


async def test_stopped_before_the_message() -> None:
    """Stopped before anything was charged, the line says to run the cell again."""
    async with Emulator(clock=Clock(manual=True), credits=1000) as emulator:
        emulator.faults.add(Fault("create_session", "delay", seconds=600))
        async with running_kernel(NEMO_API_URL=emulator.base_url) as kernel:
            await kernel.run(CLIENT)
            stopped = await kernel.run(
                "video = await client.generate('a fox')",
                stop=lambda: until_called(emulator, "create_session"),
            )
        assert "Stopped; nothing was charged: run the cell again" in stopped.html
        assert emulator.calls_of("run_sse") == []
