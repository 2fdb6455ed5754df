"""A thread with an event loop of its own, in which an emulator serves."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Coroutine
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any, NoReturn, TypeVar

from nemo_sdk.emulator import Emulator

__all__ = ["LoopThread"]

_T = TypeVar("_T")


class LoopThread:
    """A daemon thread with an event loop in which the emulator serves.

    Whoever waits for it hears of its death: nothing here waits for a thread that is gone.

    Args:
        emulator: The emulator, which is started and closed in the thread.
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
