"""The web applications, over HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from nemo_sdk.emulator import Emulator

from .conftest import APPS, serving


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A browser without a screen."""
    async with aiohttp.ClientSession() as session:
        yield session


async def begin(http: aiohttp.ClientSession, app: str, prompt: Any = "a fox") -> tuple[int, Any]:
    """Ask for a film; returns the status and the answer."""
    async with http.post(f"{app}films", json={"prompt": prompt}) as answer:
        return answer.status, await answer.json()


async def events(http: aiohttp.ClientSession, app: str, name: str) -> list[tuple[str, Any]]:
    """Return all events of a film's progress."""
    async with http.get(f"{app}films/{name}/progress") as answer:
        assert answer.content_type == "text/event-stream"
        told = (await answer.text()).split("\n\n")[:-1]
    pairs = [event.split("\ndata: ") for event in told]
    return [(kind.removeprefix("event: "), json.loads(data)) for kind, data in pairs]


async def test_film(http: aiohttp.ClientSession, app: str, emulator: Emulator) -> None:
    """A prompt becomes a film, and its progress only ever rises."""
    status, made = await begin(http, app, "a fox in the snow")
    told = await events(http, app, made["id"])
    fractions = [data["fraction"] for kind, data in told if kind == "message"]
    async with http.get(f"{app}{told[-1][1]['film']}") as film:
        assert b"fox" in await film.read()
    assert status == 201 and told[-1][0] == "done"
    assert fractions == sorted(fractions) and fractions[-1] == 1
    assert len(emulator.charges) == 1


async def test_page(http: aiohttp.ClientSession, app: str) -> None:
    """The page is at the root."""
    async with http.get(app) as answer:
        assert answer.content_type == "text/html"
        assert "<title>" in await answer.text()


async def test_late_look(http: aiohttp.ClientSession, app: str, emulator: Emulator) -> None:
    """A film is made to its end without a page, and a page that comes late learns of it."""
    _, made = await begin(http, app)
    async with asyncio.timeout(10):
        while not any(render.status == "completed" for render in emulator.renders.values()):
            await asyncio.sleep(0.01)
    first = await events(http, app, made["id"])
    again = await events(http, app, made["id"])
    assert first[-1] == again[-1] and first[-1][0] == "done"


async def test_a_page_that_goes(http: aiohttp.ClientSession, app: str, emulator: Emulator) -> None:
    """A page that is closed in the middle ends nothing."""
    _, made = await begin(http, app)
    async with http.get(f"{app}films/{made['id']}/progress") as answer:
        await answer.content.readline()
    assert (await events(http, app, made["id"]))[-1][0] == "done"
    assert len(emulator.charges) == 1


async def test_cancel(http: aiohttp.ClientSession, app: str, emulator: Emulator) -> None:
    """A cancelled film ends for all pages."""
    emulator.faults.stall("run_sse")
    _, made = await begin(http, app)
    looking = asyncio.create_task(events(http, app, made["id"]))
    async with asyncio.timeout(10):
        while not emulator.calls_of("run_sse"):
            await asyncio.sleep(0.01)
    async with http.delete(f"{app}films/{made['id']}") as answer:
        assert answer.status == 204
    kind, data = (await looking)[-1]
    assert kind == "failed" and "cancelled" in data["message"]


@pytest.mark.parametrize(("prompt", "status"), [("", 400), ("  ", 400)])
async def test_empty(http: aiohttp.ClientSession, app: str, prompt: str, status: int) -> None:
    """A prompt without words is refused with a sentence."""
    answered, told = await begin(http, app, prompt)
    assert answered == status and "say what the video should show" in told["message"]


async def test_wrong_kind(http: aiohttp.ClientSession, app: str) -> None:
    """A prompt that is no text is refused."""
    answered, _ = await begin(http, app, ["a fox"])
    assert answered in {400, 422}


async def test_unknown(http: aiohttp.ClientSession, app: str) -> None:
    """A film that is not known is a 404, and one that is not ready too."""
    for path in ("films/nobody/progress", "films/nobody/film"):
        async with http.get(app + path) as answer:
            assert answer.status == 404


async def test_limit(http: aiohttp.ClientSession, app: str, emulator: Emulator) -> None:
    """No more films than a few are made at once."""
    emulator.faults.stall("run_sse", times=None)
    answers = [(await begin(http, app))[0] for _ in range(5)]
    assert answers == [201, 201, 201, 201, 429]


@pytest.mark.parametrize("name", APPS)
async def test_no_credits(http: aiohttp.ClientSession, name: str) -> None:
    """Without credits the registration link is told."""
    async with (
        Emulator(credits=10, speed=1000) as emulator,
        serving(name, emulator) as app,
    ):
        _, made = await begin(http, app)
        told = await events(http, app, made["id"])
    kind, data = told[-1]
    assert kind == "failed" and "register?bind=anon_" in data["link"]


@pytest.mark.parametrize("name", APPS)
async def test_the_end(http: aiohttp.ClientSession, name: str, emulator: Emulator) -> None:
    """An application that is stopped ends what it makes, and does not hang on an open page."""
    emulator.faults.stall("run_sse")
    async with asyncio.timeout(10):
        async with serving(name, emulator) as app:
            _, made = await begin(http, app)
            answer = await http.get(f"{app}films/{made['id']}/progress")
            await answer.content.readline()
        answer.close()
