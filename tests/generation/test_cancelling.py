"""Ten ways in which whoever listens is cancelled; and a generation as asyncio's own coroutine."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, suppress
from typing import Any

import attrs
import pytest
from scripted import NEW, PNG, QUICK, text
from waiting import until

from nemo_sdk import Event, Generation, NemoClient, NemoError, Timing, Video
from nemo_sdk.emulator import Emulator

PATIENT = attrs.evolve(QUICK, read=60, call=60)


@pytest.fixture
def timing() -> Timing:
    """A clock that waits, so that nothing but a cancellation ends what is done."""
    return PATIENT


async def events(generation: Generation) -> AsyncIterator[Event]:
    """A generator round the loop, as every web framework has one."""
    async for event in generation:
        yield event


async def events_of_events(generation: Generation) -> AsyncIterator[Event]:
    """And another one round that."""
    async for event in events(generation):
        yield event


class Listening:
    """A task that listens, and is busy with the first event or waits for one that never comes."""

    def __init__(self, generation: Generation, *, is_busy: bool) -> None:
        self.generation = generation
        self.is_there = asyncio.Event()
        self.limit: asyncio.Timeout | None = None
        self._is_busy = is_busy

    async def take(self) -> None:
        """Do something with what was told."""
        self.is_there.set()
        if self._is_busy:
            await asyncio.sleep(60)

    async def to(self, told: AsyncIterator[Any]) -> None:
        """Take all that is told."""
        async for _ in told:
            await self.take()


Way = Callable[[Listening], Awaitable[None]]


async def directly(listening: Listening) -> None:
    await listening.to(aiter(listening.generation))


async def by_progress(listening: Listening) -> None:
    await listening.to(listening.generation.progress(every=0.001))


async def behind_a_generator(listening: Listening) -> None:
    await listening.to(events(listening.generation))


async def behind_two_generators(listening: Listening) -> None:
    await listening.to(events_of_events(listening.generation))


async def with_aclosing(listening: Listening) -> None:
    async with aclosing(events(listening.generation)) as told:  # type: ignore[type-var]
        await listening.to(told)


async def in_a_gather(listening: Listening) -> None:
    await asyncio.gather(behind_a_generator(listening), asyncio.sleep(60))


async def in_a_group(listening: Listening) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(behind_a_generator(listening))


async def awaiting(listening: Listening) -> None:
    listening.is_there.set()
    await listening.generation


async def by_a_timeout_of_its_own(listening: Listening) -> None:
    """Its task lives on, and does something else."""
    with suppress(TimeoutError):
        async with asyncio.timeout(None) as listening.limit:
            async for _ in listening.generation:
                await listening.take()
    await asyncio.sleep(60)


WAYS = (
    *(directly, by_progress, behind_a_generator, behind_two_generators, with_aclosing),
    *(in_a_gather, in_a_group, awaiting, by_a_timeout_of_its_own),
)


@pytest.mark.parametrize("is_busy", [True, False], ids=["busy", "waiting"])
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_whoever_is_cancelled_has_waited(
    emulator: Emulator, client: NemoClient, way: Way, *, is_busy: bool
) -> None:
    """The run ends with the last one, before anything is charged, and nothing is collected."""
    emulator.faults.stall("upload", times=None)
    generation = client.generate("a cat", language="en", files=[PNG])
    listening = Listening(generation, is_busy=is_busy)
    gc.disable()
    try:
        task = asyncio.ensure_future(way(listening))
        await until(lambda: emulator.calls_of("upload"))
        await listening.is_there.wait()
        if listening.limit is not None:
            listening.limit.reschedule(asyncio.get_running_loop().time())
        else:
            task.cancel()
        await until(lambda: generation.error is not None)
        assert isinstance(generation.error, asyncio.CancelledError)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    finally:
        gc.enable()
    assert emulator.calls_of("run_sse") == []
    assert emulator.charges == []


@pytest.mark.parametrize("how", ["loop", "aclosing"])
async def test_the_tenth_way_looks_like_a_break_unless_it_is_closed(
    emulator: Emulator, client: NemoClient, how: str
) -> None:
    """A timeout in the body, behind a generator, in a task that lives on: `aclosing` tells it."""
    emulator.script(text("One."), draft=NEW, charge="generation")
    generation = client.generate("a cat", language="en")

    async def listen(told: AsyncIterator[Event], limit: asyncio.Timeout) -> None:
        async for _ in told:
            limit.reschedule(asyncio.get_running_loop().time())
            await asyncio.sleep(60)

    with suppress(TimeoutError):
        async with asyncio.timeout(None) as limit:
            if how == "loop":
                await listen(events(generation), limit)
            else:
                async with aclosing(events(generation)) as told:  # type: ignore[type-var]
                    await listen(told, limit)
    await until(lambda: generation.video or generation.error)
    if how == "loop":
        assert generation.video is not None
    else:
        assert isinstance(generation.error, asyncio.CancelledError)


async def test_a_task_that_ends_by_itself_ends_nothing(
    emulator: Emulator, client: NemoClient
) -> None:
    """Who looks at the first event and goes still gets the film elsewhere."""
    emulator.script(text("One."), 30.0, text("Two."), draft=NEW, charge="generation")
    generation = client.generate("a cat", language="en")

    async def look() -> None:
        async for _ in events(generation):
            return

    await asyncio.create_task(look())
    assert isinstance(await generation, Video)


async def test_asyncio_takes_it_for_a_coroutine(emulator: Emulator, client: NemoClient) -> None:
    """`create_task`, task groups and `gather` take it as it is; it is one run all the same."""
    generation = client.generate("a cat", language="en")
    async with asyncio.TaskGroup() as group:
        first = group.create_task(generation)
        second = asyncio.create_task(generation)
        third = asyncio.gather(generation, asyncio.wait_for(generation, 60))
    assert asyncio.iscoroutine(generation)
    assert {first.result(), *await third, await second} == {generation.video}
    assert (len(emulator.calls_of("run_sse")), len(emulator.charges)) == (1, 1)


async def test_its_task_is_cancelled_like_any_other(emulator: Emulator, client: NemoClient) -> None:
    """The last task that drives it ends it; one that never began starts nothing."""
    emulator.faults.stall("create_session", times=None)
    generation = client.generate("a cat", language="en")
    at_once = asyncio.create_task(generation)
    at_once.cancel()
    await asyncio.wait([at_once])
    assert at_once.cancelled()
    assert emulator.calls == []
    tasks = [asyncio.create_task(generation) for _ in range(2)]
    await until(lambda: emulator.calls_of("create_session"))
    tasks[0].cancel()
    await asyncio.wait([tasks[0]])
    assert generation.error is None
    tasks[1].cancel()
    await asyncio.wait([tasks[1]])
    assert isinstance(generation.error, asyncio.CancelledError)


async def test_its_error_is_the_tasks(emulator: Emulator, client: NemoClient) -> None:
    """What ends it is raised by the task."""
    emulator.script({"error": "crash"})
    generation = client.generate("a cat", language="en")
    with pytest.raises(NemoError, match="crash"):
        await asyncio.create_task(generation)


async def test_a_coroutine_that_is_closed_is_not_missed(client: NemoClient) -> None:
    """Closing it says that it is not to be awaited; nothing warns of that."""
    client.generate("a cat", language="en").close()
    gc.collect()


async def test_a_generation_that_is_cancelled_while_it_uploads_leaves_no_task(
    emulator: Emulator, client: NemoClient
) -> None:
    """What sends the body has ended, too."""
    before = asyncio.all_tasks()
    emulator.faults.stall("upload", after=0, times=None)
    sent = asyncio.Event()

    async def make() -> None:
        long = ("long.wav", b"RIFF0000WAVEfmt " + bytes(50_000_000))
        async for event in client.generate("use it", language="en", files=[long]):
            if "UploadProgress" in repr(event):
                sent.set()
                await asyncio.sleep(60)

    making = asyncio.create_task(make())
    await sent.wait()
    making.cancel()
    await asyncio.wait([making])
    await until(lambda: not client._generations)
    left = [task for task in asyncio.all_tasks() - before if "aiohttp/client" in repr(task)]
    assert left == []
