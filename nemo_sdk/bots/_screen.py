"""One message that is edited, at the pace that the platform sets."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from ._room import Note, Room, SlowDown

__all__ = ["Pace", "Screen"]

log = logging.getLogger("nemo_sdk")
_TRIES = 5
_LONGEST_WAIT = 3600.0
"""A platform that names a longer time is not waited for."""


class Pace:
    """When a room may be written to again; what is said in one keeps to one pace."""

    def __init__(self) -> None:
        self._until = 0.0

    @property
    def left(self) -> float:
        """Seconds until then."""
        return max(0.0, self._until - _now())

    def slow_down(self, seconds: float) -> None:
        """Note the time that the platform names."""
        self._until = max(self._until, _now() + seconds)
        loop = asyncio.get_running_loop()
        loop.call_at(self._until, lambda: self)  # remembered until then, by whoever asks for it

    async def wait(self) -> None:
        """Wait until then.

        Raises:
            SlowDown: It is too far away.
        """
        while left := self.left:
            if left > _LONGEST_WAIT:
                raise SlowDown(left)
            await asyncio.sleep(left)


class Screen:
    """Shows one wish in one message: how far it is now and then, its answer for certain.

    Args:
        room: Where.
        pace: That of the room.
    """

    def __init__(self, room: Room, pace: Pace) -> None:
        self.room = room
        self._pace = pace
        self._note: Note | None = None
        self._shown = ""
        self._wanted: str | None = None
        self._painter: asyncio.Task[None] | None = None
        self._next_edit = 0.0
        self._answer = ""
        self._writing = asyncio.Lock()

    @property
    def is_lit(self) -> bool:
        """Whether there is a message."""
        return self._note is not None

    async def show(self, text: str) -> None:
        """Show how far it is, below the answer if there is one.

        The first is sent at once; of the edits after it, the last one when it is time for one.
        Nothing waits for them.
        """
        if self._note is None and not self._pace.left:
            async with self._writing:
                try:
                    self._note = await self._say(text)
                except SlowDown as slow:
                    self._pace.slow_down(slow.seconds)
                else:
                    return
        self._wanted = text
        if self._painter is None or self._painter.done():
            self._painter = asyncio.create_task(self._paint())

    async def close(self) -> None:
        """Edit no more."""
        if self._painter is not None:
            self._painter.cancel()
            await asyncio.wait([self._painter])

    async def tell(self, answer: str) -> None:
        """Put an answer into the message, or send it anew where the edit is refused."""
        async with self._writing:
            self._wanted = None
            await self.patiently(lambda: self._put(answer))
            self._answer = answer

    async def tell_below(self, text: str) -> None:
        """Show the end of something below the answer; left out where the edit is refused."""
        async with self._writing:
            self._wanted = None
            if (note := self._note) is not None:
                await self.patiently(lambda: self._edit(note, self._below_answer(text)))

    async def say_beside(self, text: str) -> None:
        """Send a message of its own."""
        await self.patiently(lambda: self._say(text))

    async def patiently(self, send: Callable[[], Awaitable[object]]) -> None:
        """Send something, again when the platform wants it.

        Raises:
            SlowDown: It does not want it for very long, or again and again.
            Exception: What `send` raises.
        """
        for _ in range(_TRIES):
            await self._pace.wait()
            try:
                await send()
            except SlowDown as slow:
                self._pace.slow_down(slow.seconds)
            else:
                return
        raise SlowDown(self._pace.left)

    async def _paint(self) -> None:
        while self._wanted is not None:
            if (wait := max(self._pace.left, self._next_edit - _now())) > 0:
                await asyncio.sleep(wait)
                continue
            async with self._writing:
                text, self._wanted = self._wanted, None
                try:
                    await self._show_now(text)
                except SlowDown as slow:
                    self._pace.slow_down(slow.seconds)
                    self._wanted = text
                except Exception as error:
                    log.info("nothing can be said in %s: %s", self.room.key, error)

    async def _show_now(self, text: str | None) -> None:
        if text is None:
            return
        if self._note is None:
            self._note = await self._say(text)
        else:
            await self._edit(self._note, self._below_answer(text))

    async def _put(self, answer: str) -> None:
        if self._note is None or not await self._edit(self._note, answer):
            self._note = await self._say(answer)

    async def _say(self, text: str) -> Note:
        self._shown = self._taken(text)
        return await self.room.say(self._shown)

    async def _edit(self, note: Note, text: str) -> bool:
        before, shown = self._shown, self._taken(text)
        if shown == before:  # platforms refuse an edit that changes nothing
            return True
        self._shown = ""
        try:
            edited = await note(shown)
        except SlowDown:
            raise
        except Exception as error:  # an edit is no more than that: another one follows
            log.info("a message in %s cannot be edited: %s", self.room.key, error)
            return False
        self._shown = shown if edited else before
        return edited

    def _taken(self, text: str) -> str:
        """Return a text as the platform takes it, now."""
        self._next_edit = _now() + self.room.limits.seconds
        return shortened(text, self.room.limits.letters)

    def _below_answer(self, text: str) -> str:
        if not self._answer:
            return text
        left = self.room.limits.letters - _units(text) - 2
        return f"{shortened(self._answer, left)}\n\n{text}"


def shortened(text: str, most: int) -> str:
    """Return a text that has no more UTF-16 units than may be sent, its end shown as cut."""
    if _units(text) <= most:
        return text
    kept = text.encode("utf-16-le", "replace")[: 2 * (most - 1)]
    return f"{kept.decode('utf-16-le', 'ignore')}…"


def _units(text: str) -> int:
    return len(text) + sum(one > "\uffff" for one in text)


def _now() -> float:
    return asyncio.get_running_loop().time()
