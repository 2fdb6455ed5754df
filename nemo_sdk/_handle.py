"""What a person's words ask for, done."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from ._render import Render
from ._upload import Source
from ._wording import classify_request
from .models import Credits, Reply, State, Upload

__all__ = ["Handled", "handle"]

Handled = Render | Credits | State | Upload | Reply


class Conversation(Protocol):
    """What `handle` needs of a session."""

    async def ask(self, text: str) -> Reply: ...
    async def state(self) -> State: ...
    async def upload(self, *sources: Source) -> Upload: ...
    async def export(self) -> Render: ...


async def handle(
    session: Conversation,
    credits: Callable[[], Awaitable[Credits]],
    text: str,
    files: Sequence[Source],
) -> Handled:
    """Do what the words ask for; files that came with them are uploaded first.

    Raises:
        ValueError: "upload" without a file, or neither words nor files.
    """
    words = text.strip()
    if not words and not files:
        raise ValueError("There is nothing to do: give words, files, or both.")
    intent = classify_request(words, has_files=bool(files)) if words else "upload"
    if intent == "upload" and not files:
        raise ValueError("There is no file to upload: send one along (files=...).")
    uploaded = await session.upload(*files) if files else None
    if intent == "upload" and uploaded is not None:
        return uploaded
    if intent == "export":
        return await session.export()
    if intent == "credits":
        return await credits()
    if intent == "state":
        return await session.state()
    return await session.ask(text)
