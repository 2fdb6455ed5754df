"""From the opening of a client to its closing: what is under way in it ends with it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from .exceptions import NemoError

__all__ = ["Lifetime"]

_CLOSED = (
    "The client was closed before this was over. What the service was asked to do may go on "
    "there: look at the session's state before you ask for it anew."
)


class Lifetime:
    """One use of a client, from its opening to its closing.

    Whoever makes several calls takes it at the first, and asks it before each other: a client that
    was closed opens again with the next call, and must not for this one.
    """

    def __init__(self) -> None:
        self._over = False
        self._scopes: dict[asyncio.Timeout, asyncio.AbstractEventLoop] = {}

    def check(self) -> None:
        """Refuse to go on in a client that was closed meanwhile.

        Raises:
            NemoError: It was.
        """
        if self._over:
            raise NemoError(_CLOSED)

    @asynccontextmanager
    async def within(self) -> AsyncIterator[None]:
        """Have whatever is waited for inside end with the client.

        Raises:
            NemoError: The client is closed, or was closed meanwhile.
        """
        self.check()
        scope = asyncio.timeout(None)
        try:
            async with scope:
                self._scopes[scope] = asyncio.get_running_loop()
                try:
                    yield
                finally:
                    del self._scopes[scope]
        except TimeoutError:
            if not scope.expired():
                raise
        else:
            return
        raise NemoError(_CLOSED)

    async def sleep(self, seconds: float) -> None:
        """Wait, but not beyond the closing.

        Raises:
            NemoError: The client was closed.
        """
        async with self.within():
            await asyncio.sleep(seconds)

    def end(self) -> None:
        """The client is being closed: end all that is waited for in it, in the running loop."""
        self._over = True
        here = asyncio.get_running_loop()
        for scope, loop in tuple(self._scopes.items()):
            if loop is here:
                with contextlib.suppress(RuntimeError):  # it is ending already
                    scope.reschedule(0)
