"""A video in the making, as whoever wants it holds it."""

import asyncio
import contextlib
import warnings
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from nemo_sdk._auth.account import CurrentAccount
from nemo_sdk._concurrency.shared_run import SharedRun, current_task
from nemo_sdk._notebook.film import fits_in_cell
from nemo_sdk._notebook.live_line import LiveLine
from nemo_sdk._render import check_seconds
from nemo_sdk._transfer.upload import Source
from nemo_sdk._transport.transport import Transport
from nemo_sdk._video import Video
from nemo_sdk.events import Event
from nemo_sdk.exceptions import NemoError
from nemo_sdk.models import Checkpoint, Progress, Reply

from .broadcast import Broadcast
from .mailbox import Flag, Mailbox
from .subscribers import Listener, ProgressSteps
from .workflow import OnCheckpoint, Workflow

__all__ = ["Generation", "OnCheckpoint"]

_OF_VIDEOS = {"url", "duration", "size", "format", "render_id", "session_id"}
_SECONDS_FOR_A_CELL = 10


class Generation(Coroutine[Any, Any, Video]):
    """A video in the making, from `client.generate(prompt)` or `client.resume(checkpoint)`.

    `await generation` gives the `Video`; `async for event in generation` tells what happens;
    `generation.progress()` tells how far it is. It starts with the first of these, and is one run
    however many there are. To asyncio it is a coroutine: `asyncio.create_task(generation)` and
    task groups take it.

    When the last one who waits is cancelled, it is cancelled too. Whoever iterates waits until the
    loop is left, or cancelled, or its task has ended. One cancellation looks like a `break`: that
    of a timeout in the loop's body, behind a generator of your own, in a task that lives on. Put
    `contextlib.aclosing` round such a generator.

    Attributes:
        prompt: What the video is to show.
        video: The film, when it is ready.
        error: What ended it, if something did.
        saved: Where `generate_many(..., save_to=...)` saved the film, or None.
    """

    def __init__(
        self,
        transport: Transport,
        account: CurrentAccount,
        checkpoint: Checkpoint,
        *,
        files: Sequence[Source] = (),
        on_checkpoint: OnCheckpoint | None = None,
        running: "set[Generation]",
    ) -> None:
        self.prompt: str = checkpoint.prompt
        self.video: Video | None = None
        self.error: BaseException | None = None
        self.saved: Path | None = None
        self._running = running
        self._broadcast = Broadcast(transport.timing, checkpoint.stage)
        self._line = LiveLine(self.prompt, self._broadcast.stages)
        self._driven: dict[asyncio.Task[Any] | None, Coroutine[Any, Any, Video]] = {}
        self._workflow = Workflow(
            transport,
            account,
            checkpoint,
            files=files,
            on_checkpoint=on_checkpoint,
            broadcast=self._broadcast,
        )
        self._run = SharedRun(self._begin, self._end, self._workflow.note_end)
        self._is_forgotten = False

    @property
    def checkpoint(self) -> Checkpoint:
        """Where it stands: give it to `client.resume` to go on after a failure."""
        return self._workflow.checkpoint

    @property
    def reply(self) -> Reply | None:
        """The agent's answer, when there is one."""
        return self._workflow.reply

    @property
    def now(self) -> Progress:
        """How far it is."""
        return self._broadcast.stages.now

    if not TYPE_CHECKING:  # type checkers find the mistake by themselves

        def __getattr__(self, name: str) -> NoReturn:
            if (not name.startswith("_") and hasattr(Video, name)) or name in _OF_VIDEOS:
                raise AttributeError(
                    f"A Generation has no {name!r}, its Video has: await it first, as in "
                    "'video = await client.generate(prompt)'."
                )
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __repr__(self) -> str:
        stage = self.now.stage if self._run.started else "not started: await it"
        return f"Generation({self.prompt[:60]!r}, {stage})"

    def __del__(self, _warn: Any = warnings.warn) -> None:
        run = self.__dict__.get("_run")
        if run is not None and not run.started and not self._is_forgotten:
            words = f"{self!r} was never awaited, so nothing was made."
            _warn(words, RuntimeWarning, source=self)

    def _ipython_display_(self) -> None:
        if not self._line.show():
            raise NotImplementedError  # so that IPython falls back on the repr

    def __await__(self) -> Generator[None, None, Video]:
        return self._run.result().__await__()

    def send(self, value: Any) -> Any:
        """Go on in the task that drives this as a coroutine; for asyncio."""
        return self._drive(lambda driven: driven.send(value))

    def throw(self, *error: Any) -> Any:
        """Raise an error in the task that drives this as a coroutine; for asyncio."""
        self._is_forgotten = True
        return self._drive(lambda driven: driven.throw(*error))

    def close(self) -> None:
        """Say that it is not to be awaited, so that nothing warns of that; it ends nothing."""
        self._is_forgotten = True

    def _drive(self, step: Callable[[Coroutine[Any, Any, Video]], Any]) -> Any:
        task = current_task()
        driven = self._driven.get(task) or self._driven.setdefault(task, self._run.result())
        try:
            return step(driven)
        except BaseException:  # its end: a StopIteration has the film
            del self._driven[task]
            raise

    def __aiter__(self) -> AsyncIterator[Event]:
        """Tell the events from now on."""
        mailbox = Mailbox()
        return Listener(self._run, mailbox, self._broadcast.subscribe(mailbox))

    def progress(self, every: float = 2.0) -> AsyncGenerator[Progress, None]:
        """Tell how far it is, when that has changed, for a bar or for edits of one message.

        Args:
            every: Seconds that lie between two of them at least.

        Returns:
            An async iterator of `Progress`; the last one is that of the end. It raises what ended
            the generation.

        Raises:
            ValueError: `every` is no number of seconds.
        """
        every = check_seconds(every, "every")
        flag = Flag()
        gone = self._broadcast.subscribe(flag)
        return ProgressSteps(self._run, flag, gone, self._broadcast.stages, every)

    async def cancel(self) -> None:
        """End it here. What the service was asked to do goes on there; see `checkpoint`."""
        await self._run.cancel()

    async def ended(self) -> None:
        """Wait until nothing of it runs any more; it is neither started nor ended by this."""
        await self._run.wait_for_end()

    def _begin(self) -> Coroutine[Any, Any, Video]:
        self._running.add(self)
        return self._make()

    def _end(self, run: "asyncio.Task[Video]") -> None:
        if run.cancelled() and self.error is None:  # before its first step
            self.error = asyncio.CancelledError()
        self._running.discard(self)
        self._broadcast.end()

    async def _make(self) -> Video:
        self._broadcast.begin()
        self._line.start()
        try:
            self.video = await self._workflow.film()
            await self._fetch_for_cell(self.video)
        except BaseException as error:
            self.error = error
            self._workflow.note_end(error)
            raise
        else:
            self._broadcast.enter("done")
            return self.video
        finally:
            self._line.end(self.error, self.checkpoint)

    async def _fetch_for_cell(self, video: Video) -> None:
        """In a notebook, have a small film at hand: a cell that shows it cannot wait for it."""
        if fits_in_cell(video.size):
            with contextlib.suppress(NemoError, OSError):
                async with asyncio.timeout(_SECONDS_FOR_A_CELL):
                    await video.read()
