"""From the opening of a client to its closing: what is under way in it ends with it."""

import asyncio

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
        self._sleepers: set[asyncio.Future[None]] = set()

    def check(self) -> None:
        """Refuse to go on in a client that was closed meanwhile.

        Raises:
            NemoError: It was.
        """
        if self._over:
            raise NemoError(_CLOSED)

    async def sleep(self, seconds: float, until: asyncio.Future[None] | None = None) -> None:
        """Wait, but not beyond the closing.

        Args:
            seconds: How long.
            until: What ends the wait sooner, without an error.

        Raises:
            NemoError: The client was closed.
        """
        self.check()
        closed = asyncio.get_running_loop().create_future()
        self._sleepers.add(closed)
        waking = [closed] if until is None else [closed, until]
        try:
            await asyncio.wait(waking, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._sleepers.discard(closed)
        self.check()

    def end(self) -> None:
        """The client is being closed: wake all who sleep in it."""
        self._over = True
        for sleeper in tuple(self._sleepers):
            if not sleeper.done() and not sleeper.get_loop().is_closed():
                sleeper.set_result(None)
