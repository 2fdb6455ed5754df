"""Renders: polled until they are over, to a real deadline, and cancelled on purpose."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from aioresponses import aioresponses
from scripted import NEW, QUICK, text

from nemo_sdk import (
    APIError,
    NemoClient,
    NothingToExportError,
    Render,
    RenderCancelledError,
    RenderError,
    RenderFailedError,
    RenderProgress,
    RenderTimeoutError,
    ServerError,
    Timing,
    TransportError,
    Video,
)
from nemo_sdk.emulator import Emulator

BASE = "https://nemo.test"
STATUS = f"{BASE}/api/render/proxy/lambda/r1"


@pytest.fixture
def timing() -> Timing:
    """A clock that gives up soon."""
    return QUICK


@pytest.fixture
async def render(emulator: Emulator, client: NemoClient) -> Render:
    """A render that has just been submitted."""
    session = await client.create_session()
    emulator.script(text("Done."), draft=NEW)
    await session.ask("make it")
    return await session.export()


@pytest.fixture
async def told(http: aioresponses) -> AsyncIterator[Render]:
    """A render of a service that is not there, whose answers a test makes up."""
    async with NemoClient("t", base_url=BASE, timing=QUICK, max_retries=0) as client:
        yield client.render("r1", session_id="s1")


def _tell(http: aioresponses, *answers: dict[str, object]) -> None:
    for answer in answers:
        http.get(STATUS, body=json.dumps(answer), content_type="application/json")


async def test_a_render_becomes_a_film(emulator: Emulator, render: Render) -> None:
    """`wait` gives the video, and the handle knows that it is completed."""
    video = await render.wait()
    assert isinstance(video, Video)
    assert (render.status, render.progress) == ("completed", 1.0)
    assert (video.render_id, video.session_id) == (render.id, render.session_id)
    assert await render.wait() is not video  # a second wait needs no second film


async def test_looks_are_told_until_the_film_is_ready(render: Render) -> None:
    """Iterating tells each look; progress never falls."""
    looks = [look async for look in render]
    assert looks[-1] == RenderProgress("completed", 1.0)
    assert [look.fraction for look in looks] == sorted(look.fraction for look in looks)


async def test_a_cancelled_render_ends_its_wait(emulator: Emulator, render: Render) -> None:
    """`cancel` reaches the service, and wakes who waits at once."""
    waiting = asyncio.create_task(render.wait(poll_interval=60))
    await asyncio.sleep(0.01)
    await render.cancel()
    with pytest.raises(RenderCancelledError) as raised:
        async with asyncio.timeout(1):
            await waiting
    assert raised.value.render_id == render.id
    assert emulator.renders[render.id].status == "cancelled"


async def test_a_render_cancelled_elsewhere_is_noticed(client: NemoClient, render: Render) -> None:
    """Another handle's cancel ends a wait at its next look."""
    await client.render(render.id).cancel()
    with pytest.raises(RenderCancelledError):
        await render.wait()


async def test_a_cancelled_wait_leaves_the_render_alive(
    emulator: Emulator, client: NemoClient, render: Render
) -> None:
    """Who stops waiting does not stop the render."""
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.005):
            await render.wait()
    assert isinstance(await client.render(render.id).wait(), Video)
    assert list(emulator.renders) == [render.id]


def test_a_render_can_be_waited_for_in_a_second_loop() -> None:
    """A handle is not bound to the loop in which it waited first."""

    async def with_emulator() -> None:
        async with Emulator(credits=1000) as emulator:
            await asyncio.to_thread(in_two_loops, emulator.base_url)

    def in_two_loops(base_url: str) -> None:
        client = NemoClient(base_url=base_url, timing=QUICK, max_retries=0)
        render = client.render("unknown")
        render.status = "processing"
        for _ in range(2):
            with pytest.raises((APIError, RenderTimeoutError)):
                asyncio.run(render.wait(poll_interval=0.01))
        asyncio.run(client.aclose())

    asyncio.run(with_emulator())


async def test_a_look_that_fails_does_not_end_the_wait(http: aioresponses, told: Render) -> None:
    """Errors of the connection and of the server on the way are waited out."""
    _tell(http, {"taskId": "r1", "status": "processing", "progress": 0.5})
    http.get(STATUS, exception=ConnectionResetError("gone"))
    http.get(STATUS, status=502, body="<html>")
    http.get(STATUS, body="<html>", content_type="text/html")
    _tell(http, {"taskId": "r1", "status": "completed", "output": {"url": "https://f.test/1"}})
    assert (await told.wait()).url == "https://f.test/1"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"status": 500, "body": "{}"}, ServerError),
        ({"status": 404, "body": "{}"}, APIError),
        ({"exception": ConnectionResetError("gone")}, TransportError),
        ({"body": "<html>", "content_type": "text/html"}, TransportError),
    ],
)
async def test_a_first_look_that_fails_is_an_error(
    http: aioresponses, told: Render, answer: dict[str, object], error: type[Exception]
) -> None:
    """A handle that never saw its render does not wait for one that may not exist."""
    http.get(STATUS, **answer)
    with pytest.raises(error):
        await told.wait()


async def test_a_status_is_a_short_word(http: aioresponses, told: Render) -> None:
    """Whatever the service calls where a render stands, it can be shown to people."""
    _tell(http, {"taskId": "r1", "status": "\x1b[31mWarming\n" + "x" * 200_000})
    await told.refresh()
    assert told.status.startswith("[31mwarming x") and len(told.status) <= 60


async def test_an_unknown_status_is_polled_on(http: aioresponses, told: Render) -> None:
    """A word that the service adds later is neither an end nor an error."""
    _tell(
        http,
        {"taskId": "r1", "status": "warming_up"},
        {"success": True, "data": {"status": "COMPLETED", "outputUrl": "https://f.test/2"}},
    )
    looks = [look.status async for look in told.watch(poll_interval=0)]
    assert looks == ["warming_up", "completed"]
    assert told.video().url == "https://f.test/2"


async def test_progress_may_be_told_in_percent(http: aioresponses, told: Render) -> None:
    """Fractions are 0 to 1 however the service tells them; 1 may be one percent, or all."""
    _tell(
        http,
        {"taskId": "r1", "status": "processing", "progress": 1},
        {"taskId": "r1", "status": "processing", "progress": 42},
        {"taskId": "r1", "status": "processing", "progress": "0.5"},
        {"taskId": "r1", "status": "processing", "progress": -3},
        {"taskId": "r1", "status": "completed"},
    )
    looks = [look.fraction async for look in told.watch(poll_interval=0)]
    assert looks == [0.0, 0.42, 0.5, 0.5, 1.0]


async def test_a_failed_render_says_why(http: aioresponses, told: Render) -> None:
    """The service's reason is in the error; it is not submitted again by a held render."""
    _tell(http, {"taskId": "r1", "status": "failed", "error": "no memory"})
    with pytest.raises(RenderFailedError, match="no memory"):
        await told.wait()


async def test_done_without_an_address_is_still_a_film(http: aioresponses, told: Render) -> None:
    """Completed without a URL leaves the service's own download."""
    _tell(http, {"taskId": "r1", "status": "completed"})
    assert (await told.wait()).url is None


async def test_a_film_before_its_time_is_an_error(told: Render) -> None:
    """There is no video of a render that is not completed."""
    with pytest.raises(RenderError):
        told.video()


@pytest.mark.parametrize("timeout", [-1, float("nan"), True, "5"])
async def test_a_timeout_is_a_number_of_seconds(told: Render, timeout: float) -> None:
    """What cannot be waited for is refused before a look."""
    with pytest.raises(ValueError, match="seconds"):
        await told.wait(timeout=timeout)


async def test_an_empty_timeline_is_not_submitted(emulator: Emulator, client: NemoClient) -> None:
    """There is nothing to export in a session just made."""
    session = await client.create_session()
    with pytest.raises(NothingToExportError):
        await session.export()
    assert emulator.calls_of("submit_render") == []


async def test_the_draft_goes_to_the_renderer_whole(emulator: Emulator, render: Render) -> None:
    """What the state has is what is rendered, keys that nobody knows included."""
    assert emulator.renders[render.id].draft == NEW


async def test_a_timeout_of_somebody_elses_is_not_the_renders(emulator: Emulator) -> None:
    """A token function that gives up is not told as a render that was too slow."""
    tokens = [emulator.add_token()]

    async def token() -> str:
        if not tokens:
            raise TimeoutError("the vault is slow")
        return tokens.pop()

    async with NemoClient(token, base_url=emulator.base_url, timing=QUICK) as client:
        await client.credits()
        emulator.expire_tokens()
        with pytest.raises(TimeoutError, match="vault"):
            await client.render("render_1").wait()
