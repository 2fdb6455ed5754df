"""An emulator in a thread beside the test's own event loop, and clients of it."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from attrs import fields, frozen

from nemo_sdk._client import NemoClient
from nemo_sdk.emulator import Call, Charge, Controls, Emulator, Faults
from nemo_sdk.emulator._extra import has_extra
from nemo_sdk.models import Timing

from .loop_thread import LoopThread

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
        self._thread = LoopThread(self._emulator)
        self._clients: list[NemoClient] = []
        self._closings: set[asyncio.Task[None]] = set()

    def __repr__(self) -> str:
        return f"LocalEmulator(base_url={self.base_url!r})"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
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
    def calls(self) -> list[Call]:
        """Every request that has arrived so far."""
        return list(self._emulator.calls)

    @property
    def charges(self) -> list[Charge]:
        """Every time that credits were taken so far."""
        return list(self._emulator.charges)

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
        """Return the requests that one endpoint has received so far, such as `"run_sse"`.

        Raises:
            ValueError: There is no such endpoint.
        """
        return self._emulator.calls_of(endpoint)

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


@frozen
class _NoFilm:
    duration: float
    size: int


def _no_film(draft: Mapping[str, Any], target: Path, **_: Any) -> _NoFilm:
    content = b"no film was rendered: this is a test\n"
    target.write_bytes(content)
    tracks = [[segment.get("d", 0) for segment in track["sg"]] for track in draft["t"]]
    return _NoFilm(max(map(sum, tracks), default=0) / 1000, len(content))
