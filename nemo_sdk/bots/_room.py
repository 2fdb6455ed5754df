"""What the engine asks of a platform, and what helps to write it."""

import asyncio
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from attrs import frozen

from nemo_sdk import Video

__all__ = ["Fetch", "Limits", "Note", "Room", "SlowDown", "film_file", "place_for"]

Note = Callable[[str], Awaitable[bool]]
"""Edits a message that was said; returns whether the platform took the edit."""
Fetch = Callable[[Path], Awaitable[Sequence[Path]]]
"""Puts the files that came with a message into a folder, and returns where they are.

A ValueError says why it cannot, in a sentence for the person; of any other error the person is
told to send the file again.
"""


@frozen
class Limits:
    """What a platform takes."""

    letters: int = 4096
    """The most that a message may have, in UTF-16 units: an emoji counts as two."""
    bytes: int = 50_000_000
    """The most that a film may have."""
    seconds: float = 3.0
    """What lies between two edits at least."""


class SlowDown(Exception):  # noqa: N818 - what the platform says
    """The platform wants nothing more for some time: `say`, a note and `show` raise it.

    Args:
        seconds: For how long.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Nothing more for {seconds:g} seconds.")
        self.seconds = seconds


class Room(Protocol):
    """One conversation on a platform."""

    @property
    def key(self) -> str:
        """What tells it from all other conversations, also after a restart.

        A topic or a thread is a conversation of its own: its id belongs to the key.
        """
        ...

    @property
    def limits(self) -> Limits:
        """What the platform takes."""
        ...

    async def say(self, text: str) -> Note:
        """Send a message; return what edits it.

        Raises:
            SlowDown: It is sent again then.
            Exception: The conversation cannot be reached.
        """
        ...

    async def show(self, video: Video) -> None:
        """Send a film.

        Raises:
            SlowDown: It is sent again then.
            Exception: The platform does not take it: the person gets its address.
        """
        ...


@asynccontextmanager
async def film_file(video: Video, limits: Limits) -> AsyncIterator[Path]:
    """Have a film in a file, for as long as it is being sent.

    Args:
        video: The film.
        limits: What the platform takes.

    Yields:
        The file.

    Raises:
        ValueError: It is too large for the platform.
        DownloadError: It did not come.
    """
    making = asyncio.create_task(asyncio.to_thread(tempfile.mkdtemp))
    try:
        folder = Path(await asyncio.shield(making))
        path = await video.save(folder / f"film.{video.format}")
        size = (await asyncio.to_thread(path.stat)).st_size
        if size > limits.bytes:
            raise ValueError(f"The film has {size} bytes, and {limits.bytes} may be sent.")
        yield path
    finally:
        # Whoever is cancelled while it is made leaves none behind.
        await asyncio.to_thread(shutil.rmtree, await making, ignore_errors=True)


async def place_for(name: str, folder: Path) -> Path:
    """Return where to put a file that came with a message; there may be two of one name.

    Args:
        name: What it is called on the platform, whatever that is; the end of it is kept.
        folder: The folder that `Fetch` was given.

    Returns:
        A path that is free, in a folder that is there.
    """
    safe = re.split(r"[/\\]", name)[-1].replace("\0", "")[-60:].strip(". ") or "file"
    return Path(await asyncio.to_thread(tempfile.mkdtemp, dir=folder)) / safe
