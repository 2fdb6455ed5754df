"""From the opening of a client to its closing: what is under way in it ends with it, or in time."""

import asyncio
from types import TracebackType
from typing import Self

from nemo_sdk.exceptions import NemoError, RequestTimeoutError

__all__ = ["Gate", "Scope"]

_CLOSED = (
    "The client was closed: enter it again with 'async with', or make another, for further calls."
)
_ENDED = (
    "The client was closed before this was over. What the service was asked to do may go on "
    "there: look at the session's state before you ask for it anew."
)


class Gate:
    """Whether a client is open. Closing ends all that is awaited in a scope of it.

    It also holds the overall limits of scopes, by one timer however many there are.
    """

    def __init__(self) -> None:
        self._is_closed = False
        self._innermost: dict[asyncio.Task[object], Scope] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._clock: asyncio.AbstractEventLoop | None = None

    def check(self) -> None:
        """Refuse to begin anything in a client that is closed.

        Raises:
            NemoError: It is.
        """
        if self._is_closed:
            raise NemoError(_CLOSED)

    def while_open(self, limit: float | None = None, what: object = "The call") -> "Scope":
        """Return a context manager: whatever is awaited inside ends with the client.

        Scopes nest: what makes several calls puts one round them all, so that none of them is
        made in a client that was closed and entered again meanwhile. Never round a `yield`, which
        may be left in another task.

        Args:
            limit: Seconds that it may take in all; None for no limit.
            what: What is said to have taken too long.

        Raises:
            NemoError: On entering, where the client is closed; on leaving, where it was meanwhile.
            RequestTimeoutError: On leaving, where the limit is over.
        """
        return Scope(self, limit, what)

    def open(self) -> None:
        """Let calls be made, from now on."""
        self._is_closed = False

    def close(self) -> None:
        """Let no call be made any more, and end all that is awaited in the running loop."""
        self._is_closed = True
        for scope in self._scopes():
            scope.close()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def enter(self, scope: "Scope") -> "Scope | None":
        """Take in a scope; return the one that it stands in.

        Raises:
            NemoError: The client is closed, or was since that one was entered.
        """
        outer = self._innermost.get(scope.task)
        if outer is not None and outer.was_closed:
            raise NemoError(_ENDED)
        self.check()
        self._innermost[scope.task] = scope
        return outer

    def leave(self, scope: "Scope") -> None:
        """Let a scope go."""
        if scope.outer is None:
            del self._innermost[scope.task]
        else:
            self._innermost[scope.task] = scope.outer

    def watch(self, deadline: float, loop: asyncio.AbstractEventLoop) -> None:
        """Have the timer go off at a deadline, or before."""
        if self._timer is not None and self._clock is loop:
            if self._timer.when() <= deadline:
                return
            self._timer.cancel()
        self._clock = loop
        self._timer = loop.call_at(deadline, self._sweep, loop)

    def _scopes(self) -> "list[Scope]":
        found: list[Scope] = []
        for innermost in self._innermost.values():
            scope: Scope | None = innermost
            while scope is not None:
                found.append(scope)
                scope = scope.outer
        return found

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        """End the scopes whose time is over, and come back for the next one's."""
        self._timer = None
        now = loop.time()
        ahead: list[float] = []
        for scope in self._scopes():
            if scope.deadline is None or scope.loop is not loop:
                continue
            if scope.deadline <= now:
                scope.end(scope.too_slow())
            else:
                ahead.append(scope.deadline)
        if ahead:
            self.watch(min(ahead), loop)


class Scope:
    """Like `asyncio.timeout`, with the closing as another reason; cheap, as each call has one.

    It may be entered again after it was left.

    Attributes:
        deadline: When it ends, on the loop's clock; None while no time is counted.
        is_over: Whether its time was over before it was left.
        loop: Where it was entered.
        outer: The scope that it stands in.
        sent: Whether bytes of the call in it may have left.
        task: Where it was entered.
        was_closed: Whether the client was closed since it was entered.
    """

    __slots__ = (
        *("_before", "_gate", "_limit", "_reason", "_what"),
        *("deadline", "is_over", "loop", "outer", "sent", "task", "was_closed"),
    )

    def __init__(self, gate: Gate, limit: float | None, what: object) -> None:
        self._gate = gate
        self._limit = limit
        self._what = what
        self.sent = True
        self.was_closed: bool = False

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("calls are made in tasks")
        self._reason: NemoError | None = None
        self.deadline: float | None = None
        self.is_over: bool = False
        self.task = task
        self.loop: asyncio.AbstractEventLoop = task.get_loop()
        self.outer: Scope | None = self._gate.enter(self)
        self._before = task.cancelling()
        if self._limit is not None:
            self.end_at(self.loop.time() + self._limit)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._gate.leave(self)
        if self._reason is None:
            return
        still = self.task.uncancel() > self._before  # by somebody else, too
        if kind is asyncio.CancelledError and not still:
            raise self._reason

    def close(self) -> None:
        """Take note that the client is being closed."""
        self.was_closed = True
        self.end(NemoError(_ENDED))

    def end(self, reason: NemoError) -> None:
        """Have what is awaited inside end, unless in a loop that is not running here."""
        self.deadline = None
        if self._reason is None and self.loop is asyncio.get_running_loop():
            self._reason = reason
            self.task.cancel()

    def pause(self) -> None:
        """Let time pass uncounted, for as long as something that has a watch of its own goes on."""
        self.deadline = None

    def restart(self) -> None:
        """Count the limit, if there is one, from now on."""
        if self._limit is not None and self._reason is None:
            self.end_at(self.loop.time() + self._limit)

    def end_at(self, deadline: float) -> None:
        """End what is awaited inside at a time of the loop's clock."""
        self.deadline = deadline
        self._gate.watch(deadline, self.loop)

    def too_slow(self) -> RequestTimeoutError:
        """Return the error of a scope whose time is over."""
        self.is_over = True
        after = "in time" if self._limit is None else f"after {self._limit:g} seconds"
        words = f"{self._what}: it was not over {after}."
        error = RequestTimeoutError(words)
        error.sent = self.sent
        return error
