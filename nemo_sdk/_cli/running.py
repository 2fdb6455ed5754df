"""A client for one command: of the service, or of an emulator started for the command."""

import asyncio
import contextlib
import importlib.util
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable

import attrs
from yarl import URL

from nemo_sdk._client import NemoClient
from nemo_sdk._config.settings import DEFAULT_BASE_URL, is_loopback
from nemo_sdk.models import Timing

__all__ = ["client_for", "end_on_sigterm", "run", "service_address"]

_NEARBY = attrs.evolve(
    Timing(),
    render_poll=0.3,
    rate_limit_wait=0.3,
    recovery=(0.3, 0.6, 0.6, 0.6, 0.6),
    backoff=0.05,
)
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
        timing = _NEARBY if _is_nearby() else None
        async with NemoClient(timing=timing, anonymous_fallback=not strict) as client:
            yield client
        return
    _check_renderer()
    from nemo_sdk.emulator import Emulator  # noqa: PLC0415 - only this option needs it

    async with Emulator() as service:
        token, address = service.add_token(credits=10_000), service.base_url
        async with NemoClient(
            token, base_url=address, client_id="nemo-sdk", timing=_NEARBY, token_store=None
        ) as client:
            yield client


def service_address() -> str:
    """Return the address of the service that commands use."""
    return os.environ.get("NEMO_API_URL", "").strip().rstrip("/") or DEFAULT_BASE_URL


def end_on_sigterm() -> None:
    """Have a polite kill end this task as Ctrl-C does, with nothing left behind."""
    task = asyncio.current_task()
    # Not on Windows, nor in another thread than the main one.
    with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
        if task is not None:
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)


async def _with_client(
    work: Callable[[NemoClient], Awaitable[None]], *, emulator: bool, strict: bool
) -> None:
    end_on_sigterm()
    async with client_for(emulator=emulator, strict=strict) as client:
        await work(client)


def _check_renderer() -> None:
    """Refuse to begin what would only fail at the film."""
    if not all(importlib.util.find_spec(name) for name in ("av", "PIL")):
        raise ModuleNotFoundError(
            "The emulator needs more packages for its films: pip install 'nemo-sdk[emulator]'"
        )


def _is_nearby() -> bool:
    try:
        return is_loopback(URL(service_address()).host)
    except ValueError:
        return False
