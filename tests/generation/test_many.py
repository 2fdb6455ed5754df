"""Many generations: some at a time, told as they finish."""

import asyncio
from collections.abc import Iterator
from contextlib import aclosing
from typing import Any

import pytest
import scripted
from scripted import NEW, QUICK, text

from nemo_sdk import Generation, NemoClient, Timing, TurnError, Video
from nemo_sdk.emulator import Emulator


@pytest.fixture
def timing() -> Timing:
    """A clock that gives up soon."""
    return QUICK


def ours(tasks: set["asyncio.Task[Any]"]) -> list["asyncio.Task[Any]"]:
    """The tasks that run code of the client's."""
    return [task for task in tasks if "nemo_sdk/_" in repr(task)]


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
    for none in (0, 1.5, "2", True):
        with pytest.raises(ValueError, match="concurrency must be a whole number"):
            client.generate_many(["a cat"], concurrency=none)  # type: ignore[arg-type]


async def test_an_error_of_the_programs_own_does_not_stop_the_rest(emulator: Emulator) -> None:
    """A token function that fails is the error of those who needed it; all are handed over."""
    tokens = [emulator.add_token(), emulator.add_token()]

    async def token() -> str:
        if not tokens:
            raise RuntimeError("the vault is closed")
        return tokens.pop()

    async with NemoClient(token, base_url=emulator.base_url, timing=QUICK) as client:
        emulator.faults.answer("state", status=401, body=b'{"code":1001}', times=None)
        made = [one async for one in client.generate_many(["a", "b"], language="en")]
    assert {one.prompt for one in made} == {"a", "b"}
    assert all(isinstance(one.error, Exception) for one in made)
