"""A web application with aiohttp: a page that takes a prompt, shows how far it is, and the film.

NEMO_TOKEN=... python examples/apps/aiohttp_app.py

One client serves the whole process. A film is made to its end whether or not its page stays open;
a page that comes back goes on showing it. Put your own login before it: films cost credits.
"""

import asyncio
import contextlib
import json
import logging
import secrets
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from aiohttp import web

from nemo_sdk import Generation, InsufficientCreditsError, NemoClient, NemoError

PAGE = Path(__file__).with_name("page.html")
AT_ONCE = 4
KEPT = 100
BUSY = "Enough films are being made just now. Try again in a few minutes."
WANTED = 'Send {"prompt": "…"} as application/json.'
# The second keeps nginx from holding the events back.
EVENT_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

log = logging.getLogger("films")


class Films:
    """The films of this process, under ids that cannot be guessed."""

    def __init__(self, client: NemoClient) -> None:
        self._client = client
        self._films: dict[str, Generation] = {}
        self._running: set[asyncio.Task[None]] = set()

    @property
    def busy(self) -> bool:
        """Whether as many films are being made as may be."""
        return len(self._running) >= AT_ONCE

    def begin(self, prompt: str) -> str:
        """Begin a film and return its id.

        Raises:
            ValueError: The prompt is empty.
        """
        generation = self._client.generate(prompt)
        task = asyncio.create_task(_wait(generation))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        name = secrets.token_urlsafe(16)
        self._films[name] = generation
        while len(self._films) > KEPT:
            self._films.pop(next(iter(self._films)))
        return name

    def find(self, name: str) -> Generation | None:
        """Return a film that was begun here, or None."""
        return self._films.get(name)

    async def end(self) -> None:
        """End what is being made."""
        for generation in tuple(self._films.values()):  # others may be begun meanwhile
            await generation.cancel()


async def _wait(generation: Generation) -> None:
    """Wait for a film's end, so that it goes on when no page does; its error is for the pages."""
    try:
        await generation
    except NemoError:
        pass
    except Exception:
        log.exception("A film failed for a reason that is not the service's.")


async def told(generation: Generation, film: str) -> AsyncIterator[str]:
    """Yield a film's progress as server-sent events, the last of them "done" or "failed"."""
    try:
        async for progress in generation.progress(every=0.5):
            yield _event({"message": progress.message, "fraction": progress.fraction})
        yield _event({"film": film}, "done")
    except InsufficientCreditsError as error:
        yield _event(
            {"message": "There are no credits left.", "link": error.register_url}, "failed"
        )
    except NemoError as error:
        cancelled = isinstance(generation.error, asyncio.CancelledError)
        yield _event({"message": "Cancelled." if cancelled else str(error)}, "failed")
    except Exception:  # or the page would ask for the events again and again
        yield _event({"message": "Something went wrong here. Try again."}, "failed")


def _event(values: dict[str, Any], kind: str = "message") -> str:
    return f"event: {kind}\ndata: {json.dumps(values)}\n\n"


FILMS = web.AppKey("films", Films)


async def page(_: web.Request) -> web.FileResponse:
    """Answer with the page."""
    return web.FileResponse(PAGE)


async def begin(request: web.Request) -> web.Response:
    """Begin a film."""
    if request.content_type != "application/json":  # what a page of another site can send
        return web.json_response({"message": WANTED}, status=415)
    try:
        prompt = (await request.json())["prompt"]
    except (ValueError, TypeError, LookupError):
        return web.json_response({"message": WANTED}, status=400)
    films = request.app[FILMS]
    if films.busy:
        return web.json_response({"message": BUSY}, status=429)
    try:
        name = films.begin(prompt)
    except (ValueError, TypeError) as error:
        return web.json_response({"message": str(error)}, status=400)
    return web.json_response({"id": name}, status=201)


def _film(request: web.Request) -> Generation:
    generation = request.app[FILMS].find(request.match_info["name"])
    if generation is None:
        raise web.HTTPNotFound(text="There is no such film.")
    return generation


async def progress(request: web.Request) -> web.StreamResponse:
    """Stream how far a film is."""
    events = told(_film(request), f"films/{request.match_info['name']}/film")
    response = web.StreamResponse(headers=EVENT_HEADERS)
    response.content_type = "text/event-stream"
    await response.prepare(request)
    with contextlib.suppress(ConnectionResetError):  # the page was closed
        async for event in events:
            await response.write(event.encode())
    return response


async def film(request: web.Request) -> web.StreamResponse:
    """Lead to the film, or hand it through where it has no address."""
    video = _film(request).video
    if video is None:
        raise web.HTTPNotFound(text="The film is not ready.")
    if video.url:
        raise web.HTTPFound(video.url)
    response = web.StreamResponse()
    response.content_type = f"video/{video.format}"
    await response.prepare(request)
    async for piece in video.stream():
        await response.write(piece)
    return response


async def cancel(request: web.Request) -> web.Response:
    """End a film that is being made."""
    await _film(request).cancel()
    return web.Response(status=204)


def make_app(make_client: Callable[[], NemoClient] = NemoClient) -> web.Application:
    """Return the application.

    Args:
        make_client: Makes the client, when the application starts.
    """

    async def with_client(app: web.Application) -> AsyncIterator[None]:
        async with make_client() as client:
            app[FILMS] = Films(client)
            yield

    async def end_films(app: web.Application) -> None:
        await app[FILMS].end()  # so that pages that look on do not hold up the end

    app = web.Application()
    app.cleanup_ctx.append(with_client)
    app.on_shutdown.append(end_films)
    app.router.add_get("/", page)
    app.router.add_post("/films", begin)
    app.router.add_get("/films/{name}/progress", progress)
    app.router.add_get("/films/{name}/film", film)
    app.router.add_delete("/films/{name}", cancel)
    return app


if __name__ == "__main__":
    web.run_app(make_app(), host="127.0.0.1", port=8000)
