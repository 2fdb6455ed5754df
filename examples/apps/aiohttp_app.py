"""A web application with aiohttp: a page that takes a prompt and files, and shows the film.

NEMO_TOKEN=... python examples/apps/aiohttp_app.py

Several workers may run it, as long as they have one folder: `FILMS`, by default ./films. Put your
own login before it: films cost credits.
"""

import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from aiohttp import web
from films import BUSY, TOO_LARGE, WANTED, Busy, Films, TooLarge

from nemo_sdk import NemoClient
from nemo_sdk.jobs import Job

PAGE = Path(__file__).with_name("page.html")
# The second keeps nginx from holding the events back.
EVENT_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
FILMS = web.AppKey("films", Films)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def page(_: web.Request) -> web.FileResponse:
    """Answer with the page."""
    return web.FileResponse(PAGE)


async def receive(request: web.Request) -> web.Response:
    """Keep a file that films can be made of."""
    pieces = request.content.iter_chunked(2**16)
    name = await request.app[FILMS].receive(request.match_info["name"], pieces)
    return web.json_response({"file": name}, status=201)


async def begin(request: web.Request) -> web.Response:
    """Begin a film."""
    job = await request.app[FILMS].begin(await _wish(request))
    return web.json_response({"id": job.id}, status=201)


async def change(request: web.Request) -> web.Response:
    """Begin a change of a film."""
    job = await request.app[FILMS].change(_job(request), await _wish(request))
    return web.json_response({"id": job.id}, status=201)


async def progress(request: web.Request) -> web.StreamResponse:
    """Stream how far a film is."""
    job = _job(request)
    response = web.StreamResponse(headers=EVENT_HEADERS)
    response.content_type = "text/event-stream"
    await response.prepare(request)
    with contextlib.suppress(ConnectionResetError):  # the page was closed
        async for event in request.app[FILMS].told(job):
            await response.write(event.encode())
    return response


async def film(request: web.Request) -> web.FileResponse:
    """Answer with the film."""
    path = await request.app[FILMS].film(_job(request))
    if path is None:
        raise LookupError("The film is not ready.")
    return web.FileResponse(path)


async def cancel(request: web.Request) -> web.Response:
    """End a film that is being made."""
    await _job(request).cancel()
    return web.Response(status=204)


async def _wish(request: web.Request) -> object:
    """Return what a page sends; one of another site can send no JSON unasked."""
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text=WANTED)
    return await request.json()


def _job(request: web.Request) -> Job:
    return request.app[FILMS].find(request.match_info["name"])


@web.middleware
async def refuse(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer what cannot be done as everything else: with a message."""
    try:
        return await handler(request)
    except web.HTTPUnsupportedMediaType:
        return web.json_response({"message": WANTED}, status=415)
    except Busy:
        return web.json_response({"message": BUSY}, status=429)
    except TooLarge:
        return web.json_response({"message": TOO_LARGE}, status=413)
    except LookupError:
        return web.json_response({"message": "There is no such film."}, status=404)
    except (ValueError, TypeError) as error:
        unread = isinstance(error, UnicodeDecodeError) or hasattr(error, "doc")  # it is no JSON
        return web.json_response({"message": WANTED if unread else str(error)}, status=400)


async def make_app(
    make_client: Callable[[], NemoClient] = NemoClient, folder: Path | None = None
) -> web.Application:
    """Return the application.

    Args:
        make_client: Makes the client, when the application starts.
        folder: Where films are kept; None for what the variable FILMS says.
    """
    place = folder or Path(os.environ.get("FILMS", "films"))

    async def with_films(app: web.Application) -> AsyncIterator[None]:
        async with make_client() as client, Films(client, place) as films:
            app[FILMS] = films
            yield

    async def let_go(app: web.Application) -> None:
        app[FILMS].end()

    app = web.Application(middlewares=[refuse])
    app.cleanup_ctx.append(with_films)
    app.on_shutdown.append(let_go)
    app.router.add_get("/", page)
    app.router.add_put("/files/{name}", receive)
    app.router.add_post("/films", begin)
    app.router.add_post("/films/{name}/changes", change)
    app.router.add_get("/films/{name}/progress", progress)
    app.router.add_get("/films/{name}/film", film)
    app.router.add_delete("/films/{name}", cancel)
    return app


if __name__ == "__main__":
    web.run_app(make_app(), host="127.0.0.1", port=8000)
