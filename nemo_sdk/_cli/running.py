"""A client for one command: of the service, or of an emulator started for the command."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable

import attrs
from yarl import URL

from nemo_sdk._client import NemoClient
from nemo_sdk._config import is_loopback
from nemo_sdk.models import Timing

__all__ = ["client_for", "run"]

_NEARBY = attrs.evolve(
    Timing(),
    render_poll=0.3,
    rate_limit_wait=0.3,
    recovery=(0.3, 0.6, 0.6, 0.6, 0.6),
    backoff=0.05,
)
"""For a service on this machine, which is an emulator: asked often, and not given up early."""


def run(work: Callable[[NemoClient], Awaitable[None]], *, emulator: bool = False) -> None:
    """Do the work of a command, with a client that is closed afterwards."""
    asyncio.run(_with_client(work, emulator=emulator))


@contextlib.asynccontextmanager
async def client_for(*, emulator: bool) -> AsyncIterator[NemoClient]:
    """Give a client, of an emulator of its own where that is wanted."""
    if not emulator:
        async with NemoClient(timing=_NEARBY if _is_nearby() else None) as client:
            yield client
        return
    from nemo_sdk.emulator import Emulator  # noqa: PLC0415 - only this option needs it

    async with (
        Emulator() as service,
        NemoClient(base_url=service.base_url, timing=_NEARBY, token_store=None) as client,
    ):
        yield client


async def _with_client(work: Callable[[NemoClient], Awaitable[None]], *, emulator: bool) -> None:
    _end_on_sigterm()
    async with client_for(emulator=emulator) as client:
        await work(client)


def _end_on_sigterm() -> None:
    """Have a polite kill end the command as Ctrl-C does, with nothing left behind."""
    task = asyncio.current_task()
    # Not on Windows, nor in another thread than the main one.
    with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
        if task is not None:
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)


def _is_nearby() -> bool:
    try:
        return is_loopback(URL(os.environ.get("NEMO_API_URL", "").strip()).host)
    except ValueError:
        return False
