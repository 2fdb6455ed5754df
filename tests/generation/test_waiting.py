"""Waiting for a generation: one run however many wait, ended when the last of them goes."""

import asyncio
import gc
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from itertools import pairwise
from typing import Any

import pytest
import scripted
from scripted import NEW, QUICK, once, text
from sketches import sketch
from waiting import WAYS_TO_WAIT, until

from nemo_sdk import (
    Event,
    Generation,
    NemoClient,
    NemoError,
    Progress,
    RenderProgress,
    TextDelta,
    Timing,
    TurnError,
    Video,
)
from nemo_sdk.emulator import Emulator
from nemo_sdk.testing import LocalEmulator


@pytest.fixture
def timing() -> Timing:
    """A clock that gives up soon."""
    return QUICK


def ours(tasks: set["asyncio.Task[Any]"]) -> list["asyncio.Task[Any]"]:
    """The tasks that run code of the client's."""
    return [task for task in tasks if "nemo_sdk/_" in repr(task)]


async def test_awaiting_again_is_the_same_run(emulator: Emulator, generation: Generation) -> None:
    """However often and by however many it is awaited, it is made once."""

    async def wait() -> Video:
        return await generation

    first, second, third = await asyncio.gather(wait(), wait(), wait())
    assert first is second is third is await generation is generation.video
    assert once(emulator)


async def test_nothing_is_sent_before_it_is_awaited(emulator: Emulator, client: NemoClient) -> None:
    """`generate` alone sends nothing, and says so where it is forgotten."""

    def forget() -> None:
        client.generate("a cat", language="en")
        gc.collect()

    with pytest.warns(RuntimeWarning, match="never awaited"):
        forget()
    assert emulator.calls == []


async def test_all_listeners_hear_all_events(generation: Generation) -> None:
    """Several iterations each tell every event from their beginning on."""

    async def listen() -> list[Event]:
        return [event async for event in generation]

    first, second = await asyncio.gather(listen(), listen())
    assert first == second
    assert [event.text for event in first if isinstance(event, TextDelta)] == ["One.", "Two."]
    assert any(isinstance(event, RenderProgress) for event in first)
    assert generation.reply is not None
    assert generation.reply.raw_text == "One.Two."


async def test_a_late_listener_ends_at_once(generation: Generation) -> None:
    """After the end there are no more events to tell."""
    await generation
    assert [event async for event in generation] == []


async def test_one_of_two_waiters_may_go(emulator: Emulator, generation: Generation) -> None:
    """A waiter that is cancelled while another waits does not end the run."""

    async def wait() -> Video:
        return await generation

    going, staying = asyncio.create_task(wait()), asyncio.create_task(wait())
    await until(lambda: emulator.charges)
    going.cancel()
    assert isinstance(await staying, Video)
    assert going.cancelled()


async def test_the_last_waiter_ends_it(emulator: Emulator, generation: Generation) -> None:
    """When all who wait are cancelled it is cancelled, and nothing of it is left."""

    async def wait() -> Video:
        return await generation

    both = asyncio.gather(wait(), wait())
    await until(lambda: emulator.charges)
    both.cancel()
    with pytest.raises(asyncio.CancelledError):
        await both
    await until(lambda: not ours(asyncio.all_tasks() - {asyncio.current_task()}))
    assert isinstance(generation.error, asyncio.CancelledError)


async def test_a_busy_listener_still_listens(emulator: Emulator, generation: Generation) -> None:
    """A listener that is busy with an event is no reason to end the run under it."""
    busy = asyncio.Event()
    go_on = asyncio.Event()

    async def listen() -> Video:
        async for _ in generation:
            busy.set()
            await go_on.wait()
        return await generation

    async def wait() -> Video:
        return await generation

    listening, waiting = asyncio.create_task(listen()), asyncio.create_task(wait())
    await busy.wait()
    waiting.cancel()
    await asyncio.wait([waiting])
    go_on.set()
    assert isinstance(await listening, Video)
    assert once(emulator)


async def test_a_listener_that_has_left_does_not_count(
    emulator: Emulator, generation: Generation
) -> None:
    """After `break` a listener is no reason to go on for when the last waiter is cancelled."""
    async for _ in generation:
        break
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.005):
            await generation
    assert isinstance(generation.error, asyncio.CancelledError)


async def test_a_cancelled_run_can_be_gone_on_with(
    emulator: Emulator, client: NemoClient, generation: Generation
) -> None:
    """Its checkpoint leads to the film, without a second charge."""

    async def wait() -> Video:
        return await generation

    waiting = asyncio.create_task(wait())
    await until(lambda: emulator.charges)
    waiting.cancel()
    await asyncio.wait([waiting])
    assert generation.checkpoint.stage == "message"
    assert isinstance(await client.resume(generation.checkpoint), Video)
    assert once(emulator)


async def test_waiting_for_what_was_ended_is_an_error(
    emulator: Emulator, generation: Generation
) -> None:
    """Who waits while somebody else ends it gets a sentence, not a CancelledError."""

    async def wait() -> Video:
        return await generation

    waiting = asyncio.create_task(wait())
    await until(lambda: emulator.charges)
    await generation.cancel()
    with pytest.raises(NemoError, match="ended before it was done"):
        await waiting


async def test_closing_the_client_ends_what_runs(emulator: Emulator) -> None:
    """`aclose` ends a generation and waits for its end."""
    client = NemoClient(base_url=emulator.base_url, timing=QUICK)
    generation = client.generate("a cat", language="en")

    async def wait() -> Video:
        return await generation

    waiting = asyncio.create_task(wait())
    await until(lambda: emulator.calls_of("run_sse"))
    await client.aclose()
    with pytest.raises(NemoError):
        await waiting
    assert not ours(asyncio.all_tasks())
    assert not client._connections.is_open


async def test_progress_grows_to_its_end(generation: Generation) -> None:
    """Fractions never fall, and the last one is the film's."""
    told = [progress async for progress in generation.progress(every=0.01)]
    fractions = [progress.fraction for progress in told]
    assert fractions == sorted(fractions)
    assert (told[-1].stage, told[-1].fraction) == ("done", 1.0)
    assert {progress.stage for progress in told} >= {"session", "message", "render", "done"}


async def test_progress_keeps_its_distance(generation: Generation) -> None:
    """Two of them lie `every` seconds apart, except for the last."""
    now = asyncio.get_running_loop().time
    times = [now() async for _ in generation.progress(every=0.05)]
    gaps = [after - before for before, after in pairwise(times[:-1])]
    assert all(gap >= 0.045 for gap in gaps)


async def test_progress_raises_what_ended_the_run(emulator: Emulator, client: NemoClient) -> None:
    """A progress bar does not just stop."""
    emulator.script({"error": "crash"})
    told: list[Progress] = []

    async def watch(generation: Generation) -> None:
        async for progress in generation.progress(every=0.01):
            told.append(progress)  # noqa: PERF401 - what was told before the error counts

    with pytest.raises(TurnError, match="crash"):
        await watch(client.generate("a cat", language="en"))
    assert told


@pytest.mark.parametrize("how", WAYS_TO_WAIT)
async def test_a_run_belongs_to_its_loop(generation: Generation, how: Any) -> None:
    """Who waits in another thread's loop hears where to wait, and disturbs nobody."""
    here = asyncio.ensure_future(generation)
    await asyncio.sleep(0)
    with pytest.raises(NemoError, match="another event loop"):
        await asyncio.to_thread(asyncio.run, how(generation))
    assert not here.done() and generation.error is None


async def test_nothing_waits_for_itself(client: NemoClient) -> None:
    """A callback that waits for its own generation would wait without end: it hears of that."""
    begun: list[Generation] = []

    async def wait(_: Any) -> None:
        await begun[0]

    begun.append(client.generate("a cat", language="en", on_checkpoint=wait))
    with pytest.raises(NemoError, match="wait for itself"):
        await begun[0]


async def test_a_token_function_does_not_use_its_own_client(emulator: Emulator) -> None:
    """It would wait for the token that it is asked for."""

    async def token() -> str:
        return str(await own.credits())

    async with NemoClient(token, base_url=emulator.base_url) as own:
        with pytest.raises(NemoError, match="wait for itself"):
            await own.credits()
    assert emulator.calls == []


async def test_an_error_is_raised_to_all_who_wait(emulator: Emulator, client: NemoClient) -> None:
    """Waiters, listeners and later waiters get the same error."""
    emulator.script({"error": "crash"})
    generation = client.generate("a cat", language="en")

    async def listen() -> None:
        async for _ in generation:
            pass

    async def wait() -> Video:
        return await generation

    heard, waited = await asyncio.gather(listen(), wait(), return_exceptions=True)
    with pytest.raises(TurnError) as raised:
        await generation
    assert raised.value is heard is waited is generation.error


@pytest.mark.parametrize("how", ["events", "progress", "await"])
async def test_a_run_that_is_ended_before_its_first_step_keeps_nobody_waiting(
    client: NemoClient, how: str
) -> None:
    """Whoever listens or waits hears of the end."""
    generation = client.generate("a cat", language="en")
    waiting = asyncio.create_task(_use(generation, how))
    await asyncio.sleep(0)
    await generation.cancel()
    with pytest.raises(NemoError, match="ended before it was done"):
        async with asyncio.timeout(1):
            await waiting


async def _use(generation: Generation, how: str) -> None:
    if how == "await":
        await generation
        return
    async for _ in generation if how == "events" else generation.progress(every=0.01):
        await asyncio.sleep(0)


@pytest.mark.parametrize("how", ["events", "progress"])
async def test_a_listener_that_is_cancelled_while_busy_ends_the_run(
    emulator: Emulator, client: NemoClient, how: str
) -> None:
    """Who is cancelled in the middle of editing a message was the last one who waited."""
    emulator.faults.delay("run_sse", seconds=100)
    generation = client.generate("a cat", language="en", files=[scripted.PNG])
    busy = asyncio.Event()

    async def tell() -> None:
        async for _ in generation if how == "events" else generation.progress(every=0.01):
            busy.set()
            await asyncio.sleep(60)

    telling = asyncio.create_task(tell())
    await busy.wait()
    telling.cancel()
    await asyncio.gather(telling, return_exceptions=True)
    await until(lambda: generation.error is not None)
    assert emulator.charges == []


async def test_a_listener_that_stops_listening_ends_nothing(
    emulator: Emulator, generation: Generation
) -> None:
    """A `break` is no cancellation: the film is still wanted."""
    async for _ in generation:
        break
    assert isinstance(await generation, Video)
    assert once(emulator)


async def test_progress_may_be_left_early(emulator: Emulator, generation: Generation) -> None:
    """It can be closed like a generator, and tells nothing after that."""
    async with aclosing(generation.progress(every=0.01)) as steps:
        async for _ in steps:
            break
    assert [step async for step in steps] == []
    assert isinstance(await generation, Video)
    assert once(emulator)


async def test_a_listener_that_is_collected_elsewhere_ends_nothing(
    emulator: Emulator, generation: Generation
) -> None:
    """The collector runs in whatever task it likes, a cancelled one of somebody else's too."""

    class Bar:
        def __init__(self) -> None:
            self.events = aiter(generation)
            self.itself = self

    gc.disable()
    try:
        bar = Bar()
        await anext(bar.events)
        del bar
        other = asyncio.create_task(_collect_at_the_end())
        await asyncio.sleep(0)
        other.cancel()
        await asyncio.gather(other, return_exceptions=True)
    finally:
        gc.enable()
    assert isinstance(await generation, Video)
    assert once(emulator)


async def _collect_at_the_end() -> None:
    try:
        await asyncio.sleep(60)
    finally:
        gc.collect()


async def test_a_task_that_was_cancelled_long_ago_may_stop_listening(
    emulator: Emulator, generation: Generation
) -> None:
    """Who has swallowed a cancellation before is not being cancelled now."""

    async def watch() -> Video:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        async for _ in generation:
            break
        return await generation

    watching = asyncio.create_task(watch())
    await asyncio.sleep(0)
    watching.cancel()
    assert isinstance(await watching, Video)
    assert once(emulator)


async def test_a_closed_progress_does_not_count(emulator: Emulator, client: NemoClient) -> None:
    """After its end by hand, the last waiter's cancellation ends the run."""
    emulator.script(text("One."), 300.0, text("Two."), draft=NEW)
    generation = client.generate("a cat", language="en")
    steps = generation.progress(every=0.01)
    await anext(steps)
    await steps.aclose()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await generation
    assert isinstance(generation.error, asyncio.CancelledError)


@pytest.mark.skipif(not hasattr(asyncio, "eager_task_factory"), reason="since Python 3.12")
async def test_tasks_that_begin_at_once_find_the_run_that_has_begun(
    emulator: Emulator, client: NemoClient
) -> None:
    """Under an eager task factory, who listens from the first callback on begins no second run."""
    loop: Any = asyncio.get_running_loop()
    loop.set_task_factory(getattr(asyncio, "eager_task_factory"))  # noqa: B009 - not in 3.11
    listening: list[asyncio.Task[list[str]]] = []

    async def stages() -> list[str]:
        return [progress.stage async for progress in made.progress(0)]

    def listen(_: object) -> None:
        if not listening:
            listening.append(asyncio.create_task(stages()))

    emulator.script(text("One."), draft=NEW, charge="generation")
    made = client.generate("a cat in the snow", language="en", on_checkpoint=listen)
    await made
    assert (await listening[0])[-1] == "done"
    assert once(emulator)


def test_progress_is_told_to_its_end_in_a_later_loop() -> None:
    """Also where the generation ended in one that is closed by now."""
    with LocalEmulator(speed=1000, renderer=sketch) as emulator:
        client = emulator.client()

        async def begin() -> AsyncGenerator[Progress, None]:
            generation = client.generate("a cat", language="en")
            steps = generation.progress(every=0.01)
            await anext(steps)
            await generation
            return steps

        steps = asyncio.run(begin())

        async def go_on() -> list[Progress]:
            return [step async for step in steps]

        assert asyncio.run(go_on())[-1].stage == "done"
        asyncio.run(client.aclose())
