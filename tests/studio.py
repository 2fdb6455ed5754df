"""A server with one film, whose answers a test writes down one by one."""

import base64
import gzip
import hashlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from aiohttp import web
from aiohttp.test_utils import TestServer
from attrs import define, field

from nemo_sdk import NemoClient, Timing, Video

T = TypeVar("T")
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]

TIMING = Timing(read=60, backoff=0.001, backoff_max=0.002, rate_limit_wait=0.01, render_poll=0.01)
ETAG = '"one"'
OLD = {
    "Last-Modified": "Sun, 01 Mar 2026 10:00:00 GMT",
    "Date": "Sun, 01 Mar 2026 11:00:00 GMT",
}


@define
class Studio:
    """Serves a film at /film, and a render that has it.

    Attributes:
        film: The film.
        answers: What requests for the film get, in order; the last one for all that follow.
        downloads: The same, for the service's own download.
        requests: What arrived.
        addresses: Of the film, as the render tells them; the last one for all that follow.
        size: Of the film, as the render tells it.
    """

    film: bytes = field(factory=lambda: os.urandom(300_000), repr=False)
    answers: list[Answer] = field(factory=list)
    downloads: list[Answer] = field(factory=list)
    requests: list[web.Request] = field(factory=list)
    addresses: list[str | None] = field(factory=list)
    size: int | None = None
    url: str = ""

    def asked(self, path: str = "/film") -> list[web.Request]:
        """Return the requests for a path, the film's by default."""
        return [request for request in self.requests if request.path.startswith(path)]

    def ranges(self) -> list[str | None]:
        """Return what parts of the film were asked for."""
        return [request.headers.get("Range") for request in self.asked()]

    async def status(self, request: web.Request) -> web.StreamResponse:
        """Answer how far the render is."""
        self.requests.append(request)
        output = {"url": _next(self.addresses), "duration": 10.0, "size": self.size}
        return web.json_response({"taskId": "r1", "status": "completed", "output": output})

    async def give(self, request: web.Request) -> web.StreamResponse:
        """Answer a request for the film."""
        self.requests.append(request)
        return await _next(self.answers)(request)

    async def download(self, request: web.Request) -> web.StreamResponse:
        """Answer a request for the service's own download."""
        self.requests.append(request)
        return await _next(self.downloads)(request)


def _next(left: list[T]) -> T:
    return left.pop(0) if len(left) > 1 else left[0]


@asynccontextmanager
async def open_studio(*answers: Answer, film: bytes | None = None) -> AsyncIterator[Studio]:
    """Serve a film with these answers; the service's own download has it whole."""
    studio = Studio() if film is None else Studio(film)
    app = web.Application()
    app.router.add_get("/api/render/proxy/lambda/r1", studio.status)
    app.router.add_get("/api/render/proxy/r1/download", studio.download)
    app.router.add_get("/film{rest:.*}", studio.give)
    async with TestServer(app) as server:
        studio.url = str(server.make_url("")).rstrip("/")
        studio.addresses = [f"{studio.url}/film.mp4"]
        studio.answers = [*answers] or [whole(studio.film)]
        studio.downloads = [whole(studio.film)]
        yield studio


@asynccontextmanager
async def video_of(studio: Studio, timing: Timing = TIMING) -> AsyncIterator[Video]:
    """Give the studio's film as the library has it."""
    async with NemoClient("nmv_usr_secret", base_url=studio.url, timing=timing) as client:
        yield await client.render("r1").wait()


def whole(film: bytes, **headers: str) -> Answer:
    """All of a film."""

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(body=film, headers={"Content-Type": "video/mp4", **_named(headers)})

    return answer


def parts(film: bytes, **headers: str) -> Answer:
    """A film, or the part of it that is asked for, as a good server has it."""

    async def answer(request: web.Request) -> web.StreamResponse:
        asked, condition = request.http_range, request.headers.get("If-Range")
        told = {"Content-Type": "video/mp4", "ETag": ETAG, **_named(headers)}
        if asked.start is None or condition not in {told["ETag"], told.get("Last-Modified")}:
            return web.Response(body=film, headers=told)
        told["Content-Range"] = f"bytes {asked.start}-{len(film) - 1}/{len(film)}"
        return web.Response(status=206, body=film[asked.start :], headers=told)

    return answer


def part(film: bytes, content_range: str, **headers: str) -> Answer:
    """A part, whether it was asked for or not."""

    async def answer(request: web.Request) -> web.StreamResponse:
        told = {"Content-Type": "video/mp4", "Content-Range": content_range, **_named(headers)}
        return web.Response(status=206, body=film, headers=told)

    return answer


def cut(film: bytes, after: int, *, sized: bool = True, **headers: str) -> Answer:
    """A film whose connection ends in the middle; without a size, nothing tells that it did."""

    async def answer(request: web.Request) -> web.StreamResponse:
        start = request.http_range.start or 0
        told = {"Content-Type": "video/mp4", "ETag": ETAG, **_named(headers)}
        response = web.StreamResponse(headers=told)
        if start and "Range" in request.headers and told["ETag"].startswith('"'):
            response.set_status(206)
            response.headers["Content-Range"] = f"bytes {start}-{len(film) - 1}/{len(film)}"
        else:
            start = 0
        if sized:
            response.content_length = len(film) - start
        else:
            response.force_close()
        await response.prepare(request)
        await response.write(film[start : start + after])
        assert request.transport is not None
        request.transport.close()
        return response

    return answer


def status(number: int, body: str = "", **headers: str) -> Answer:
    """A refusal, or a redirect."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=number, text=body, headers=_named(headers))

    return answer


def zipped(film: bytes) -> Answer:
    """A film that a proxy compressed, though nobody wanted it to."""
    return whole(gzip.compress(film), content_encoding="gzip", etag=ETAG)


def digests_of(film: bytes) -> dict[str, str]:
    """The headers that can tell a film's checksum."""
    sha256 = base64.b64encode(hashlib.sha256(film).digest()).decode()
    md5 = base64.b64encode(hashlib.md5(film, usedforsecurity=False).digest()).decode()
    return {
        "repr_digest": f"sha-512=:bad:, sha-256=:{sha256}:",
        "digest": f"unixsum=12, SHA-256={sha256}",
        "content_md5": md5,
    }


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
