"""Generations: one run however many wait for it, charged once, ended as its waiters want."""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from itertools import pairwise
from pathlib import Path
from typing import Any

import attrs
import pytest
import scripted
from scripted import NEW, PNG, QUICK, text

from nemo_sdk import (
    APIError,
    Checkpoint,
    Event,
    Generation,
    NemoClient,
    NemoError,
    NothingToExportError,
    Progress,
    RenderError,
    RenderFailedError,
    RenderProgress,
    RenderTimeoutError,
    SessionNotFoundError,
    TextDelta,
    TransportError,
    TurnError,
    Video,
)
from nemo_sdk.emulator import Emulator

GONE = {"status": 404, "body": b'{"code":1002,"message":"session not found"}', "effect": False}
UNKNOWN_RENDER = {"status": 404, "body": b'{"code":404,"message":"Render not found"}'}


@pytest.fixture
async def client(emulator: Emulator) -> AsyncIterator[NemoClient]:
    """A client that gives up soon."""
    async with NemoClient(base_url=emulator.base_url, timing=QUICK) as made:
        yield made


@pytest.fixture
def generation(emulator: Emulator, client: NemoClient) -> Generation:
    """A generation that takes a moment."""
    emulator.script(text("One."), 30.0, text("Two."), draft=NEW, charge="generation")
    return client.generate("a cat in the snow", language="en")


def once(emulator: Emulator) -> bool:
    """Whether one message was sent, and charged."""
    return (len(emulator.calls_of("run_sse")), len(emulator.charges)) == (1, 1)


def ours(tasks: set["asyncio.Task[Any]"]) -> list["asyncio.Task[Any]"]:
    """The tasks that run code of the client's."""
    return [task for task in tasks if "nemo_sdk/_" in repr(task)]


async def until(condition: Any) -> None:
    """Wait for something that other tasks bring about."""
    async with asyncio.timeout(3):
        while not condition():
            await asyncio.sleep(0.002)


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


async def test_a_session_that_is_gone_is_made_again(
    emulator: Emulator, client: NemoClient, tmp_path: Path
) -> None:
    """1002 before anything was charged: a new session, with the files uploaded again."""
    (tmp_path / "cat.png").write_bytes(PNG)
    emulator.faults.answer("run_sse", **GONE)
    stages: list[str] = []
    generation = client.generate(
        "put it on a timeline",
        files=[tmp_path / "cat.png"],
        language="en",
        on_checkpoint=lambda checkpoint: stages.append(checkpoint.stage),
    )
    assert isinstance(await generation, Video)
    assert len(emulator.calls_of("create_session")) == len(emulator.calls_of("upload")) == 2
    assert len(emulator.charges) == 1
    assert stages == [*("session", "upload", "message") * 2, "render"]


async def test_a_session_that_is_gone_twice_is_an_error(
    emulator: Emulator, client: NemoClient
) -> None:
    """It is made again once, no more."""
    emulator.faults.answer("run_sse", times=None, **GONE)
    with pytest.raises(SessionNotFoundError):
        await client.generate("a cat", language="en")
    assert len(emulator.calls_of("run_sse")) == 2


async def test_a_session_that_is_lost_after_the_message_is_not_made_again(
    emulator: Emulator, generation: Generation
) -> None:
    """1002 once the message was charged ends the generation: another would be charged again."""
    emulator.faults.answer("state", times=None, **GONE)
    with pytest.raises(SessionNotFoundError):
        await generation
    assert once(emulator)


async def test_a_failed_render_is_repeated_once(emulator: Emulator, generation: Generation) -> None:
    """Once more, under a new id."""
    emulator.fail_renders(1)
    video = await generation
    assert [render.status for render in emulator.renders.values()] == ["failed", "completed"]
    assert video.render_id == list(emulator.renders)[1]


async def test_a_render_that_fails_twice_is_an_error(
    emulator: Emulator, generation: Generation
) -> None:
    """It is not tried a third time, and the error knows the render."""
    emulator.fail_renders(3, "no memory")
    with pytest.raises(RenderFailedError, match="no memory") as raised:
        await generation
    assert raised.value.render_id == list(emulator.renders)[1]
    assert len(emulator.renders) == 2
    assert raised.value is generation.error


async def test_a_failed_render_can_be_gone_on_with(
    emulator: Emulator, client: NemoClient, generation: Generation
) -> None:
    """A state that cannot be read between two renders leaves a checkpoint that works."""
    emulator.fail_renders(1)
    emulator.faults.answer("state", status=500, at=3, times=None)
    with pytest.raises(APIError):
        await generation
    emulator.faults.clear()
    resumed = client.resume(Checkpoint.from_json(generation.checkpoint.to_json()))
    assert isinstance(await resumed, Video)
    assert once(emulator)


async def test_a_lost_answer_to_a_render_is_asked_for(
    emulator: Emulator, generation: Generation
) -> None:
    """A render that was taken is not submitted again."""
    emulator.faults.reset("submit_render")
    video = await generation
    assert [call.body["id"] for call in emulator.calls_of("submit_render")] == [video.render_id]


async def test_a_render_that_never_arrived_is_sent_again(
    emulator: Emulator, generation: Generation
) -> None:
    """An id that the service does not know is submitted once more, the same one."""
    ids: list[str | None] = []
    generation._on_checkpoint = lambda checkpoint: ids.append(checkpoint.render_id)
    emulator.faults.cut("submit_render", effect=False)
    video = await generation
    assert len(emulator.calls_of("submit_render")) == 2
    assert ids == [None, None, video.render_id]


async def test_a_taken_id_is_our_own(emulator: Emulator, generation: Generation) -> None:
    """A duplicate, after an answer that was lost, is the render that we have begun."""
    emulator.faults.cut("submit_render")
    emulator.faults.answer("render_status", **UNKNOWN_RENDER)
    video = await generation
    assert len(emulator.calls_of("submit_render")) == 2
    assert list(emulator.renders) == [video.render_id]


async def test_a_blocked_export_is_submitted_once(
    emulator: Emulator, generation: Generation
) -> None:
    """A refusal is none of the errors after which a render may be under way."""
    emulator.faults.answer("submit_render", status=402, times=None, effect=False)
    with pytest.raises(APIError):
        await generation
    assert len(emulator.calls_of("submit_render")) == 1


@pytest.mark.parametrize("endpoint", ["state", "submit_render", "render_status"])
async def test_the_deadline_of_a_render_is_real(emulator: Emulator, endpoint: str) -> None:
    """A call that hangs does not put it off."""
    timing = attrs.evolve(QUICK, render=0.3, read=20)
    async with NemoClient(base_url=emulator.base_url, timing=timing, max_retries=9) as client:
        emulator.script(text("Done."), draft=NEW)
        emulator.faults.stall(endpoint, after=-1, at=2 if endpoint == "state" else 1, times=None)
        async with asyncio.timeout(3):
            with pytest.raises(RenderTimeoutError, match=r"not ready after 0\.3"):
                await client.generate("a cat", language="en")


async def test_a_wait_has_its_own_deadline(emulator: Emulator, client: NemoClient) -> None:
    """`wait(timeout)` counts a look that is under way."""
    session = await client.create_session()
    emulator.script(text("Done."), draft=NEW)
    await session.ask("make it")
    render = await session.export()
    emulator.faults.stall("render_status", after=-1, times=None)
    async with asyncio.timeout(3):
        with pytest.raises(RenderTimeoutError) as raised:
            await render.wait(timeout=0.1)
    assert raised.value.render_id == render.id


async def test_a_service_that_is_gone_after_the_charge_is_no_free_repeat(
    emulator: Emulator, client: NemoClient, generation: Generation
) -> None:
    """Its error does not say that calling again is never charged, but how to go on for free."""
    emulator.faults.reset("state", after=-1, at=2, times=None)
    with pytest.raises(RenderError, match="resume") as raised:
        await generation
    assert isinstance(raised.value.__cause__, TransportError)
    emulator.faults.clear()
    assert isinstance(await client.resume(generation.checkpoint), Video)
    assert once(emulator)


async def test_an_agent_that_made_nothing_is_quoted(emulator: Emulator, client: NemoClient) -> None:
    """Without a draft there is nothing to export; the error says what the agent said."""
    emulator.script(text("I cannot draw cats."))
    generation = client.generate("a cat", language="en")
    with pytest.raises(NothingToExportError, match="I cannot draw cats"):
        await generation
    assert generation.reply is not None
    assert generation.video is None
    assert isinstance(generation.error, NothingToExportError)


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


async def test_a_refused_argument_sends_nothing(emulator: Emulator, client: NemoClient) -> None:
    """What cannot be right is a ValueError before any call."""
    with pytest.raises(ValueError, match="message is empty"):
        client.generate(" ")
    with pytest.raises(ValueError, match="no format"):
        client.generate("a cat", format="gif")
    with pytest.raises(ValueError, match="no quality"):
        client.generate("a cat", quality="best")
    assert emulator.calls == []


async def test_many_come_as_they_finish(emulator: Emulator, client: NemoClient) -> None:
    """The quick one comes before the slow one that was begun earlier."""
    pieces: list[scripted.Event] = [text("Slow.", partial=True), 100.0]
    emulator.script(*pieces * 6, draft=NEW)
    emulator.script(text("Quick."), draft=NEW)
    done = [
        generation
        async for generation in client.generate_many(["a", "b"], concurrency=2, language="en")
    ]
    assert [one.reply.raw_text[:5] for one in done if one.reply] == ["Quick", "Slow."]


async def test_many_run_some_at_a_time(emulator: Emulator, client: NemoClient) -> None:
    """Prompts are taken as they are needed, not all at once."""
    taken: list[str] = []
    finished = 0

    def prompts() -> Iterator[str]:
        for name in "abcdef":
            emulator.script(text("Done."), draft=NEW)
            taken.append(name)
            yield f"prompt {name}"

    async for generation in client.generate_many(prompts(), concurrency=2, language="en"):
        finished += 1
        assert generation.video is not None
        assert len(taken) <= finished + 1
    assert finished == 6


async def test_a_failed_one_does_not_stop_the_rest(emulator: Emulator, client: NemoClient) -> None:
    """Each is yielded, with its error or its video."""
    emulator.script({"error": "crash"})
    emulator.script(text("Done."), draft=NEW)
    done = [
        (type(generation.error), type(generation.video))
        async for generation in client.generate_many(["a", "b"], concurrency=1, language="en")
    ]
    assert done == [(TurnError, type(None)), (type(None), Video)]


async def test_leaving_many_early_ends_the_rest(emulator: Emulator, client: NemoClient) -> None:
    """What runs is cancelled, and what waits is not begun."""
    emulator.script(text("Done."), draft=NEW)
    many = client.generate_many(["a"] * 9, concurrency=2, language="en")
    async with aclosing(many):
        async for _ in many:
            break
    assert not ours(asyncio.all_tasks())
    sent = len(emulator.calls_of("run_sse"))
    await asyncio.sleep(0.05)
    assert len(emulator.calls_of("run_sse")) == sent <= 3


async def test_a_bad_prompt_waits_for_those_that_run(
    emulator: Emulator, client: NemoClient
) -> None:
    """What was charged is finished and yielded before the mistake is raised."""
    emulator.script(30.0, text("Done."), draft=NEW)
    done: list[Generation] = []

    async def collect() -> None:
        async for generation in client.generate_many(["a", "  ", "b"], language="en"):
            done.append(generation)  # noqa: PERF401 - what came before the error counts

    with pytest.raises(ValueError, match="empty"):
        await collect()
    assert [type(generation.video) for generation in done] == [Video]


async def test_many_want_a_list(client: NemoClient) -> None:
    """One prompt in place of a list, and no concurrency, are refused."""
    with pytest.raises(TypeError, match="generate"):
        client.generate_many("a cat")
    with pytest.raises(ValueError, match="concurrency"):
        client.generate_many(["a cat"], concurrency=0)
