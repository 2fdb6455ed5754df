"""Generations: one run however many wait for it, charged once, ended as its waiters want."""

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from scripted import NEW, PNG, QUICK, text

from nemo_sdk import (
    APIError,
    Checkpoint,
    Generation,
    NemoClient,
    NothingToExportError,
    RenderError,
    RenderFailedError,
    RenderTimeoutError,
    Reply,
    SessionNotFoundError,
    TransportError,
    Video,
)
from nemo_sdk._agent.reply import make_reply
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
    begun = ["session", "upload", "message"]
    assert stages == [*begun, "session", *begun, "render"]  # refused: nothing was sent


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
    emulator.faults.answer("state", status=500, at=2, times=None)
    with pytest.raises(RenderError, match="resume"):
        await generation
    emulator.faults.clear()
    resumed = client.resume(Checkpoint.from_json(generation.checkpoint.to_json()))
    assert isinstance(await resumed, Video)
    assert once(emulator)


async def test_the_state_is_read_once(emulator: Emulator, generation: Generation) -> None:
    """What the reply is made of is what is rendered; only another render asks for it anew."""
    emulator.fail_renders(1)
    await generation
    assert [len(emulator.calls_of(one)) for one in ("submit_render", "state")] == [2, 2]


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
    generation._workflow._on_checkpoint = lambda checkpoint: ids.append(checkpoint.render_id)
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
        emulator.fail_renders()  # the second render asks for the state of then
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
    emulator.faults.reset("state", after=-1, times=None)
    with pytest.raises(RenderError, match="resume") as raised:
        await generation
    assert isinstance(raised.value.__cause__, TransportError)
    emulator.faults.clear()
    assert isinstance(await client.resume(generation.checkpoint), Video)
    assert once(emulator)


@pytest.mark.parametrize("read", [False, True])
async def test_what_has_ended_goes_with_its_last_holder(
    emulator: Emulator, client: NemoClient, read: bool
) -> None:
    """Nothing of it waits for Python's collector, which stops a loop with many for long."""
    emulator.script(text("One."), draft=NEW, charge="generation")
    gc.disable()
    gc.freeze()  # of other tests, something may come loose in the middle of this one
    try:
        generation = client.generate("a cat in the snow", language="en")
        await generation
        assert not read or generation.reply is not None
        gone = weakref.ref(generation)
        del generation
        assert gone() is None
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        kinds = {f"{type(one).__module__}.{type(one).__name__}" for one in gc.garbage}
        ours = {kind for kind in kinds if kind.startswith("nemo_sdk.")}
        assert {kind for kind in ours if not kind.startswith("nemo_sdk.emulator.")} == set()
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.unfreeze()
        gc.enable()


async def test_the_reply_is_made_when_it_is_asked_for(
    generation: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who wants the film alone does not wait for its words to be cleaned; once is enough."""
    made: list[str] = []

    def make(*told: object, **more: Any) -> Reply:
        made.append("reply")
        return make_reply(*told, **more)  # type: ignore[arg-type]

    monkeypatch.setattr("nemo_sdk._turn.make_reply", make)
    await generation
    assert made == []
    assert generation.reply is not None
    assert generation.reply is generation.reply
    assert generation.reply.text == "One.Two."
    assert made == ["reply"]


async def test_an_agent_that_made_nothing_is_quoted(emulator: Emulator, client: NemoClient) -> None:
    """Without a draft there is nothing to export; the error says what the agent said."""
    emulator.script(text("I cannot draw cats."))
    generation = client.generate("a cat", language="en")
    with pytest.raises(NothingToExportError, match="I cannot draw cats"):
        await generation
    assert generation.reply is not None
    assert generation.video is None
    assert isinstance(generation.error, NothingToExportError)


async def test_a_refused_argument_sends_nothing(emulator: Emulator, client: NemoClient) -> None:
    """What cannot be right is a ValueError before any call."""
    with pytest.raises(ValueError, match="message is empty"):
        client.generate(" ")
    with pytest.raises(ValueError, match="no format"):
        client.generate("a cat", format="gif")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no quality"):
        client.generate("a cat", quality="best")  # type: ignore[arg-type]
    assert emulator.calls == []
