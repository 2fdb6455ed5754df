"""A generation with aiohttp alone, as a careful person writes it for one program."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp
from orjson import loads

from ._peers import HEADERS

CONNECT, READ, CALL = 30, 60, 300
TURN, QUIET, RENDER = 900, 600, 900
"""Seconds, those of the library."""


class ByHand:
    """The calls of a generation: what is refused, failed, cut short or too slow raises.

    Nothing is made good: what went wrong is the caller's to find out about and to begin anew.

    Args:
        base: The service's address.
        prompt: What each film is to show.
        poll: Seconds between two looks at a render.
        fresh: Whether the message, which is charged, goes on a connection that was not used
            before: on a used one it may be lost, and nobody knows whether it was.
    """

    def __init__(self, base: str, prompt: str, poll: float, *, fresh: bool = False) -> None:
        self._base = base
        self._prompt = prompt
        self._poll = poll
        self._fresh = fresh

    async def __aenter__(self) -> Callable[[], Awaitable[object]]:
        self._http = self._opened(force_close=False)
        self._charged = self._opened(force_close=True) if self._fresh else self._http
        return self._make

    def _opened(self, *, force_close: bool) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            headers=HEADERS,
            connector=aiohttp.TCPConnector(limit=0, force_close=force_close),
            timeout=aiohttp.ClientTimeout(total=CALL, sock_connect=CONNECT, sock_read=READ),
        )

    async def __aexit__(self, *_: object) -> None:
        await self._charged.close()
        await self._http.close()

    async def _make(self) -> object:
        session = (await self._session())["session_id"]
        said = await self._said(session)
        state = (await self._get(f"/api/state/nemo_agent/me/{session}/latest"))["state"]
        if not any(track.get("sg") for track in (state.get("draft") or {}).get("t") or ()):
            raise RuntimeError(f"nothing was made: {said}")
        async with asyncio.timeout(RENDER):
            return said, await self._film(await self._render(session, state["draft"]))

    async def _session(self) -> Any:
        body = {"task_name": "project", "language": "en"}
        return await self._post("/api/tasks/me/with-session/nemo_agent", body)

    async def _said(self, session: str) -> str:
        body = {
            "app_name": "nemo_agent",
            "user_id": "me",
            "session_id": session,
            "new_message": {"parts": [{"text": self._prompt}]},
        }
        answer = Said()
        timeout = aiohttp.ClientTimeout(total=TURN, sock_connect=CONNECT, sock_read=QUIET)
        async with self._charged.post(
            f"{self._base}/run_sse", json=body, timeout=timeout
        ) as response:
            response.raise_for_status()
            rest = b""
            async for chunk in response.content.iter_any():  # its lines are of any length
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    if line.startswith(b"data:"):
                        answer.take(line[5:].strip())
        return answer.text

    async def _render(self, session: str, draft: Any) -> str:
        body = {
            "id": f"render_{uuid.uuid4().hex}",
            "sessionId": session,
            "draft": draft,
            "output": {"format": "mp4", "quality": "high"},
        }
        return str((await self._post("/api/render/proxy/lambda", body))["id"])

    async def _film(self, render: str) -> str:
        while True:
            await asyncio.sleep(self._poll)
            look = await self._get(f"/api/render/proxy/lambda/{render}")
            match look["status"]:
                case "completed":
                    return str(look["output"]["url"])
                case "failed" | "cancelled":
                    raise RuntimeError(f"the render failed: {look.get('error')}")

    async def _post(self, path: str, body: Any) -> Any:
        async with self._http.post(self._base + path, json=body) as response:
            return await _data_of(response)

    async def _get(self, path: str) -> Any:
        async with self._http.get(self._base + path) as response:
            return await _data_of(response)


class Said:
    """What the agent says: a text comes in pieces, and then once more as a whole."""

    def __init__(self) -> None:
        self._wholes: list[str] = []
        self._pieces: list[str] = []

    @property
    def text(self) -> str:
        return "".join([*self._wholes, *self._pieces])

    def take(self, data: bytes) -> None:
        """Read an event; a heartbeat says nothing."""
        if not data.startswith(b"{"):
            return
        event: Mapping[str, Any] = loads(data)
        if failure := event.get("errorMessage") or event.get("errorCode") or event.get("error"):
            raise RuntimeError(f"the agent failed: {failure}")
        parts = (event.get("content") or {}).get("parts") or ()
        text = "".join(part.get("text") or "" for part in parts if not part.get("thought"))
        if event.get("partial"):
            self._pieces.append(text)
        elif text:
            self._wholes.append(text)
            self._pieces.clear()


async def _data_of(response: aiohttp.ClientResponse) -> Any:
    """Return what is in an answer's envelope, or raise what it says."""
    response.raise_for_status()
    answer = await response.json()
    if answer.get("code", 0) != 0 or answer.get("success") is False:
        raise RuntimeError(f"the service said no: {answer}")
    return answer.get("data", answer)
