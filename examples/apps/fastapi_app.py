"""A web application with FastAPI: a page that takes a prompt, shows how far it is, and the film.

NEMO_TOKEN=... python examples/apps/fastapi_app.py

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
from typing import Annotated, Any

import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import (
    FileResponse,
    JSONResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from pydantic import BaseModel

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


class Wish(BaseModel):
    """What a page sends."""

    prompt: str


def _films(request: Request) -> Films:
    films: Films = request.app.state.films
    return films


AllFilms = Annotated[Films, Depends(_films)]


def _film(name: str, films: AllFilms) -> Generation:
    generation = films.find(name)
    if generation is None:
        raise HTTPException(404, "There is no such film.")
    return generation


OneFilm = Annotated[Generation, Depends(_film)]


async def page() -> FileResponse:
    """Answer with the page."""
    return FileResponse(PAGE)


def _only_json(request: Request) -> None:
    """Refuse what a page of another site can send."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise HTTPException(415, WANTED)


async def refuse(_: Request, error: Exception) -> JSONResponse:
    """Answer what cannot be used as everything else: with a message."""
    if isinstance(error, HTTPException):
        return JSONResponse({"message": error.detail}, error.status_code)
    return JSONResponse({"message": WANTED}, 400)


async def begin(wish: Wish, films: AllFilms) -> JSONResponse:
    """Begin a film."""
    if films.busy:
        return JSONResponse({"message": BUSY}, 429)
    try:
        return JSONResponse({"id": films.begin(wish.prompt)}, 201)
    except ValueError as error:
        return JSONResponse({"message": str(error)}, 400)


async def progress(name: str, generation: OneFilm) -> StreamingResponse:
    """Stream how far a film is."""
    return StreamingResponse(
        told(generation, f"films/{name}/film"),
        media_type="text/event-stream",
        headers=EVENT_HEADERS,
    )


async def film(generation: OneFilm) -> Response:
    """Lead to the film, or hand it through where it has no address."""
    video = generation.video
    if video is None:
        raise HTTPException(404, "The film is not ready.")
    if video.url:
        return RedirectResponse(video.url, 302)
    return StreamingResponse(video.stream(), media_type=f"video/{video.format}")


async def cancel(generation: OneFilm) -> Response:
    """End a film that is being made."""
    await generation.cancel()
    return Response(status_code=204)


def make_app(make_client: Callable[[], NemoClient] = NemoClient) -> FastAPI:
    """Return the application.

    Args:
        make_client: Makes the client, when the application starts.
    """

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with make_client() as client:
            app.state.films = Films(client)
            yield
            await app.state.films.end()

    app = FastAPI(title="A film of your words", lifespan=lifespan)
    app.get("/", include_in_schema=False)(page)
    app.add_exception_handler(HTTPException, refuse)
    app.add_exception_handler(RequestValidationError, refuse)
    app.post("/films", dependencies=[Depends(_only_json)])(begin)
    app.get("/films/{name}/progress")(progress)
    app.get("/films/{name}/film")(film)
    app.delete("/films/{name}")(cancel)
    return app


if __name__ == "__main__":
    # A page that looks on while a film is made would hold up the end for ever.
    uvicorn.run(make_app(), port=8000, timeout_graceful_shutdown=3)
