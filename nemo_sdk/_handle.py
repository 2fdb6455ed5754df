"""What a person's words ask for, done."""

import inspect
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from ._render import Render
from ._transfer.reporter import OnProgress
from ._transfer.upload import Source, as_list
from ._transport.closing import Lifetime
from ._turn import Turn
from ._wording import classify_request
from .events import Event, UploadProgress
from .models import Credits, Reply, State, Upload

__all__ = ["Handled", "OnEvent", "handle"]

Handled = Render | Credits | State | Upload | Reply
OnEvent = Callable[[Event], Awaitable[None] | None]


class Conversation(Protocol):
    """What `handle` needs of a session."""

    def send(self, text: str) -> Turn: ...
    async def state(self) -> State: ...
    async def upload(
        self, *sources: Source, on_progress: OnProgress[UploadProgress] | None = None
    ) -> Upload: ...
    async def export(self) -> Render: ...


async def handle(
    session: Conversation,
    credits: Callable[[], Awaitable[Credits]],
    text: str,
    files: Sequence[Source],
    on_event: OnEvent | None,
    alive: Lifetime,
) -> Handled:
    """Do what the words ask for; files that came with them are uploaded first.

    Raises:
        ValueError: "upload" without a file, or neither words nor files.
    """
    words, files = text.strip(), as_list(files)
    if not words and not files:
        raise ValueError("There is nothing to do: give words, files, or both.")
    intent = classify_request(words, has_files=bool(files)) if words else "upload"
    if intent == "upload" and not files:
        raise ValueError("There is no file to upload: send one along (files=...).")
    uploaded = await session.upload(*files, on_progress=on_event) if files else None
    alive.check()
    if intent == "upload" and uploaded is not None:
        return uploaded
    if intent == "export":
        return await session.export()
    if intent == "credits":
        return await credits()
    if intent == "state":
        return await session.state()
    return await _ask(session, text, on_event)


async def _ask(session: Conversation, text: str, on_event: OnEvent | None) -> Reply:
    async with session.send(text) as turn:
        async for event in turn:
            told = on_event(event) if on_event is not None else None
            if inspect.isawaitable(told):
                await told
    return turn.reply
