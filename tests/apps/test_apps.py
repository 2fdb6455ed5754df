"""The web applications, over HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from nemo_sdk.emulator import Emulator

from .conftest import APPS, load, serving


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A browser without a screen."""
    async with aiohttp.ClientSession() as session:
        yield session


def app_module(name: str) -> Any:
    """Import an application, where its framework is installed."""
    if name == "fastapi_app":
        pytest.importorskip("fastapi")
        pytest.importorskip("uvicorn")
    return load(f"apps/{name}.py")


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
    async with asyncio.timeout(60):
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
    async with asyncio.timeout(60):
        while not emulator.calls_of("run_sse"):
            await asyncio.sleep(0.01)
    async with http.delete(f"{app}films/{made['id']}") as answer:
        assert answer.status == 204
    assert (await looking)[-1] == ("failed", {"message": "Cancelled."})


@pytest.mark.parametrize(("prompt", "status"), [("", 400), ("  ", 400)])
async def test_empty(http: aiohttp.ClientSession, app: str, prompt: str, status: int) -> None:
    """A prompt without words is refused with a sentence."""
    answered, told = await begin(http, app, prompt)
    assert answered == status and "say what the video should show" in told["message"]


@pytest.mark.parametrize("body", [b'{"prompt": "a fox"}', b"a fox"])
async def test_other_sites(
    http: aiohttp.ClientSession, app: str, body: bytes, emulator: Emulator
) -> None:
    """What a page of another site can send without asking first begins no film."""
    headers = {"Content-Type": "text/plain", "Origin": "https://evil.example"}
    async with http.post(f"{app}films", data=body, headers=headers) as answer:
        assert answer.status in {400, 415} and "Send" in (await answer.json())["message"]
        assert body == b"a fox" or answer.status == 415
    assert not emulator.calls


@pytest.mark.parametrize("body", [b"{}", b"[]", b"{", b'"a fox"'])
async def test_no_prompt(http: aiohttp.ClientSession, app: str, body: bytes) -> None:
    """What has no prompt in it is answered with what to send."""
    headers = {"Content-Type": "application/json"}
    async with http.post(f"{app}films", data=body, headers=headers) as answer:
        assert answer.status == 400
        assert (await answer.json())["message"] == 'Send {"prompt": "…"} as application/json.'


async def test_limit_at_once(http: aiohttp.ClientSession, app: str, emulator: Emulator) -> None:
    """The limit holds as well for films that are asked for at the same time."""
    emulator.faults.stall("run_sse", times=None)
    answers = await asyncio.gather(*(begin(http, app) for _ in range(8)))
    assert sorted(status for status, _ in answers) == [201] * 4 + [429] * 4


async def test_behind_nginx(http: aiohttp.ClientSession, app: str) -> None:
    """The events are not held back on their way."""
    _, made = await begin(http, app)
    async with http.get(f"{app}films/{made['id']}/progress") as answer:
        assert answer.headers["X-Accel-Buffering"] == "no"
        assert answer.headers["Cache-Control"] == "no-store"


class Strange:
    """A generation that fails as a program with a mistake does."""

    error: Exception | None = None

    async def progress(self, every: float) -> AsyncIterator[Any]:
        """Fail."""
        nothing: list[Any] = []
        for step in nothing:
            yield step
        raise LookupError("/secret/place")

    def __await__(self) -> Any:
        raise LookupError("/secret/place")


@pytest.mark.parametrize("name", APPS)
async def test_a_mistake(name: str, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever fails ends the events, without its details; those are in the log."""
    module = app_module(name)
    told = [event async for event in module.told(Strange(), "film")]
    assert len(told) == 1 and told[0].startswith("event: failed\n")
    assert "/secret/place" not in told[0]
    await module._wait(Strange())
    assert "/secret/place" in caplog.text


@pytest.mark.parametrize("name", APPS)
async def test_the_end_while_films_begin(name: str) -> None:
    """A film that is begun while the others are ended disturbs nothing."""
    films = app_module(name).Films(None)

    class Ended:
        async def cancel(self) -> None:
            films._films["another"] = self

    films._films["one"] = Ended()
    await films.end()


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
    async with asyncio.timeout(60):
        async with serving(name, emulator) as app:
            _, made = await begin(http, app)
            answer = await http.get(f"{app}films/{made['id']}/progress")
            await answer.content.readline()
        answer.close()
