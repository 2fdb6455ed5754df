"""A client for one command: of the service, or of an emulator started for the command."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from nemo_sdk import NemoClient
from nemo_sdk.models import Timing

__all__ = ["client_for", "end_when_killed", "polite_kills", "run", "service_address"]

_NEARBY = 0.01
"""Of the service's times, for one on this machine, which is an emulator: it is asked often, and one
that is faster than that more often; it is not given up early."""
_CALM = 4.0
"""How much slower than the emulator's a command's clock is, for machines that are busy."""
_FASTEST = 1e6
_PATIENCE = 5.0
"""Seconds for an emulator to say how fast it is."""


def run(
    work: Callable[[NemoClient], Awaitable[None]], *, emulator: bool = False, strict: bool = False
) -> None:
    """Do the work of a command, with a client that is closed afterwards; see `client_for`."""
    asyncio.run(_with_client(work, emulator=emulator, strict=strict))


@contextlib.asynccontextmanager
async def client_for(*, emulator: bool, strict: bool) -> AsyncIterator[NemoClient]:
    """Give a client, of an emulator of its own where that is wanted.

    Args:
        emulator: Whether to start one. Then nothing of the user's is used or written.
        strict: Whether a rejected token is an error, as for sessions: they belong to an account.
    """
    if not emulator:
        timing = await asyncio.to_thread(_timing)
        async with NemoClient(timing=timing, anonymous_fallback=not strict) as client:
            yield client
        return
    from nemo_sdk.emulator import Emulator  # noqa: PLC0415 - only this option needs it

    async with Emulator() as service:
        token, address = service.add_token(credits=10_000), service.base_url
        async with NemoClient(
            token,
            base_url=address,
            client_id="nemo-sdk",
            timing=Timing().scaled(_NEARBY, limits=False),
            token_store=None,
        ) as client:
            yield client


def service_address() -> str:
    """Return the address of the service that commands use.

    Raises:
        ValueError: What the environment says cannot be right.
    """
    return NemoClient().base_url


def end_when_killed() -> None:
    """Have a polite kill end this task as Ctrl-C does, with nothing left behind."""
    task = asyncio.current_task()
    # Not on Windows, nor in another thread than the main one.
    with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
        for kill in polite_kills():
            if task is not None:
                asyncio.get_running_loop().add_signal_handler(kill, task.cancel)


def polite_kills() -> list[signal.Signals]:
    """Return the signals that end a command: SIGTERM, and SIGHUP when its terminal is closed."""
    known = [kill for kill in signal.Signals if kill.name in {"SIGTERM", "SIGHUP"}]
    return [kill for kill in known if signal.getsignal(kill) is not signal.SIG_IGN]  # by nohup


async def _with_client(
    work: Callable[[NemoClient], Awaitable[None]], *, emulator: bool, strict: bool
) -> None:
    end_when_killed()
    async with client_for(emulator=emulator, strict=strict) as client:
        await work(client)


def _timing() -> Timing | None:
    """Return a clock for an emulator; None for the service's, or the one that is asked for."""
    address = service_address()
    is_here = address.startswith("http:")  # plain http goes to this machine alone
    if os.environ.get("NEMO_TIMING_SCALE") or not is_here:
        return None
    return Timing().scaled(min(_NEARBY, _CALM / _speed_of(address)), limits=False)


def _speed_of(address: str) -> float:
    """Return how much faster than the service an emulator says that it is; 1 where it does not."""
    where = urlsplit(address)
    try:
        asking = HTTPConnection(where.hostname or "", where.port, timeout=_PATIENCE)
        with contextlib.closing(asking):
            asking.request("HEAD", "/")
            speed = float(asking.getresponse().headers.get("X-Emulator-Speed", 1))
            return speed if 1 <= speed <= _FASTEST else 1.0
    except (OSError, HTTPException, ValueError):
        return 1.0
