"""A recording reverse proxy on this machine, between a client and the service."""

import json
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web
from attrs import define, field

from ._masking import Masks
from ._origins import guard
from ._recording import ADDRESS, ELSEWHERE, Chunk, Recorded, write

_MAX_BODY = 600_000_000
_FILM_ADDRESSES = frozenset({"url", "outputUrl"})
_SENT = ("Content-Type", "Accept", "Range", "X-Skill-Source", "X-Skill-Version", "X-Skill-Platform")
_GOT = (
    *("Content-Type", "Retry-After", "Content-Range", "Accept-Ranges", "ETag", "Last-Modified"),
    *("Location", "Allow"),
)
_NOT_PASSED_ON = frozenset(
    {
        *("host", "connection", "keep-alive", "transfer-encoding", "content-length", "te"),
        *("accept-encoding", "upgrade", "trailer", "proxy-authorization", "proxy-connection"),
    }
)


def _without_slash(url: str) -> str:
    return url.rstrip("/")


@define(eq=False)
class Recorder:
    """Records a conversation between a client and the service, to be played by an emulator.

    An async context manager. A client that is given its `base_url` speaks through it with the
    service; at the end the file is written. Tokens, ids and file names in it are others, the same
    one for the same one; what was said and the films are as they were. ::

        async with Recorder("https://api.example.com", "talk.jsonl") as recorder:
            async with NemoClient(token, base_url=recorder.base_url) as client:
                await client.generate("a cat in the snow")
        async with Emulator(replay="talk.jsonl") as emulator:
            ...

    Args:
        target_url: The service's address.
        path: The file to write, in a folder that is there.

    Attributes:
        base_url: The address for the client; empty before the start.

    Raises:
        ValueError: The address is none.
    """

    target_url: str = field(converter=_without_slash)
    path: Path = field(default=Path("recording.jsonl"), converter=Path)
    base_url: str = field(default="", init=False)
    _calls: list[Recorded] = field(factory=list, init=False, repr=False)
    _hosts: list[str] = field(factory=list, init=False, repr=False)
    _masks: Masks = field(factory=Masks, init=False, repr=False)
    _runner: web.AppRunner | None = field(default=None, init=False, repr=False)
    _http: aiohttp.ClientSession = field(init=False, repr=False)

    @property
    def calls(self) -> int:
        """How many calls have been answered so far."""
        return len(self._calls)

    def __attrs_post_init__(self) -> None:
        parts = urlsplit(self.target_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("The service's address must look like https://host.")

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=_MAX_BODY, middlewares=[guard(())])
        app.router.add_route("GET", ELSEWHERE + "/{number:\\d+}/{path:.*}", self._elsewhere)
        app.router.add_route("HEAD", "/", _nothing)  # who asks what is here; no part of the talk
        app.router.add_route("*", "/{path:.*}", self._here)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.base_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        # The service's streams last for minutes: no limit of aiohttp's own ends them.
        self._http = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=None), auto_decompress=False
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        await self._http.close()
        for call in self._calls:
            self._masks.look_at_text(str(call.sent.get("body", "")))
            if _is_text(call):
                self._masks.look_at_text(call.body.decode("utf-8", "replace"))
        write(self.path, map(self._masked, self._calls))

    async def _here(self, request: web.Request) -> web.StreamResponse:
        return await self._pass_on(request, self.target_url + request.path_qs)

    async def _elsewhere(self, request: web.Request) -> web.StreamResponse:
        """Fetch a film, whose host gets no token."""
        number = int(request.match_info["number"])
        if number >= len(self._hosts):
            raise web.HTTPNotFound
        rest = request.path_qs.removeprefix(f"{ELSEWHERE}/{number}")
        return await self._pass_on(request, self._hosts[number] + rest, token=False)

    async def _pass_on(
        self, request: web.Request, url: str, *, token: bool = True
    ) -> web.StreamResponse:
        began, body = time.monotonic(), await request.read()
        headers = {
            name: value
            for name, value in request.headers.items()
            if name.lower() not in _NOT_PASSED_ON and (token or name.lower() != "authorization")
        }
        headers["Accept-Encoding"] = "identity"
        chunks: list[Chunk] = []
        async with self._http.request(
            request.method, url, data=body or None, headers=headers, allow_redirects=False
        ) as answer:
            response = web.StreamResponse(status=answer.status, headers=_kept(answer.headers, _GOT))
            try:
                async for data in self._pieces(answer, response):
                    chunks.append(Chunk(time.monotonic() - began, data))
                    if not response.prepared:
                        await response.prepare(request)
                    await response.write(data)
            finally:
                self._keep(request, body, response, chunks)
        return response

    async def _pieces(
        self, answer: aiohttp.ClientResponse, response: web.StreamResponse
    ) -> AsyncIterator[bytes]:
        """Yield a body as it comes; JSON whole, with the addresses of films led through here."""
        if "json" in answer.headers.get("Content-Type", ""):
            data = self._with_own_addresses(await answer.read())
            response.content_length = len(data)
            yield data
            return
        response.content_length = answer.content_length
        async for data in answer.content.iter_any():
            yield data

    def _with_own_addresses(self, data: bytes) -> bytes:
        """Return JSON in which the addresses of films lead through this proxy."""
        try:
            found = set(_film_addresses(json.loads(data)))
        except ValueError:
            return data
        for address in found:
            parts = urlsplit(address)
            host = f"{parts.scheme}://{parts.netloc}"
            if host not in self._hosts:
                self._hosts.append(host)
            own = f"{self.base_url}{ELSEWHERE}/{self._hosts.index(host)}"
            if parts.query:
                self._masks.forget(f"?{parts.query}")  # it may be signed
            data = data.replace(f'"{host}'.encode(), f'"{own}'.encode())
        return data

    def _keep(
        self,
        request: web.Request,
        body: bytes,
        response: web.StreamResponse,
        chunks: list[Chunk],
    ) -> None:
        sent: dict[str, Any] = {"headers": _kept(request.headers, _SENT)}
        if request.content_type == "application/json":
            sent["body"] = body.decode("utf-8", "replace")
        elif body:
            sent["size"] = len(body)
        headers = _kept(response.headers, _GOT)
        call = Recorded(request.method, request.path, sent, response.status, headers, tuple(chunks))
        self._calls.append(call)
        for name in ("X-Client-Id", "Authorization"):
            self._masks.add(request.headers.get(name, "").removeprefix("Bearer ").strip())

    def _masked(self, call: Recorded) -> Recorded:
        sent = {**call.sent}
        if "body" in sent:
            sent["body"] = self._masks.text(sent["body"])
        chunks = call.chunks
        if _is_text(call):
            own, other = self.base_url.encode(), ADDRESS.encode()
            plain = [Chunk(one.seconds, one.data.replace(own, other)) for one in chunks]
            chunks = tuple(self._masks.chunks(plain))
        headers = {name: self._masks.text(value) for name, value in call.headers.items()}
        if "Location" in headers:
            headers["Location"] = headers["Location"].partition("?")[0]  # it may be signed
        return Recorded(
            call.method, self._masks.text(call.path), sent, call.status, headers, chunks
        )


async def _nothing(request: web.Request) -> web.Response:
    return web.Response(status=204)


def _is_text(call: Recorded) -> bool:
    kind = call.headers.get("Content-Type", "")
    return kind.startswith("text/") or "json" in kind


def _film_addresses(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [
            each
            for key, each in value.items()
            if key in _FILM_ADDRESSES and isinstance(each, str) and each.startswith("http")
        ]
        return own + [one for each in value.values() for one in _film_addresses(each)]
    if isinstance(value, list):
        return [one for each in value for one in _film_addresses(each)]
    return []


def _kept(headers: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    return {name: headers[name] for name in names if name in headers}
