"""A client for one command: of the service, or of an emulator started for the command."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable

from nemo_sdk import NemoClient
from nemo_sdk.models import Timing

__all__ = ["client_for", "end_when_killed", "polite_kills", "run", "service_address"]

_NEARBY = Timing().scaled(0.01, limits=False)
"""For a service on this machine, which is an emulator: asked often, and not given up early."""


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
        async with NemoClient(timing=_timing(), anonymous_fallback=not strict) as client:
            yield client
        return
    from nemo_sdk.emulator import Emulator  # noqa: PLC0415 - only this option needs it

    async with Emulator() as service:
        token, address = service.add_token(credits=10_000), service.base_url
        async with NemoClient(
            token, base_url=address, client_id="nemo-sdk", timing=_NEARBY, token_store=None
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
    asked = os.environ.get("NEMO_TIMING_SCALE")
    is_here = service_address().startswith("http:")  # plain http goes to this machine alone
    return _NEARBY if is_here and not asked else None
