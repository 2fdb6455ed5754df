"""The web applications, over HTTP."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import aiohttp
import pytest
from yarl import URL

from nemo_sdk.emulator import Emulator

from .conftest import APPS, serving


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A browser without a screen."""
    async with aiohttp.ClientSession() as session:
        yield session


async def begin(
    http: aiohttp.ClientSession, app: str, prompt: Any = "a fox", **more: Any
) -> tuple[int, Any]:
    """Ask for a film; returns the status and the answer."""
    async with http.post(f"{app}films", json={"prompt": prompt, **more}) as answer:
        return answer.status, await answer.json()


async def change(http: aiohttp.ClientSession, app: str, film: str, words: str) -> list[Any]:
    """Ask for a change of a film, and return all events of its progress."""
    async with http.post(f"{app}films/{film}/changes", json={"prompt": words}) as answer:
        assert answer.status == 201
        made = await answer.json()
    return await events(http, app, made["id"])


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
    answers = await asyncio.gather(*(begin(http, app) for _ in range(12)))
    assert sorted(status for status, _ in answers) == [201] * 8 + [429] * 4
    assert (await begin(http, app))[0] == 429


async def test_a_wish_sent_twice(http: aiohttp.ClientSession, app: str, emulator: Emulator) -> None:
    """What a page sends again, as its answer was lost, is the same film; another wish is not."""
    _, first = await begin(http, app, key="k1")
    _, again = await begin(http, app, key="k1")
    _, other = await begin(http, app, key="k2")
    assert first == again != other
    for made in (first, other):
        assert (await events(http, app, made["id"]))[-1][0] == "done"
    assert len(emulator.charges) == 2


async def test_files(http: aiohttp.ClientSession, app: str, emulator: Emulator, clip: Path) -> None:
    """A film is made of the files that were sent before."""
    async with http.put(f"{app}files/my%20holiday.mp4", data=clip.read_bytes()) as answer:
        assert answer.status == 201
        name = (await answer.json())["file"]
    _, made = await begin(http, app, "cut it to one second", files=[name])
    assert (await events(http, app, made["id"]))[-1][0] == "done"
    (session,) = emulator.sessions.values()
    assert [one["filename"] for one in session.uploads.values()] == ["my holiday.mp4"]


@pytest.mark.parametrize("name", APPS)
async def test_a_file_that_is_too_large(
    http: aiohttp.ClientSession, name: str, emulator: Emulator, tmp_path: Path
) -> None:
    """It is refused while it comes."""
    async with serving(name, emulator, tmp_path) as app:
        with patch.object(sys.modules["films"], "LARGEST", 1000):
            async with http.put(f"{app}files/a.mp4", data=b"x" * 1001) as answer:
                assert (answer.status, await answer.json()) == (
                    413,
                    {"message": "A file has 500 MB at most."},
                )


@pytest.mark.parametrize("files", [["0" * 32], ["../jobs"], [7], "abc", {"a": 1}])
async def test_files_that_are_none(http: aiohttp.ClientSession, app: str, files: Any) -> None:
    """A wish names files that were sent, and no others of this machine."""
    assert (await begin(http, app, files=files))[0] == 400


async def test_changes(http: aiohttp.ClientSession, app: str, emulator: Emulator) -> None:
    """A film is changed in words, and rendered once; who only asks something changes nothing."""
    _, made = await begin(http, app, "a four second film of a fox")
    await events(http, app, made["id"])
    kind, data = (await change(http, app, made["id"], 'add the title "Hello"'))[-1]
    assert kind == "done" and "Hello" in data["text"]
    films = [http.get(app + data["film"]) for _ in range(2)]
    contents = [await (await film).read() for film in films]
    assert b"Hello" in contents[0] and contents[0] == contents[1]
    kind, data = (await change(http, app, made["id"], "what can you do?"))[-1]
    assert (kind, data["film"]) == ("done", None) and data["text"]
    assert len(emulator.renders) == 2


@pytest.mark.parametrize("name", APPS)
async def test_several_workers(
    http: aiohttp.ClientSession, name: str, emulator: Emulator, tmp_path: Path
) -> None:
    """A film that one worker makes is told of, changed and handed out by another."""
    async with (
        serving(name, emulator, tmp_path) as one,
        serving(name, emulator, tmp_path) as other,
    ):
        _, made = await begin(http, one, "a four second film of a fox", key="k")
        _, again = await begin(http, other, "a four second film of a fox", key="k")
        told = await asyncio.gather(*(events(http, app, made["id"]) for app in (one, other)))
        assert made == again and [each[-1][0] for each in told] == ["done", "done"]
        async with http.get(f"{other}films/{made['id']}/film") as film:
            assert film.status == 200 and b"fox" in await film.read()
        assert (await change(http, other, made["id"], 'add the title "Hello"'))[-1][0] == "done"
    assert [charge.kind for charge in emulator.charges] == ["generation", "edit"]


@pytest.mark.parametrize("name", APPS)
async def test_a_worker_that_ends(
    http: aiohttp.ClientSession, name: str, emulator: Emulator, tmp_path: Path
) -> None:
    """What it leaves is gone on with by the next that starts, and charged once."""
    emulator.faults.stall("run_sse", after_event=2)
    async with serving(name, emulator, tmp_path) as app:
        _, made = await begin(http, app)
        async with asyncio.timeout(60):
            while not emulator.charges:
                await asyncio.sleep(0.01)
    async with serving(name, emulator, tmp_path) as app:
        assert (await events(http, app, made["id"]))[-1][0] == "done"
    assert len(emulator.charges) == 1


async def test_behind_nginx(http: aiohttp.ClientSession, app: str) -> None:
    """The events are not held back on their way."""
    _, made = await begin(http, app)
    async with http.get(f"{app}films/{made['id']}/progress") as answer:
        assert answer.headers["X-Accel-Buffering"] == "no"
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", APPS)
async def test_a_mistake(
    http: aiohttp.ClientSession, name: str, emulator: Emulator, tmp_path: Path
) -> None:
    """Whatever fails ends the events, without its details."""

    async def fail(*_: object) -> None:
        raise LookupError("/secret/place")

    async with serving(name, emulator, tmp_path) as app:
        _, made = await begin(http, app)
        with patch.object(sys.modules["films"].Films, "film", fail):
            told = await events(http, app, made["id"])
    assert told[-1] == ("failed", {"message": "Something went wrong here. Try again."})


async def test_wrong_kind(http: aiohttp.ClientSession, app: str) -> None:
    """A prompt that is no text is refused."""
    answered, _ = await begin(http, app, ["a fox"])
    assert answered in {400, 422}


async def test_unknown(http: aiohttp.ClientSession, app: str, tmp_path: Path) -> None:
    """A film that is not known is a 404, and one that is not ready too."""
    (tmp_path / "films").mkdir(exist_ok=True)
    (tmp_path / "films" / "film-ab.json").write_text("{}")
    for name in ("nobody", "film-ab", "..%2Ffilm-ab"):
        for path in (f"films/{name}/progress", f"films/{name}/film"):
            async with http.get(URL(app + path, encoded=True)) as answer:
                assert answer.status == 404


@pytest.mark.parametrize("name", APPS)
async def test_no_credits(http: aiohttp.ClientSession, name: str, tmp_path: Path) -> None:
    """Without credits the registration link is told."""
    async with (
        Emulator(credits=10, speed=1000) as emulator,
        serving(name, emulator, tmp_path) as app,
    ):
        _, made = await begin(http, app)
        told = await events(http, app, made["id"])
    kind, data = told[-1]
    assert kind == "failed" and "register?bind=anon_" in data["link"]


@pytest.mark.parametrize("name", APPS)
async def test_the_end(
    http: aiohttp.ClientSession, name: str, emulator: Emulator, tmp_path: Path
) -> None:
    """An application that is stopped ends what it makes, and does not hang on an open page."""
    emulator.faults.stall("run_sse")
    async with asyncio.timeout(60):
        async with serving(name, emulator, tmp_path) as app:
            _, made = await begin(http, app)
            answer = await http.get(f"{app}films/{made['id']}/progress")
            await answer.content.readline()
        answer.close()
