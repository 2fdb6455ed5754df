"""A Discord bot: people say what they want to see, and the film comes into the channel.

DISCORD_BOT_TOKEN=... NEMO_TOKEN=... python examples/bots/discord_bot.py

It needs discord.py. What it knows is in the folder films, where it is started. It hears direct
messages, mentions, and commands; each thread is a conversation of its own.
"""

import asyncio
import contextlib
import os
import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import discord
from discord import app_commands

from nemo_sdk import NemoClient, Video
from nemo_sdk.bots import COMMANDS, Fetch, FilmBot, Limits, Note, SlowDown, film_file, place_for
from nemo_sdk.jobs import FileStore, Jobs

MOST_SENT = 10_000_000  # what a channel takes that nobody has boosted
MOST_HEARD = 50_000_000
NOBODY = discord.AllowedMentions.none()


class DiscordRoom:
    """A channel, a thread or a direct conversation on Discord."""

    def __init__(
        self,
        channel: discord.abc.Messageable,
        key: str,
        answered: discord.MessageReference | None = None,
        most: int = MOST_SENT,
    ) -> None:
        # Discord takes 5 messages in 5 seconds, for a whole channel.
        self.limits = Limits(letters=2000, bytes=most, seconds=2.5)
        self.key = key
        self._channel = channel
        self._answered: Any = answered

    async def say(self, text: str) -> Note:
        """Send a message."""
        with _obeying():
            sent = await self._channel.send(text, allowed_mentions=NOBODY, reference=self._answered)
        return partial(self._edit, sent)

    async def show(self, video: Video) -> None:
        """Send a film."""
        async with film_file(video, self.limits) as path, self._channel.typing():
            with _obeying():
                await self._channel.send(file=discord.File(path))

    async def _edit(self, sent: discord.Message, text: str) -> bool:
        with _obeying():
            await sent.edit(content=text, allowed_mentions=NOBODY)
        return True


@contextlib.contextmanager
def _obeying() -> Iterator[None]:
    try:
        yield
    except discord.RateLimited as error:
        raise SlowDown(error.retry_after) from error


def fetch_of(sent: Sequence[discord.Attachment]) -> Fetch | None:
    """Return what fetches the files that came with a message."""

    async def fetch(folder: Path) -> list[Path]:
        if sum(file.size for file in sent) > MOST_HEARD:
            raise ValueError(f"I take files of up to {MOST_HEARD // 1_000_000} MB in all.")
        paths = [await place_for(file.filename, folder) for file in sent]
        await asyncio.gather(*(file.save(path) for file, path in zip(sent, paths, strict=True)))
        return paths

    return fetch if sent else None


class DiscordBot(discord.Client):
    """Hears messages and commands on Discord."""

    def __init__(self, films: FilmBot) -> None:
        super().__init__(intents=discord.Intents.default(), max_ratelimit_timeout=30)
        self.films = films
        self.tree = app_commands.CommandTree(self)
        for name, about in COMMANDS.items():
            self.tree.add_command(_command_of(name, about))

    def room(self, key: str) -> DiscordRoom:
        """Return a channel that is known by its id."""
        return DiscordRoom(self.get_partial_messageable(int(key)), key)

    async def setup_hook(self) -> None:
        """Make the commands known, and go on with what was being made."""
        await self.tree.sync()
        await self.films.go_on(self.room)

    async def on_message(self, message: discord.Message) -> None:
        """Hear what is said to the bot; its mention in it is none of the words."""
        guild = message.guild
        if message.author.bot or (guild and self.user not in message.mentions):
            return
        answered = message.to_reference(fail_if_not_exists=False) if guild else None
        most = guild.filesize_limit if guild else MOST_SENT
        room = DiscordRoom(message.channel, str(message.channel.id), answered, most)
        words, fetch = re.sub(r"<@!?\d+>", "", message.content), fetch_of(message.attachments)
        await self.films.hear(room, str(message.author.id), words, fetch, id=str(message.id))

    async def close(self) -> None:
        """Stop, and keep where everything stands."""
        await self.films.aclose()
        await super().close()


async def _obey(interaction: discord.Interaction[DiscordBot], text: str) -> None:
    await interaction.response.send_message(text[:2000], allowed_mentions=NOBODY)
    room = interaction.client.room(str(interaction.channel_id))
    person, said = str(interaction.user.id), str(interaction.id)
    await interaction.client.films.hear(room, person, text, id=said)


def _command_of(name: str, about: str) -> app_commands.Command[Any, ..., Any]:
    async def film(interaction: discord.Interaction[DiscordBot], prompt: str) -> None:
        await _obey(interaction, f"/film {prompt}")

    async def other(interaction: discord.Interaction[DiscordBot]) -> None:
        await _obey(interaction, f"/{name}")

    callback: Any = film if name == "film" else other
    return app_commands.Command(name=name, description=about, callback=callback)


async def main() -> None:
    """Listen until Ctrl-C; what is being made then is gone on with at the next start."""
    discord.utils.setup_logging()
    async with NemoClient() as client, Jobs(client, store=FileStore("films")) as jobs:
        bot = DiscordBot(FilmBot(jobs))
        async with bot:
            await bot.start(os.environ["DISCORD_BOT_TOKEN"])


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
