"""Many generations, some at a time."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from pathlib import Path

from nemo_sdk._concurrency.threads import in_thread
from nemo_sdk._transfer.target import check_target
from nemo_sdk._transport.transport import Transport

from .film_folder import FilmFolder
from .generation import Generation

__all__ = ["each_as_it_finishes"]


async def each_as_it_finishes(
    generations: Iterable[Generation],
    concurrency: int,
    folder: FilmFolder | None,
    transport: Transport,
) -> AsyncGenerator[Generation, None]:
    """Run generations, `concurrency` at a time, and yield each as it finishes, failed or not.

    When nobody wants the rest any more, what runs is cancelled. Where `generations` raises, what
    runs is finished first: it has been charged. With a folder, films are saved into it before
    they are yielded.
    """
    if folder is not None:
        with transport.while_open():
            await folder.open()
    waiting = _Waiting(iter(generations), transport.check_open)
    running: dict[asyncio.Task[None], Generation] = {}
    try:
        _fill(running, waiting, concurrency, folder)
        while running:
            done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                generation = running.pop(task)
                task.result()
                yield generation
            _fill(running, waiting, concurrency, folder)
        waiting.raise_problem()
    finally:
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)


def _fill(
    running: dict["asyncio.Task[None]", Generation],
    waiting: "_Waiting",
    concurrency: int,
    folder: FilmFolder | None,
) -> None:
    while len(running) < concurrency and (generation := waiting.next()) is not None:
        path = None
        if folder is not None:
            path = folder.path_for(generation.prompt, generation.checkpoint.format)
        running[asyncio.create_task(_finish(generation, path))] = generation


class _Waiting:
    """The generations that have not begun, to the end or to where there is a problem."""

    def __init__(self, generations: Iterator[Generation], check_open: Callable[[], None]) -> None:
        self._generations = generations
        self._check_open = check_open
        self._problem: Exception | None = None

    def next(self) -> Generation | None:
        if self._problem is None:
            try:
                self._check_open()
                return next(self._generations, None)
            except Exception as error:
                self._problem = error
        return None

    def raise_problem(self) -> None:
        if self._problem is not None:
            raise self._problem


async def _finish(generation: Generation, path: Path | None) -> None:
    """Wait for its end, and save its film; its error is for who looks at it.

    That the film can be saved is tried before it is paid for.
    """
    try:
        if path is not None:
            await in_thread(check_target, path)
        video = await generation
        if path is not None:
            # Another program may have taken the name meanwhile: no film is replaced.
            generation.saved = await video.save_in(path.parent, path.stem)
    except Exception as error:  # a program's own callbacks raise what they like
        ended_by_hand = isinstance(generation.error, asyncio.CancelledError)
        generation.error = error if ended_by_hand else generation.error or error
    finally:
        generation.close()  # where it was not begun, nobody is to be warned of that
