"""Looking at a render: in time, past what passes, and with the reason where nothing is seen."""

import json
from collections.abc import AsyncIterable, AsyncIterator

import attrs
import pytest
from aioresponses import aioresponses
from scripted import NEW, QUICK, text

from nemo_sdk import (
    APIError,
    NemoClient,
    NemoError,
    Render,
    RenderError,
    RenderProgress,
    RenderTimeoutError,
    ServerError,
    Video,
)
from nemo_sdk.emulator import Emulator

BASE = "https://nemo.test"
STATUS = f"{BASE}/api/render/proxy/lambda/r1"
SOON = attrs.evolve(QUICK, render=0.2)
AT_WORK: dict[str, object] = {"taskId": "r1", "status": "processing"}


@pytest.fixture
async def told(http: aioresponses) -> AsyncIterator[Render]:
    """A render of a service that is not there, whose answers a test makes up."""
    async with NemoClient("t", base_url=BASE, timing=SOON, max_retries=0) as client:
        yield client.render("r1", session_id="s1")


@pytest.fixture
async def submitted(emulator: Emulator) -> AsyncIterator[Render]:
    """A render that was acknowledged, and has not been looked at."""
    async with NemoClient(base_url=emulator.base_url, timing=QUICK, max_retries=0) as client:
        session = await client.create_session()
        emulator.script(text("Done."), draft=NEW)
        await session.ask("make it")
        yield await session.export()


def _tell(http: aioresponses, *answers: dict[str, object]) -> None:
    for answer in answers:
        http.get(STATUS, body=json.dumps(answer), content_type="application/json")


async def drained(looks: AsyncIterable[RenderProgress]) -> None:
    """Look on to the end."""
    async for look in looks:
        assert look == RenderProgress("processing", 0.0)


async def test_iterating_ends_when_waiting_does(http: aioresponses, told: Render) -> None:
    """`async for` has the deadline that `wait` has."""
    http.get(STATUS, body=json.dumps(AT_WORK), content_type="application/json", repeat=True)
    with pytest.raises(RenderTimeoutError, match=r"after 0\.2 seconds \(processing\)"):
        await drained(told)


async def test_a_watch_can_be_given_a_limit(http: aioresponses, told: Render) -> None:
    """`watch(timeout=...)` is `wait(timeout=...)` with the looks told."""
    http.get(STATUS, body=json.dumps(AT_WORK), content_type="application/json", repeat=True)
    with pytest.raises(RenderTimeoutError, match=r"after 0\.05 seconds"):
        await drained(told.watch(timeout=0.05))


@pytest.mark.parametrize("how", ["wait", "iterate"])
async def test_what_keeps_failing_is_the_cause_and_in_the_words(
    http: aioresponses, told: Render, how: str
) -> None:
    """A permanent failure of polling is not hidden behind "not ready"."""
    _tell(http, AT_WORK)
    http.get(STATUS, status=500, payload={"message": "db is gone"}, repeat=True)
    with pytest.raises(
        RenderTimeoutError, match=r"the last \d+ looks failed: 500 db is gone\."
    ) as raised:
        await (told.wait() if how == "wait" else drained(told))
    assert isinstance(raised.value.__cause__, ServerError)
    assert raised.value.next == "keep_waiting"


async def test_a_render_that_nobody_has_seen_is_given_up_early(
    emulator: Emulator, submitted: Render
) -> None:
    """Where not one look succeeds after the submission, the wait does not last to its end."""
    emulator.faults.answer("render_status", status=500, body=b"{}", times=None)
    with pytest.raises(RenderError, match="cannot be looked at; the last 5 looks failed") as raised:
        await submitted.wait(timeout=60)
    assert isinstance(raised.value.__cause__, ServerError)
    assert len(emulator.calls_of("render_status")) == 5


@pytest.mark.parametrize("status", [404, 408, 425, 429, 500, 503])
async def test_a_refusal_that_passes_ends_no_wait(
    emulator: Emulator, submitted: Render, status: int
) -> None:
    """After an acknowledged submission one refusal of these is waited out."""
    emulator.faults.answer(
        "render_status", status=status, body=b"{}", headers={"Retry-After": "200"}
    )
    assert isinstance(await submitted.wait(), Video)


async def test_a_render_that_stays_unknown_is_told(emulator: Emulator, submitted: Render) -> None:
    """The second 404 is believed."""
    emulator.faults.answer("render_status", status=404, body=b"{}", times=None)
    with pytest.raises(APIError) as raised:
        await submitted.wait()
    assert raised.value.status == 404
    assert len(emulator.calls_of("render_status")) == 2


async def test_a_first_refusal_of_an_unknown_handle_is_an_error(
    http: aioresponses, told: Render
) -> None:
    """Without a submission of ours, nobody knows whether there was a message."""
    http.get(STATUS, status=404, payload={})
    with pytest.raises(NemoError) as raised:
        await told.wait()
    assert raised.value.charged == "maybe"
