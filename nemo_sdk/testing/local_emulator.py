"""An emulator in a thread beside the test's own event loop, and clients of it."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, NoReturn, Self, TypeVar

from attrs import fields, frozen

from nemo_sdk._client import NemoClient
from nemo_sdk.emulator import Call, Charge, Controls, Emulator, Faults
from nemo_sdk.emulator._extra import has_extra
from nemo_sdk.models import Timing

__all__ = ["LocalEmulator"]

_T = TypeVar("_T")
_Event = Mapping[str, Any] | bytes | float
_DEFAULTS: Mapping[str, Any] = {
    "speed": 1000.0,
    "credits": 10_000,
    "film_size": (320, 180),
    "fps": 12,
    "look": "card",
}


class LocalEmulator:
    """The service on this machine, in a thread of its own; each method may be called from any.

    A context manager. It makes no difference to it whether a test is async or not, which event
    loop it runs in, or that it ends in the middle of a turn.

        with LocalEmulator() as emulator:
            asyncio.run(my_program(emulator.client()))

    Args:
        films: Whether real films are rendered, which needs the extra `emulator`. False gives a
            few bytes in a film's place; None gives films where the extra is installed.
        options: What `nemo_sdk.emulator.Emulator` takes. Unlike there, a user begins with 10 000
            credits, films are small and plain, and it works 1000 times faster than the service.

    Raises:
        TypeError: There is no such option.
        ValueError: An option is out of its range.
    """

    def __init__(self, *, films: bool | None = None, **options: Any) -> None:
        if films is None:
            films = has_extra()
        if not films:
            options.setdefault("renderer", _no_film)
        _check(options)
        self._emulator = Emulator(**{**_DEFAULTS, **options})
        self._thread = _LoopThread(self._emulator)
        self._clients: list[NemoClient] = []
        self._closings: set[asyncio.Task[None]] = set()

    def __repr__(self) -> str:
        return f"LocalEmulator(base_url={self.base_url!r})"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with contextlib.ExitStack() as ending:
            ending.callback(self._thread.stop)
            while self._clients:
                ending.callback(self._close, self._clients.pop(0))

    @property
    def base_url(self) -> str:
        """The API's address, such as `http://127.0.0.1:41234`."""
        return self._emulator.base_url

    @property
    def films_url(self) -> str:
        """The address of the host that films are downloaded from."""
        return self._emulator.films_url

    @property
    def calls(self) -> tuple[Call, ...]:
        """Every request that has arrived so far."""
        return tuple(self._emulator.calls)

    @property
    def charges(self) -> tuple[Charge, ...]:
        """Every time that credits were taken so far."""
        return tuple(self._emulator.charges)

    @property
    def faults(self) -> Faults:
        """What shall go wrong: `nemo_emulator.faults.cut("run_sse", after_event=2)`."""
        return self._emulator.faults

    @property
    def timing(self) -> Timing:
        """A client's clock for this emulator: its waits are short, and its limits are not."""
        return self._emulator.timing

    @property
    def agent(self) -> Controls:
        """What can be ordered of the agent: `nemo_emulator.agent.asks("Which aspect ratio?")`."""
        return self._emulator.agent

    def client(self, **options: Any) -> NemoClient:
        """Return a client of this emulator, which is closed with it.

        It is another anonymous user than any client before, keeps its token in memory, and takes
        nothing from the environment or the home folder.

        Args:
            options: What `NemoClient` takes, in place of what it is given here.
        """
        made = self._emulator.client(**options)
        self._clients.append(made)
        return made

    def calls_of(self, endpoint: str) -> list[Call]:
        """Return the requests that one endpoint has received so far, such as `"run_sse"`."""
        return [call for call in self.calls if call.endpoint == endpoint]

    def draft(self, session_id: str) -> Mapping[str, Any] | None:
        """Return the draft that the service holds for a session; None while there is none.

        Args:
            session_id: The session's id.

        Raises:
            KeyError: There is no such session.
        """
        return self._do(lambda: self._emulator.sessions[session_id].draft)

    def add_token(
        self, token: str | None = None, *, credits: float = 10_000, user_id: str | None = None
    ) -> str:
        """Add a registered user and return its token; see `Emulator.add_token`.

        Args:
            token: The token; None makes one.
            credits: What the user can spend.
            user_id: The user; one that is known gets one more token.
        """
        return self._do(lambda: self._emulator.add_token(token, credits=credits, user_id=user_id))

    def expire_tokens(self) -> None:
        """Make every token that was given out invalid: the next calls are answered 1001."""
        self._do(self._emulator.expire_tokens)

    def fail_renders(self, times: int = 1, error: str = "the renderer ran out of memory") -> None:
        """Make the next renders fail.

        Args:
            times: How many.
            error: What the service says of it.
        """
        self._do(lambda: self._emulator.fail_renders(times, error))

    def script(
        self,
        *events: _Event | Sequence[_Event],
        draft: Mapping[str, Any] | None = None,
        charge: Literal["generation", "edit", "answer"] | None = None,
    ) -> None:
        """Queue what the next turn sends in place of the agent's answer; see `Emulator.script`.

        Args:
            events: A mapping is one event, bytes are sent as they are, a number is a wait. One
                list of them is taken as well as one after another.
            draft: The session's draft once all events have been sent.
            charge: What is taken for it; None: what the message itself would cost.
        """
        self._do(lambda: self._emulator.script(*events, draft=draft, charge=charge))

    def advance(self, seconds: float) -> datetime:
        """Move a clock on that was made with `Clock(manual=True)`, and return its time.

        Args:
            seconds: How far, in seconds of the service's time.
        """

        async def move() -> datetime:
            await self._emulator.clock.advance(seconds)
            return self._emulator.clock.now()

        return self._thread.run(move())

    def _do(self, act: Callable[[], _T]) -> _T:
        async def there() -> _T:
            return act()

        return self._thread.run(there())

    def _close(self, client: NemoClient) -> None:
        """Close a client in its own loop, while that is open; the loop has closed it otherwise."""
        loop = client._connections.loop  # noqa: SLF001 - only a test outlives its client's loop
        here = _running_loop()
        if loop is None or loop.is_closed():
            self._thread.run(client.aclose())
        elif loop is here:
            # The coroutine that leaves cannot wait without `await`: the loop closes it next.
            closing = loop.create_task(client.aclose())
            self._closings.add(closing)
            closing.add_done_callback(self._closings.discard)
        elif loop.is_running():
            asyncio.run_coroutine_threadsafe(client.aclose(), loop).result()
        else:
            with ThreadPoolExecutor(1) as beside:  # another loop may run in this thread
                beside.submit(loop.run_until_complete, client.aclose()).result()


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _check(options: Mapping[str, Any]) -> None:
    known = ["films", *(option.name for option in fields(Emulator) if option.init)]
    for name in options:
        if name not in known:
            raise TypeError(f"There is no option {name!r}: choose from {', '.join(known)}.")


class _LoopThread:
    """A daemon thread with an event loop in which the emulator serves.

    Whoever waits for it hears of its death: nothing here waits for a thread that is gone.
    """

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._started: Future[asyncio.AbstractEventLoop] = Future()
        self._ended: Future[None] = Future()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._live, name="nemo-emulator", daemon=True)

    def start(self) -> None:
        """Return when the emulator serves.

        Raises:
            OSError: It cannot listen.
            RuntimeError: It cannot run here.
        """
        self._thread.start()
        self._wait_for(self._started)
        if self._ended.done():
            self._thread.join()
            self._raise_death()
        self._loop = self._started.result()

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Run something in the emulator's loop, and return or raise what comes of it.

        Raises:
            RuntimeError: The thread has died.
        """
        try:
            done = asyncio.run_coroutine_threadsafe(work, self._loop)
        except RuntimeError:  # the loop is closed
            work.close()
            self._raise_death()
        self._wait_for(done)
        if done.cancelled() or not done.done():
            self._raise_death()
        return done.result()

    def stop(self) -> None:
        """Close the emulator, and end the thread.

        Raises:
            RuntimeError: It has died before.
        """
        with contextlib.suppress(RuntimeError):  # the loop is closed: it has stopped by itself
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        if self._ended.exception() is not None:
            self._raise_death()

    def _wait_for(self, future: Future[Any]) -> None:
        wait([future, self._ended], return_when=FIRST_COMPLETED)

    def _raise_death(self) -> NoReturn:
        error = self._ended.exception()
        if isinstance(error, OSError):
            raise error
        raise RuntimeError(
            f"The emulator's thread has ended ({type(error).__name__}: {error}). It needs sockets "
            "of its own on 127.0.0.1: with pytest-socket, run with --allow-unix-socket and "
            "--allow-hosts=127.0.0.1, or mark the test with enable_socket."
            if error is not None
            else "The emulator has been stopped."
        ) from error

    def _live(self) -> None:
        try:
            _check_sockets()
            asyncio.run(self._serve())
        except BaseException as error:
            self._ended.set_exception(error)
        else:
            self._ended.set_result(None)

    async def _serve(self) -> None:
        await self._emulator.start()
        self._started.set_result(asyncio.get_running_loop())
        try:
            await self._stop.wait()
        finally:
            await self._emulator.aclose()


def _check_sockets() -> None:
    """Find out whether a loop can be made here: one that is half made complains when it goes."""
    for family in (getattr(socket, "AF_UNIX", socket.AF_INET), socket.AF_INET):
        socket.socket(family).close()


@frozen
class _NoFilm:
    duration: float
    size: int


def _no_film(draft: Mapping[str, Any], target: Path, **_: Any) -> _NoFilm:
    content = b"no film was rendered: this is a test\n"
    target.write_bytes(content)
    tracks = [[segment.get("d", 0) for segment in track["sg"]] for track in draft["t"]]
    return _NoFilm(max(map(sum, tracks), default=0) / 1000, len(content))
