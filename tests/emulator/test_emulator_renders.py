"""Renders, from the draft to the film's address."""

import asyncio
import io
import json
import sys
import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import av
import pytest
from waiting import until
from yarl import URL

from nemo_sdk.emulator import Clock
from nemo_sdk.testing import assert_film

from .conftest import Api, Emulators, Sketch, sketch, small_draft


class Studio:
    """A renderer that a test holds back: it works until it is let go, or told to stop."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.started: list[str] = []
        self.stopped: list[str] = []

    def __call__(
        self,
        draft: Mapping[str, Any],
        target: Path,
        *,
        should_stop: Callable[[], bool],
        **options: Any,
    ) -> Sketch:
        title = draft["t"][0]["sg"][0]["m"]["title"]
        self.started.append(title)
        while not self.go.wait(0.005):
            if should_stop():
                self.stopped.append(title)
                raise RuntimeError("stopped")
        return sketch(draft, target, **options)


async def test_a_render_goes_from_pending_to_completed(emulators: Emulators) -> None:
    """A render is pending, then processing with growing progress, then completed with a film."""
    clock = Clock(manual=True)
    api = await emulators(clock=clock)
    _, answer = await api.submit(await api.session())
    assert answer["data"] == {"id": "render_1", "status": "pending", "progress": 0.0}
    seen: list[dict[str, Any]] = []
    while not seen or seen[-1]["status"] == "processing":
        await clock.advance(5)
        await asyncio.sleep(0.005)
        seen.append(await api.status())
    assert {status["status"] for status in seen[:-1]} == {"processing"}
    progress = [status["progress"] for status in seen]
    assert progress == sorted(progress)
    assert 6 <= len(seen) <= 20
    film = seen[-1]["output"]
    assert seen[-1] == {
        "taskId": "render_1",
        "status": "completed",
        "progress": 1.0,
        "output": film,
    }
    assert film["url"].startswith(api.emulator.films_url)
    assert film["duration"] == 1.5
    assert film["size"] > 0


async def test_progress_is_never_ahead_of_the_painting(emulators: Emulators) -> None:
    """However fast the service's time goes, a client is told how much is painted."""
    steps, going = [0.0, 0.25, 0.5], threading.Event()

    def painting(
        draft: Mapping[str, Any],
        target: Path,
        *,
        on_progress: Callable[[float], object],
        **options: Any,
    ) -> Sketch:
        while steps:
            on_progress(steps.pop(0))
            going.wait(5)
            going.clear()
        return sketch(draft, target, **options)

    api = await emulators(renderer=painting)
    await api.submit(await api.session())
    render = api.emulator.renders["render_1"]
    await until(lambda: render.waited == 1.0)

    def at(share: float) -> bool:
        return render.painted() == share

    for painted in (0.0, 0.25, 0.5):
        await until(partial(at, painted))
        assert (await api.status())["progress"] == painted
        going.set()
    assert (await api.rendered())["progress"] == 1.0


async def test_progress_of_the_emulators_own_films(emulators: Emulators) -> None:
    """The time that the service takes counts too: what is painted at once is not told at once."""
    clock = Clock(manual=True)
    api = await emulators(renderer=None, film_size=(160, 90), fps=4, look="card", clock=clock)
    await api.submit(await api.session())
    render = api.emulator.renders["render_1"]
    await until(lambda: render.painted() == 1.0 and render.status == "processing")
    assert (await api.status())["progress"] == 0.0
    while render.waited < 0.5:
        await clock.advance(5)
        await asyncio.sleep(0.005)
    assert 0 < (await api.status())["progress"] < 1


@pytest.mark.parametrize("look", ["scene", "card"])
async def test_the_look_is_chosen(emulators: Emulators, look: Any) -> None:
    """A renderer is told the look; there is no third one."""
    seen: list[str] = []

    def renderer(draft: Mapping[str, Any], target: Path, **options: Any) -> Sketch:
        seen.append(options["look"])
        return sketch(draft, target, **options)

    api = await emulators(renderer=renderer, look=look)
    await api.film()
    assert seen == [look]
    with pytest.raises(ValueError, match="look"):
        await emulators(look="oil")


async def test_the_canvas_decides_the_shape(emulators: Emulators) -> None:
    """Two drafts that differ in their canvas alone are two films."""
    api = await emulators(renderer=None, film_size=(160, 90), fps=4, look="card")
    session = await api.session()
    for name, ratio in (("r1", "16:9"), ("r2", "9:16")):
        await api.submit(session, name, draft=small_draft() | {"canvas": {"ratio": ratio}})
        await api.rendered(name)
    for name, size in (("r1", (160, 90)), ("r2", (90, 160))):
        path = api.emulator.renders[name].path
        assert path is not None
        assert_film(path).has_size(*size).lasts(1)


async def test_the_submitted_draft_is_kept(api: Api) -> None:
    """What was submitted can be looked at, whole, under the render's id."""
    draft = small_draft() | {"unknown": [1, None, "猫"]}
    session = await api.session()
    await api.submit(session, draft=draft)
    render = api.emulator.renders["render_1"]
    assert render.draft == draft
    assert render.session is api.emulator.sessions[session]


async def test_renders_cost_nothing(api: Api) -> None:
    """An export takes no credits."""
    await api.film()
    assert api.emulator.charges == []


async def test_one_active_render_a_session(emulators: Emulators) -> None:
    """A second render of a session waits for the first; another session's does not."""
    studio = Studio()
    api = await emulators(renderer=studio)
    session, other = await api.session(), await api.session()
    await api.submit(session, "r1", draft=small_draft("one"))
    await api.submit(session, "r2", draft=small_draft("two"))
    await api.submit(other, "r3", draft=small_draft("three"))
    await until(lambda: sorted(studio.started) == ["one", "three"])
    assert (await api.status("r2"))["status"] == "pending"
    studio.go.set()
    assert (await api.rendered("r2"))["status"] == "completed"


async def test_a_duplicate_id_is_refused(api: Api) -> None:
    """The same id again is 409, whatever became of the first."""
    session = await api.session()
    await api.submit(session)
    for _ in range(2):
        status, answer = await api.submit(session)
        assert (status, answer["code"]) == (409, 409)
        assert "Duplicate" in answer["message"]
        await api.rendered()


@pytest.mark.parametrize("name", ["X-Skill-Source", "X-Skill-Version", "X-Skill-Platform"])
async def test_exports_without_attribution_are_402(api: Api, name: str) -> None:
    """Each of the three headers is needed; nothing is rendered, and the call is recorded."""
    session = await api.session()
    del api.http.headers[name]
    status, answer = await api.submit(session)
    assert (status, answer["code"]) == (402, 402)
    assert name in answer["message"]
    assert api.emulator.renders == {}
    assert len(api.emulator.calls_of("submit_render")) == 1


async def test_attribution_can_be_let_go(emulators: Emulators) -> None:
    """An emulator can render without the headers."""
    api = await emulators(attribution_required=False)
    session = await api.session()
    api.http.headers.popall("X-Skill-Source")
    assert (await api.submit(session))[0] == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"id": None},
        {"id": ""},
        {"id": 5},
        {"draft": None},
        {"draft": {}},
        {"draft": {"t": []}},
        {"draft": {"t": [{"tt": 0, "sg": []}]}},
        {"draft": {"t": "x"}},
        {"output": "mp4"},
        {"output": {"format": "exe"}},
        {"output": {"quality": "best"}},
    ],
)
async def test_what_cannot_be_rendered_is_refused(api: Api, changes: dict[str, Any]) -> None:
    """Missing ids, empty drafts and unknown formats are 422."""
    status, answer = await api.submit(await api.session(), **changes)
    assert (status, answer["code"]) == (422, 422)
    assert api.emulator.renders == {}


async def test_a_render_of_an_unknown_session_is_1002(api: Api) -> None:
    """The session is looked for first."""
    assert (await api.submit("123"))[1]["code"] == 1002


async def test_an_unknown_render_is_404(api: Api) -> None:
    """Status, cancel and download of an id that is not there, or another user's, are 404."""
    await api.film()
    api.http.headers["Authorization"] = f"Bearer {api.emulator.add_token()}"
    for render_id in ("render_1", "render_2"):
        for method, path in (
            ("GET", f"/api/render/proxy/lambda/{render_id}"),
            ("POST", f"/api/render/proxy/lambda/{render_id}/cancel"),
            ("GET", f"/api/render/proxy/{render_id}/download"),
        ):
            assert (await api.call(method, path))[0] == 404


async def test_renders_fail_on_request(api: Api) -> None:
    """A failed render says why; the next one succeeds."""
    api.emulator.fail_renders(1, "out of memory")
    session = await api.session()
    await api.submit(session, "r1")
    failed = await api.rendered("r1")
    assert (failed["status"], failed["error"]) == ("failed", "out of memory")
    assert "output" not in failed
    await api.submit(session, "r2")
    assert (await api.rendered("r2"))["status"] == "completed"


async def test_a_renderer_that_raises_fails_the_render(emulators: Emulators) -> None:
    """What goes wrong in the renderer is the render's error, and is tried again next time."""
    calls = []

    def broken(draft: Mapping[str, Any], target: Path, **options: Any) -> Sketch:
        calls.append(target)
        if len(calls) == 1:
            raise ValueError("no such codec")
        return sketch(draft, target, **options)

    api = await emulators(renderer=broken)
    session = await api.session()
    await api.submit(session, "r1")
    assert (await api.rendered("r1"))["error"] == "no such codec"
    await api.submit(session, "r2")
    assert (await api.rendered("r2"))["status"] == "completed"


async def test_a_pending_render_is_cancelled(emulators: Emulators) -> None:
    """A cancelled render never starts, and cannot be cancelled again."""
    studio = Studio()
    api = await emulators(renderer=studio)
    session = await api.session()
    await api.submit(session, "r1", draft=small_draft("one"))
    await api.submit(session, "r2", draft=small_draft("two"))
    cancel = "/api/render/proxy/lambda/r2/cancel"
    assert (await api.data("POST", cancel))["status"] == "cancelled"
    studio.go.set()
    await api.rendered("r1")
    assert (await api.status("r2"))["status"] == "cancelled"
    assert studio.started == ["one"]
    assert (await api.call("POST", cancel))[0] == 409


async def test_a_running_render_is_stopped(emulators: Emulators) -> None:
    """Cancelling stops the renderer; the same film can be rendered afterwards."""
    studio = Studio()
    api = await emulators(renderer=studio)
    session = await api.session()
    await api.submit(session, "r1")
    await until(lambda: studio.started)
    await api.data("POST", "/api/render/proxy/lambda/r1/cancel")
    await until(lambda: studio.stopped)
    studio.go.set()
    await api.submit(session, "r2")
    assert (await api.rendered("r2"))["status"] == "completed"


async def test_a_film_that_others_want_is_not_stopped(emulators: Emulators) -> None:
    """Two renders share one film; cancelling one leaves it to the other."""
    studio = Studio()
    api = await emulators(renderer=studio)
    await api.submit(await api.session(), "r1")
    await api.submit(await api.session(), "r2")
    await until(lambda: api.emulator.renders["r2"].status == "processing")
    await api.data("POST", "/api/render/proxy/lambda/r1/cancel")
    studio.go.set()
    assert (await api.rendered("r2"))["status"] == "completed"
    assert studio.started == ["a cat"]


async def test_the_same_content_is_rendered_once(emulators: Emulators) -> None:
    """Drafts that differ in ids alone share a film; another title or format does not."""
    studio = Studio()
    studio.go.set()
    api = await emulators(renderer=studio)
    for number, changes in enumerate(
        [
            {},
            {"draft": small_draft() | {"id": "other"}},
            {"draft": small_draft("a dog")},
            {"output": {"format": "webm", "quality": "low"}},
        ]
    ):
        await api.submit(await api.session(), f"r{number}", **changes)
        await api.rendered(f"r{number}")
    assert studio.started == ["a cat", "a dog", "a cat"]


async def test_the_renderer_gets_the_emulators_options(emulators: Emulators) -> None:
    """Container, quality, seed, size and rate arrive at the renderer."""
    api = await emulators(seed=7, film_size=(320, 180), fps=12)
    await api.submit(await api.session(), output={"format": "mov", "quality": "low"})
    url = (await api.rendered())["output"]["url"]
    assert url.endswith(".mov")
    async with aiohttp.ClientSession() as stranger, stranger.get(url) as response:
        content = await response.read()
    assert json.loads(content[: len(content) // 20])[1] == {
        "container": "mov",
        "quality": "low",
        "seed": 7,
        "size": [320, 180],
        "fps": 12,
    }


async def test_the_emulators_own_films_are_real(emulators: Emulators) -> None:
    """From a message to an H.264 film of the length asked for, with the music heard in it."""
    api = await emulators(renderer=None, film_size=(160, 90), fps=12)
    session = await api.session()
    await api.turn(session, "a cat walking through a snowy forest, 2 seconds")
    await api.submit(session, draft=await api.draft(session))
    film = (await api.rendered())["output"]
    async with aiohttp.ClientSession() as stranger, stranger.get(film["url"]) as response:
        content = io.BytesIO(await response.read())
    assert film["size"] == len(content.getvalue())
    with av.open(content, "r") as container:
        picture = container.streams.video[0]
        assert picture.codec_context.name == "h264"
        assert (picture.width, picture.height) == (160, 90)
        assert len(container.streams.audio) == 1
        assert sum(1 for _ in container.decode(picture)) == 24
    assert film["duration"] == pytest.approx(2.0, abs=0.1)


async def test_without_pyav_the_error_says_what_to_install(
    emulators: Emulators, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the extra a render fails, and names the extra."""
    monkeypatch.setitem(sys.modules, "nemo_sdk.emulator._film._render", None)
    api = await emulators(renderer=None)
    await api.submit(await api.session())
    assert "pip install 'nemo-sdk[emulator]'" in (await api.rendered())["error"]


async def test_many_generations_at_once(emulators: Emulators) -> None:
    """A hundred generations run side by side, and one film serves them all."""
    studio = Studio()
    studio.go.set()
    api = await emulators(renderer=studio, speed=50_000)
    token = api.emulator.add_token(credits=1_000_000)
    api.http.headers["Authorization"] = f"Bearer {token}"

    async def one(number: int) -> str:
        session = await api.session()
        await api.turn(session, "a cat walking through a snowy forest")
        await api.submit(session, f"r{number}", draft=await api.draft(session))
        return str((await api.rendered(f"r{number}"))["status"])

    assert set(await asyncio.gather(*(one(number) for number in range(100)))) == {"completed"}
    assert len(studio.started) == 1
    assert len(api.emulator.charges) == 100


@pytest.mark.parametrize("render_id", ["a{b}c", "ç{È", "a/b", "a b?c#d%2F", "渲染"])
async def test_an_id_may_have_any_character(api: Api, render_id: str) -> None:
    """A render is found under the caller's id, percent-encoded, whatever is in it."""
    await api.submit(await api.session(), render_id)
    path = f"/api/render/proxy/lambda/{quote(render_id, safe='')}"
    async with api.http.get(URL(api.emulator.base_url + path, encoded=True)) as response:
        assert response.status == 200
        assert (await response.json())["taskId"] == render_id
