"""A bot without a platform, in the terminal: NEMO_TOKEN=... python terminal_bot.py."""

import asyncio

from nemo_sdk import NemoClient, Video
from nemo_sdk.bots import FilmBot, Limits, Note
from nemo_sdk.jobs import FileStore, Jobs


class TerminalRoom:
    """The terminal; an edit is one more line."""

    key = "terminal"
    limits = Limits(letters=2000, seconds=5)

    async def say(self, text: str) -> Note:
        """Print a message."""
        print(text)
        return self._edit

    async def show(self, video: Video) -> None:
        """Save a film, and say where."""
        print("The film is", await video.save(f"{video.render_id}.{video.format}"))

    async def _edit(self, text: str) -> bool:
        print(text)
        return True


async def typed() -> str:
    """Return the next line; nothing at the end, which Ctrl-D is."""
    try:
        return await asyncio.to_thread(input)
    except EOFError:
        return ""


async def main() -> None:
    """Hear what is typed, until an empty line."""
    room = TerminalRoom()
    async with NemoClient() as client, Jobs(client, store=FileStore("films")) as jobs:
        bot = FilmBot(jobs)
        await bot.go_on({room.key: room}.get)
        print("Say what you want to see. An empty line ends this; the next start goes on.")
        while words := await typed():
            await bot.hear(room, "me", words)
        await bot.aclose()


if __name__ == "__main__":
    asyncio.run(main())
