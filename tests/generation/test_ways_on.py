"""What the error that ends a generation says to do: it has to be true of where that stood."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest
from scripted import NEW, text
from waiting import WAYS_TO_WAIT

from nemo_sdk import (
    Checkpoint,
    Generation,
    NemoClient,
    NemoError,
    RenderError,
    SessionNotFoundError,
)
from nemo_sdk.emulator import Emulator

GONE = json.dumps({"code": 1002, "message": "no such session"}).encode()


async def test_a_service_that_asks_to_wait_for_long_says_until_when(
    emulator: Emulator, client: NemoClient
) -> None:
    """A rate limit after the message is no service that cannot be reached."""
    emulator.script(text("Done."), draft=NEW)
    emulator.faults.answer("submit_render", status=429, headers={"Retry-After": "604800"})
    with pytest.raises(RenderError, match=r"takes no more calls now .*: try again in 7 days\."):
        await client.generate("a cat")


async def test_a_session_that_was_lost_before_the_message_is_made_anew(
    emulator: Emulator, client: NemoClient
) -> None:
    """To go on makes a session by itself: nobody is sent to make one by hand."""
    emulator.faults.answer("run_sse", status=404, body=GONE, times=None)
    with pytest.raises(SessionNotFoundError) as caught:
        await client.generate("a cat")
    assert str(caught.value).endswith(
        "no such session. client.resume(error.checkpoint) begins anew."
    )


async def test_what_is_lost_with_a_session_is_not_promised(
    emulator: Emulator, client: NemoClient
) -> None:
    """A session that is gone after the message has nothing that could be gone on with for free."""
    emulator.script(text("Done."), draft=NEW)
    emulator.faults.answer("submit_render", status=404, body=GONE)
    with pytest.raises(SessionNotFoundError) as caught:
        await client.generate("a cat")
    assert caught.value.charged == "yes"
    assert "for free" not in str(caught.value)
    assert "client.create_session()" in str(caught.value)


@pytest.mark.parametrize("how", [OSError(28, "No space left"), asyncio.CancelledError()])
async def test_a_message_that_could_not_be_noted_was_not_sent(
    emulator: Emulator, client: NemoClient, how: BaseException
) -> None:
    """Where the checkpoint cannot be kept, the generation stands before the message, uncharged."""

    async def full(checkpoint: Checkpoint) -> None:
        if checkpoint.stage == "message":
            raise how

    generation = client.generate("a cat", on_checkpoint=full)
    with pytest.raises((OSError, NemoError)):
        await generation
    assert not emulator.calls_of("run_sse")
    assert generation.checkpoint.stage == "session"
    emulator.script(text("Done."), draft=NEW)
    await client.resume(generation.checkpoint)
    assert len(emulator.calls_of("run_sse")) == 1


async def test_a_turn_that_ends_while_it_is_noted_was_not_sent(
    emulator: Emulator, client: NemoClient
) -> None:
    """A client that is closed while a checkpoint is written has sent nothing, and says so."""
    noting = asyncio.Event()

    async def slow(_: Checkpoint) -> None:
        noting.set()
        await asyncio.Event().wait()

    session = await client.create_session()
    asking = asyncio.create_task(session.ask("a cat", on_checkpoint=slow))
    await noting.wait()
    await client.aclose()
    with pytest.raises(NemoError) as caught:
        await asking
    assert caught.value.charged == "no"
    assert not emulator.calls_of("run_sse")


@pytest.mark.parametrize("wait", WAYS_TO_WAIT)
async def test_an_exhausted_iterator_in_a_callback_ends_no_loop_quietly(
    client: NemoClient, wait: Callable[[Generation], Awaitable[None]]
) -> None:
    """StopAsyncIteration out of a program's own function is no end of the events."""

    async def nothing_more(_: Checkpoint) -> None:
        raise StopAsyncIteration

    with pytest.raises(RuntimeError, match="a callback raised StopAsyncIteration"):
        await wait(client.generate("a cat", on_checkpoint=nothing_more))
