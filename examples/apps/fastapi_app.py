"""A web application with FastAPI: a page that takes a prompt and files, and shows the film.

NEMO_TOKEN=... python examples/apps/fastapi_app.py

Several workers may run it (`uvicorn fastapi_app:app --workers 4`), as long as they have one folder:
`FILMS`, by default ./films. Put your own login before it: films cost credits.
"""

import contextlib
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Annotated, Any

import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, Response, StreamingResponse
from films import BUSY, TOO_LARGE, WANTED, Busy, Films, TooLarge

from nemo_sdk import NemoClient
from nemo_sdk.jobs import Job

PAGE = Path(__file__).with_name("page.html")
# The second keeps nginx from holding the events back.
EVENT_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def _films(request: Request) -> Films:
    films: Films = request.app.state.films
    return films


AllFilms = Annotated[Films, Depends(_films)]


def _job(name: str, films: AllFilms) -> Job:
    return films.find(name)


OneJob = Annotated[Job, Depends(_job)]


async def _wish(request: Request) -> Any:
    """Return what a page sends; one of another site can send no JSON unasked."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise HTTPException(415, WANTED)
    try:
        return await request.json()
    except ValueError as error:
        raise HTTPException(400, WANTED) from error


Wish = Annotated[Any, Depends(_wish)]


async def page() -> FileResponse:
    """Answer with the page."""
    return FileResponse(PAGE)


async def receive(name: str, request: Request, films: AllFilms) -> JSONResponse:
    """Keep a file that films can be made of."""
    return JSONResponse({"file": await films.receive(name, request.stream())}, 201)


async def begin(wish: Wish, films: AllFilms) -> JSONResponse:
    """Begin a film."""
    return JSONResponse({"id": (await films.begin(wish)).id}, 201)


async def change(job: OneJob, wish: Wish, films: AllFilms) -> JSONResponse:
    """Begin a change of a film."""
    return JSONResponse({"id": (await films.change(job, wish)).id}, 201)


async def progress(job: OneJob, films: AllFilms) -> StreamingResponse:
    """Stream how far a film is."""
    return StreamingResponse(films.told(job), media_type="text/event-stream", headers=EVENT_HEADERS)


async def film(job: OneJob, films: AllFilms) -> FileResponse:
    """Answer with the film."""
    path = await films.film(job)
    if path is None:
        raise HTTPException(404, "The film is not ready.")
    return FileResponse(path)


async def cancel(job: OneJob) -> Response:
    """End a film that is being made."""
    await job.cancel()
    return Response(status_code=204)


async def refuse(_: Request, error: Exception) -> JSONResponse:
    """Answer what cannot be done as everything else: with a message."""
    match error:
        case HTTPException():
            return JSONResponse({"message": error.detail}, error.status_code)
        case Busy():
            return JSONResponse({"message": BUSY}, 429)
        case TooLarge():
            return JSONResponse({"message": TOO_LARGE}, 413)
        case LookupError():
            return JSONResponse({"message": "There is no such film."}, 404)
        case _:
            return JSONResponse({"message": str(error)}, 400)


def make_app(
    make_client: Callable[[], NemoClient] = NemoClient, folder: Path | None = None
) -> FastAPI:
    """Return the application.

    Args:
        make_client: Makes the client, when the application starts.
        folder: Where films are kept; None for what the variable FILMS says.
    """
    place = folder or Path(os.environ.get("FILMS", "films"))

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with make_client() as client, Films(client, place) as films:
            app.state.films = films
            yield

    app = FastAPI(title="A film of your words", lifespan=lifespan)
    app.get("/", include_in_schema=False)(page)
    for kind in (HTTPException, RequestValidationError, Busy, TooLarge, LookupError, ValueError):
        app.add_exception_handler(kind, refuse)
    app.put("/files/{name}")(receive)
    app.post("/films")(begin)
    app.post("/films/{name}/changes")(change)
    app.get("/films/{name}/progress")(progress)
    app.get("/films/{name}/film")(film)
    app.delete("/films/{name}")(cancel)
    return app


app = make_app()

if __name__ == "__main__":
    # A page that looks on while a film is made would hold up the end for ever.
    uvicorn.run(app, port=8000, timeout_graceful_shutdown=3)
