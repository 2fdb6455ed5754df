"""From the opening of a client to its closing: what is under way in it ends with it."""

import asyncio
from types import TracebackType

from nemo_sdk.exceptions import NemoError

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
        self._scopes: set[_Scope] = set()

    def check(self) -> None:
        """Refuse to go on in a client that was closed meanwhile.

        Raises:
            NemoError: It was.
        """
        if self._over:
            raise NemoError(_CLOSED)

    def within(self) -> "_Scope":
        """Return a context manager: whatever is awaited inside ends with the client.

        Entering and leaving it raise NemoError where the client is closed, or was meanwhile.
        """
        self.check()
        return _Scope(self._scopes)

    async def sleep(self, seconds: float) -> None:
        """Wait, but not beyond the closing.

        Raises:
            NemoError: The client was closed.
        """
        with self.within():
            await asyncio.sleep(seconds)

    def end(self) -> None:
        """The client is being closed: end all that is awaited in it, in the running loop."""
        self._over = True
        for scope in tuple(self._scopes):
            scope.end()


class _Scope:
    """Like `asyncio.timeout`, with the closing for the time; and cheap, as every call has one."""

    __slots__ = ("_among", "_before", "_is_ended", "_task")

    def __init__(self, among: "set[_Scope]") -> None:
        self._among = among
        self._is_ended = False

    def __enter__(self) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("calls are made in tasks")
        self._task = task
        self._before = task.cancelling()
        self._among.add(self)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._among.discard(self)
        if not self._is_ended:
            return
        still = self._task.uncancel() > self._before  # by somebody else, too
        if kind is asyncio.CancelledError and not still:
            raise NemoError(_CLOSED)

    def end(self) -> None:
        """Have what is awaited inside end, unless in a loop that is not running here."""
        if not self._is_ended and self._task.get_loop() is asyncio.get_running_loop():
            self._is_ended = True
            self._task.cancel()
