"""Renders: films in the making, one at a time in a session."""

import asyncio
import hashlib
import itertools
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal, Protocol

from attrs import define, field

from ._accounts import Account
from ._answers import to_json
from ._clock import Clock
from ._envelopes import RefusedError
from ._extra import MissingExtraError
from ._film import Look
from ._journal import Journal
from ._sessions import Session

RenderStatus = Literal["pending", "processing", "completed", "failed", "cancelled"]
CONTAINERS = ("mp4", "mov", "mkv", "avi", "webm")
QUALITIES = ("low", "medium", "high")
_STEPS = 8
_NEARLY = 0.99
_AT_ONCE = 2


class RenderFailure(Exception):  # noqa: N818 - it is ordered, and nothing went wrong
    """A test wants a render to fail; `said` is what the service says of it."""

    def __init__(self, said: Any) -> None:
        super().__init__(said)
        self.said = said


class FilmInfo(Protocol):
    """What a renderer says of its film."""

    @property
    def duration(self) -> float:
        """In seconds."""
        ...

    @property
    def size(self) -> int:
        """In bytes."""
        ...


class Renderer(Protocol):
    """Renders a draft into a file; called in a worker thread.

    Args:
        draft: What to render, as it was submitted.
        target: Where the film is to be, whole or not at all.
        container: One of mp4, mov, mkv, avi, webm.
        quality: low, medium or high.
        media: Uploaded files by the ids that segments give as `src`.
        seed: What all chances come from.
        size: The emulator's `film_size`.
        fps: Frames a second.
        look: `scene` or `card`; see `Emulator`.
        on_progress: To be called with the share that is done, 0 to 1; the render's progress is
            never ahead of it. One that is never called is not waited for.
        should_stop: To be asked now and then; a true answer ends the work.
    """

    def __call__(
        self,
        draft: Mapping[str, Any],
        target: Path,
        *,
        container: str,
        quality: str,
        media: Mapping[str, Path],
        seed: int,
        size: tuple[int, int],
        fps: int,
        look: Look,
        on_progress: Callable[[float], object],
        should_stop: Callable[[], bool],
    ) -> FilmInfo:
        """Write the film to `target`; raise where it cannot, or when it should stop."""
        ...


@define(eq=False)
class Render:
    """One render.

    Attributes:
        id: The caller's id.
        session: What it renders.
        draft: As it was submitted.
        container: Of the film, such as `mp4`.
        quality: `low`, `medium` or `high`.
        status: `pending`, `processing`, `completed`, `failed` or `cancelled`.
        progress: 0 to 1: as far as both the service's time and the real painting are.
        error: Why it failed.
        path: The film, once it is there.
        duration: The film's, in seconds.
        size: The film's, in bytes.
    """

    id: str
    session: Session
    draft: dict[str, Any]
    container: str = "mp4"
    quality: str = "high"
    status: RenderStatus = "pending"
    error: Any = None
    path: Path | None = None
    duration: float | None = None
    size: int | None = None
    task: asyncio.Task[None] | None = field(default=None, repr=False)
    waited: float = field(default=0.0, repr=False)
    painted: Callable[[], float] = field(default=lambda: 1.0, repr=False)

    @property
    def progress(self) -> float:
        """How far it is, 0 to 1."""
        if self.status == "completed":
            return 1.0
        return min(_NEARLY, round(min(self.waited, self.painted()), 2))

    @property
    def ended(self) -> bool:
        """Whether nothing will change any more."""
        return self.status in {"completed", "failed", "cancelled"}


@define(eq=False)
class _Job:
    """A film in the making, or made, and how many renders want it."""

    path: Path
    wanted: int = 1
    painted: float = 1.0
    film: "asyncio.Future[FilmInfo]" = field(init=False)


@define(eq=False)
class Films:
    """Makes films, each content once, and two at the same time."""

    seed: int
    size: tuple[int, int]
    fps: int
    look: Look = "scene"
    renderer: Renderer | None = None
    on_progress: Callable[[], object] = lambda: None
    folder: Path = Path()
    _jobs: dict[str, _Job] = field(factory=dict, init=False)
    _workers: ThreadPoolExecutor = field(
        factory=lambda: ThreadPoolExecutor(_AT_ONCE, "nemo-emulator-film"), init=False
    )
    _numbers: Iterator[int] = field(factory=itertools.count, init=False)
    _closing: threading.Event = field(factory=threading.Event, init=False)

    async def make(self, render: Render) -> tuple[Path, FilmInfo]:
        """Return the film of a draft, rendered now or for an earlier render."""
        key = self._key(render)
        job = self._jobs.get(key)
        if job is None or job.wanted == 0:
            job = self._jobs[key] = self._begin(render, key)
        else:
            job.wanted += 1
        render.painted = lambda: job.painted
        try:
            return job.path, await asyncio.shield(job.film)
        except asyncio.CancelledError:
            job.wanted -= not job.film.done()
            raise

    def close(self) -> None:
        """Stop what is being rendered, and wait for it."""
        self._closing.set()
        self._workers.shutdown(wait=True, cancel_futures=True)

    def _begin(self, render: Render, key: str) -> _Job:
        path = self.folder / f"{key}-{next(self._numbers)}.{render.container}"
        job = _Job(path, painted=0.0 if self.renderer is None else 1.0)
        loop = asyncio.get_running_loop()
        job.film = loop.run_in_executor(self._workers, self._render, render, job, loop)
        job.film.add_done_callback(lambda _: self._forget_failed(key, job))
        return job

    def _render(self, render: Render, job: _Job, loop: asyncio.AbstractEventLoop) -> FilmInfo:
        def paint(share: float) -> None:
            told, job.painted = job.painted, share
            if int(told * 20) != int(share * 20):
                loop.call_soon_threadsafe(self.on_progress)

        renderer = self.renderer or _own_renderer()
        return renderer(
            render.draft,
            job.path,
            container=render.container,
            quality=render.quality,
            media=render.session.media,
            seed=self.seed,
            size=self.size,
            fps=self.fps,
            look=self.look,
            on_progress=paint,
            should_stop=lambda: self._closing.is_set() or job.wanted == 0,
        )

    def _key(self, render: Render) -> str:
        names = [render.container, render.quality, self.seed, self.size, self.fps, self.look]
        shown = [_without_ids(render.draft.get(key)) for key in ("t", "canvas")]
        content = to_json([*shown, names])
        return hashlib.sha256(content).hexdigest()[:32]

    def _forget_failed(self, key: str, job: _Job) -> None:
        failed = job.film.cancelled() or job.film.exception() is not None
        if failed and self._jobs.get(key) is job:
            del self._jobs[key]


@define(eq=False)
class Renders:
    """All renders of one emulator, under their ids."""

    clock: Clock
    films: Films
    link: Callable[[str, Path], str]
    seconds: Callable[[], float]
    journal: Journal
    by_id: dict[str, Render] = field(factory=dict)
    failures: list[Any] = field(factory=list)
    _lines: dict[str, asyncio.Lock] = field(factory=dict, init=False)

    def submit(self, session: Session, body: Mapping[str, Any]) -> Render:
        """Take a render in, or refuse it."""
        render_id, draft = body.get("id"), body.get("draft")
        if not isinstance(render_id, str) or not render_id:
            raise RefusedError(422, "id is missing: send one of your own, such as render_123")
        if render_id in self.by_id:
            raise RefusedError(409, f"Duplicate render id: {render_id}")
        if not isinstance(draft, dict) or not _exportable(draft):
            raise RefusedError(422, "The draft is empty: there is nothing to export")
        output = body.get("output") or {}
        render = Render(render_id, session, draft, *_options(output))
        self.by_id[render_id] = render
        self._tell(render)
        render.task = asyncio.create_task(self._run(render))
        return render

    def find(self, render_id: str, account: Account) -> Render:
        """Return a user's render, or refuse with 404."""
        render = self.by_id.get(render_id)
        if render is None or render.session.account is not account:
            raise RefusedError(404, f"Render not found: {render_id}")
        return render

    def cancel(self, render: Render) -> None:
        """Cancel a render that has not ended, or refuse."""
        if render.ended:
            raise RefusedError(409, f"Render {render.id} has ended: it is {render.status}")
        render.status, render.error = "cancelled", "cancelled by the user"
        self._tell(render)
        if render.task is not None:
            render.task.cancel()

    def url_of(self, render: Render) -> str | None:
        """Return an address of a render's film that is good from now on, None without a film."""
        return self.link(render.id, render.path) if render.path is not None else None

    async def close(self) -> None:
        """End all that is under way."""
        tasks = [render.task for render in self.by_id.values() if render.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.to_thread(self.films.close)
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, render: Render) -> None:
        async with self._lines.setdefault(render.session.id, asyncio.Lock()):
            render.status = "processing"
            self._tell(render)
            try:
                async with asyncio.TaskGroup() as group:
                    making = group.create_task(self._make(render))
                    group.create_task(self._progress(render))
            except* Exception as errors:
                render.status = "failed"
                render.error = _said_of(errors.exceptions[0])
            else:
                self._complete(render, *making.result())
            self._tell(render)

    async def _make(self, render: Render) -> tuple[Path, FilmInfo]:
        if self.failures:
            raise RenderFailure(self.failures.pop(0))
        return await self.films.make(render)

    async def _progress(self, render: Render) -> None:
        seconds = self.seconds()
        for step in range(1, _STEPS + 1):
            await self.clock.sleep(seconds / _STEPS)
            render.waited = step / _STEPS
            self.journal.touch()

    def _tell(self, render: Render) -> None:
        words = f"{render.id} is {render.status}" + (f": {render.error}" if render.error else "")
        self.journal.note("render", words, render.session.id)

    def _complete(self, render: Render, path: Path, info: FilmInfo) -> None:
        render.path, render.duration, render.size = path, info.duration, info.size
        render.status = "completed"


def _said_of(error: BaseException) -> Any:
    return error.said if isinstance(error, RenderFailure) else str(error) or "the render failed"


def _own_renderer() -> Renderer:
    try:
        from ._film._render import render_draft  # noqa: PLC0415 - only those who render need PyAV
    except ImportError as error:
        raise MissingExtraError("Rendering a film") from error
    return render_draft


def _exportable(draft: Mapping[str, Any]) -> bool:
    tracks = draft.get("t")
    if not isinstance(tracks, list):
        return False
    return any(isinstance(track, dict) and track.get("sg") for track in tracks)


def _options(output: Any) -> tuple[str, str]:
    if not isinstance(output, dict):
        raise RefusedError(422, "output must be an object with format and quality")
    container, quality = output.get("format", "mp4"), output.get("quality", "high")
    if container not in CONTAINERS:
        raise RefusedError(422, f"output.format must be one of {', '.join(CONTAINERS)}")
    if quality not in QUALITIES:
        raise RefusedError(422, f"output.quality must be one of {', '.join(QUALITIES)}")
    return container, quality


def _without_ids(value: Any) -> Any:
    match value:
        case dict():
            return {key: _without_ids(each) for key, each in sorted(value.items()) if key != "id"}
        case list():
            return [_without_ids(each) for each in value]
        case _:
            return value
