"""The Discord bot, handler by handler: discord.py does not let its server be chosen."""

import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from attrs import define, field
from waiting import until

from nemo_sdk import NemoClient
from nemo_sdk.bots import FilmBot, SlowDown
from nemo_sdk.emulator import Emulator
from nemo_sdk.jobs import FileStore, Jobs

from .conftest import load, picture

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # it imports audioop
    discord = pytest.importorskip("discord")


GUILD = SimpleNamespace(filesize_limit=25_000_000)


@define
class Channel:
    """A channel that writes down what it is sent."""

    id: int = 7
    texts: list[str] = field(factory=list)
    files: list[bytes] = field(factory=list)
    answered: list[Any] = field(factory=list)
    refuse_edits: bool = False
    refuse_files: bool = False

    async def send(self, text: str = "", *, file: Any = None, **options: Any) -> Any:
        """Take a message or a file."""
        if file is not None and self.refuse_files:
            file.close()
            raise discord.HTTPException(SimpleNamespace(status=413, reason="large"), "too large")
        if file is not None:
            self.files.append(file.fp.read())
            file.close()
        else:
            assert options["allowed_mentions"].everyone is False
            self.answered.append(options["reference"])
            self.texts.append(text)
        return SimpleNamespace(edit=self._editor(len(self.texts) - 1))

    @asynccontextmanager
    async def typing(self) -> AsyncIterator[None]:
        """Show that somebody is at work."""
        yield

    def _editor(self, place: int) -> Any:
        async def edit(*, content: str, **options: Any) -> None:
            if self.refuse_edits:
                raise discord.HTTPException(SimpleNamespace(status=429, reason="slow"), "slow down")
            self.texts[place] = content

        return edit


@define
class Discord:
    """The bot, and what somebody does on Discord."""

    bot: Any
    channel: Channel = field(factory=Channel)
    said: int = 0

    def _number(self) -> int:
        self.said += 1
        return self.said

    async def hear(self, text: str, *, guild: Any = None, **extra: Any) -> None:
        """Have Ann say something."""
        facts: dict[str, Any] = {
            "author": SimpleNamespace(id=5, bot=False),
            "mentions": [],
            "attachments": [],
        }
        message = SimpleNamespace(
            id=self._number(),
            content=text,
            guild=guild,
            channel=self.channel,
            to_reference=lambda **options: ("answers", options),
            **{**facts, **extra},
        )
        await self.bot.on_message(message)

    async def command(self, name: str, *arguments: str) -> str:
        """Have Ann give a command; returns what she sees of it."""
        seen: list[str] = []

        async def send_message(text: str, **options: Any) -> None:
            seen.append(text)

        interaction = SimpleNamespace(
            client=SimpleNamespace(films=self.bot.films, room=self.room),
            id=self._number(),
            user=SimpleNamespace(id=5),
            channel_id=self.channel.id,
            response=SimpleNamespace(send_message=send_message),
        )
        await self.bot.tree.get_command(name).callback(interaction, *arguments)
        return seen[0]

    def room(self, key: str) -> Any:
        """Return Ann's channel."""
        module = load("discord_bot")
        return module.DiscordRoom(self.channel, key)


@pytest.fixture
async def ann(client: NemoClient, tmp_path: Path) -> AsyncIterator[Discord]:
    """Ann, who speaks with the bot."""
    module = load("discord_bot")
    async with Jobs(client, store=FileStore(tmp_path / "jobs")) as jobs:
        bot = module.DiscordBot(FilmBot(jobs))
        yield Discord(bot)
        await bot.close()


async def test_film(ann: Discord) -> None:
    """The command makes a film in the channel, its progress edits of one message."""
    assert await ann.command("film", "a fox in the snow") == "/film a fox in the snow"
    await until(lambda: ann.channel.files)
    assert b"fox" in ann.channel.files[0]
    await until(lambda: len(ann.channel.texts) == 1 and "ready" in ann.channel.texts[0])


async def test_plain_words(ann: Discord, emulator: Emulator) -> None:
    """A direct message with an attachment uploads it, then makes a film of it."""
    name, content = picture()

    async def save(path: Path) -> None:
        path.write_bytes(content)

    sent = SimpleNamespace(filename=name, save=save, size=len(content))
    await ann.hear("make a film of these pictures", attachments=[sent, sent])
    await until(lambda: ann.channel.files)
    (session,) = emulator.sessions.values()
    assert len(session.uploads) == 2


@pytest.mark.parametrize(
    ("size", "error", "told"),
    [
        (60_000_000, None, "50 MB"),
        (9, aiohttp.ClientError(), "Send it again"),
        (9, TimeoutError(), "Send it again"),
        (9, discord.DiscordException(), "Send it again"),
    ],
)
async def test_files_that_do_not_come(
    ann: Discord, size: int, error: Exception | None, told: str
) -> None:
    """A file that is too large is not fetched, and one that does not come is told."""

    async def save(path: Path) -> None:
        assert error is not None
        raise error

    sent = SimpleNamespace(filename="cat.png", save=save, size=size)
    await ann.hear("", attachments=[sent])
    await until(lambda: told in ann.channel.texts[-1] if ann.channel.texts else False)


@pytest.mark.parametrize("name", ["credits", "status", "export", "cancel", "new"])
async def test_commands(ann: Discord, name: str) -> None:
    """Each command is answered."""
    answers = {
        "credits": "10000 credits are left.",
        "status": "There is nothing in the film yet. Say what you want to see.",
        "export": "There is nothing in the film yet. Say what you want to see.",
        "cancel": "There is nothing to cancel.",
        "new": "A new beginning. What do you want to see?",
    }
    assert await ann.command(name) == f"/{name}"
    await until(lambda: ann.channel.texts[-1:] == [answers[name]])


async def test_mentions(ann: Discord) -> None:
    """In a server the bot hears what mentions it, and only that."""
    me = SimpleNamespace(id=42)
    ann.bot._connection.user = me
    await ann.hear("a fox", guild=GUILD)
    await ann.hear("<@42> credits", guild=GUILD, mentions=[me])
    await until(lambda: ann.channel.texts == ["10000 credits are left."])


async def test_bots_are_not_heard(ann: Discord) -> None:
    """What a bot says, itself included, is not heard."""
    await ann.hear("a fox", author=SimpleNamespace(id=1, bot=True))
    assert not ann.channel.texts


async def test_refused_edits(ann: Discord) -> None:
    """Edits that Discord refuses do not end the film."""
    ann.channel.refuse_edits = True
    await ann.command("film", "a fox")
    await until(lambda: ann.channel.files)


async def test_the_film_is_too_large(ann: Discord, emulator: Emulator) -> None:
    """Of a film that Discord does not take from bots the address comes."""
    ann.channel.refuse_files = True
    await ann.command("film", "a fox")
    await until(lambda: any(emulator.films_url in text for text in ann.channel.texts))
    assert not ann.channel.files


async def test_answers_in_a_server(ann: Discord) -> None:
    """In a server it is seen who is answered, and a boosted one takes larger films."""
    me = SimpleNamespace(id=42)
    ann.bot._connection.user = me
    await ann.hear("<@42> credits", guild=GUILD, mentions=[me])
    assert ann.channel.answered == [("answers", {"fail_if_not_exists": False})]


async def test_too_many_messages() -> None:
    """Where Discord wants nothing for long, the engine is told for how long."""
    module = load("discord_bot")

    class Busy(Channel):
        async def send(self, text: str = "", **options: Any) -> Any:
            raise discord.RateLimited(60.0)

    with pytest.raises(SlowDown) as caught:
        await module.DiscordRoom(Busy(), "7").say("hello")
    assert caught.value.seconds == 60


async def test_restart(ann: Discord, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the start the commands are made known, and the films are gone on with."""
    done: list[str] = []

    async def note(name: str) -> None:
        done.append(name)

    monkeypatch.setattr(ann.bot.tree, "sync", lambda: note("sync"))
    monkeypatch.setattr(ann.bot.films, "go_on", lambda room: note(f"go on in {room('7').key}"))
    await ann.bot.setup_hook()
    assert done == ["sync", "go on in 7"]
