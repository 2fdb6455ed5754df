"""What the emulator's tests speak with: plain aiohttp, and nothing of the library."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from attrs import define, frozen

from nemo_sdk.emulator import Emulator

ATTRIBUTION = {
    "X-Skill-Source": "sora-video-generator-is-free",
    "X-Skill-Version": "1.0.0",
    "X-Skill-Platform": "unknown",
}


@frozen
class Sketch:
    """What the tests' own renderer says of its film."""

    duration: float
    size: int


def sketch(draft: Mapping[str, Any], target: Path, **options: Any) -> Sketch:
    """Writes a draft's tracks in place of a film, and the options with them."""
    names = ("container", "quality", "seed", "size", "fps")
    chosen = {name: options[name] for name in names}
    content = json.dumps([draft["t"], chosen, sorted(options["media"])]).encode() * 20
    target.write_bytes(content)
    return Sketch(1.5, len(content))


@define
class Api:
    """One user of one emulator."""

    emulator: Emulator
    http: aiohttp.ClientSession

    async def call(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        """Returns the HTTP status and the JSON of an answer."""
        async with self.http.request(method, path, **options) as response:
            return response.status, json.loads(await response.read())

    async def data(self, method: str, path: str, **options: Any) -> Any:
        """Returns what an answer of shape A or C carries."""
        status, answer = await self.call(method, path, **options)
        assert status == 200, answer
        if "code" in answer:
            assert answer["code"] == 0, answer
            return answer["data"]
        return answer

    async def sign_in(self, client_id: str = "client-1") -> Any:
        """Takes an anonymous token and uses it from now on."""
        path = "/api/auth/anonymous-token"
        data = await self.data("POST", path, headers={"X-Client-Id": client_id})
        self.http.headers["Authorization"] = f"Bearer {data['token']}"
        return data

    async def session(self) -> str:
        """Begins a session and returns its id."""
        body = {"task_name": "project", "language": "en"}
        data = await self.data("POST", "/api/tasks/me/with-session/nemo_agent", json=body)
        return str(data["session_id"])

    def send(self, session_id: str, text: str) -> Any:
        """Posts a message; the answer is to be entered."""
        return self.http.post("/run_sse", json=message(session_id, text))

    async def turn(self, session_id: str, text: str) -> bytes:
        """Posts a message and returns the whole stream."""
        async with self.send(session_id, text) as response:
            assert response.status == 200
            assert response.content_type == "text/event-stream", await response.text()
            return bytes(await response.read())

    async def state(self, session_id: str) -> Any:
        """Returns a session's state."""
        data = await self.data("GET", f"/api/state/nemo_agent/me/{session_id}/latest")
        return data["state"]

    async def draft(self, session_id: str) -> Any:
        """Returns a session's draft."""
        return (await self.state(session_id))["draft"]

    async def submit(
        self, session_id: str, render_id: str = "render_1", **changes: Any
    ) -> tuple[int, Any]:
        """Submits a render of a small draft of its own."""
        body = {
            "id": render_id,
            "sessionId": session_id,
            "draft": small_draft(),
            "output": {"format": "mp4", "quality": "high"},
        }
        return await self.call("POST", "/api/render/proxy/lambda", json=body | changes)

    async def status(self, render_id: str = "render_1") -> Any:
        """Returns how far a render is."""
        return await self.data("GET", f"/api/render/proxy/lambda/{render_id}")

    async def rendered(self, render_id: str = "render_1") -> Any:
        """Waits for the end of a render and returns its last status."""
        while True:
            status = await self.status(render_id)
            if status["status"] not in {"pending", "processing"}:
                return status
            await asyncio.sleep(0.005)

    async def film(self) -> str:
        """Makes a film and returns its address."""
        await self.submit(await self.session())
        return str((await self.rendered())["output"]["url"])


def message(session_id: str, text: str) -> dict[str, Any]:
    """Returns the body of a message, to the letter."""
    return {
        "app_name": "nemo_agent",
        "user_id": "me",
        "session_id": session_id,
        "new_message": {"parts": [{"text": text}]},
    }


def small_draft(title: str = "a cat") -> dict[str, Any]:
    """Returns a draft of one second."""
    return {"id": "d", "t": [{"id": "t", "tt": 0, "sg": [{"d": 1000, "m": {"title": title}}]}]}


def events(stream: bytes) -> list[dict[str, Any]]:
    """Returns the JSON events of a stream, heartbeats left out."""
    blocks = [block for block in stream.split(b"\n\n") if block.startswith(b"data: {")]
    return [json.loads(block.removeprefix(b"data: ")) for block in blocks]


def texts(stream: bytes) -> list[str]:
    """Returns the whole texts of an ADK stream, their pieces and thoughts left out."""
    parts = [
        event["content"]["parts"][0]
        for event in events(stream)
        if "content" in event and not event.get("partial")
    ]
    return [part["text"] for part in parts if "text" in part and not part.get("thought")]


class Emulators:
    """Starts emulators with options, each with a signed-in user."""

    def __init__(self) -> None:
        self._open: list[Any] = []

    async def __call__(self, *, signed_in: bool = True, **options: Any) -> Api:
        settings: dict[str, Any] = {"speed": 5000.0, "renderer": sketch, "silent": 0.0}
        emulator = Emulator(**settings | options)
        await emulator.start()
        self._open.append(emulator)
        http = aiohttp.ClientSession(emulator.base_url, headers=ATTRIBUTION)
        self._open.append(http)
        if signed_in:
            token = emulator.add_token(credits=10_000, user_id="user-1")
            http.headers["Authorization"] = f"Bearer {token}"
        return Api(emulator, http)

    async def aclose(self) -> None:
        """Closes clients and emulators, the last ones first."""
        while self._open:
            each = self._open.pop()
            await (each.close() if isinstance(each, aiohttp.ClientSession) else each.aclose())


@pytest.fixture
async def emulators() -> AsyncIterator[Emulators]:
    """A maker of emulators, closed after the test."""
    made = Emulators()
    yield made
    await made.aclose()


@pytest.fixture
async def api(emulators: Emulators) -> Api:
    """A registered user of a fast emulator whose films are sketches."""
    return await emulators()
