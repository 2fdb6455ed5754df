"""A Telegram bot: people say what they want to see, and the film comes into the chat.

TELEGRAM_BOT_TOKEN=... NEMO_TOKEN=... python examples/bots/telegram_bot.py

It needs aiogram. What it knows is in the folder films, where it is started. In a group or channel
it hears commands, mentions, and replies to what it said; each topic is a conversation of its own.
"""

import asyncio
import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from aiogram import Bot, Dispatcher, exceptions
from aiogram.types import BotCommand, FSInputFile, Message, ReplyParameters
from aiogram.utils.chat_action import ChatActionSender

from nemo_sdk import NemoClient, Video
from nemo_sdk.bots import COMMANDS, Fetch, FilmBot, Limits, Note, SlowDown, film_file, place_for
from nemo_sdk.jobs import FileStore, Jobs

PATIENCE = 300  # seconds for a film or a file to get through
MOST_HEARD = 20_000_000


class TelegramRoom:
    """A chat on Telegram, or a topic in one: "-7", "-7/12"."""

    # A bot may send 50 MB, and about 20 messages a minute into a group.
    limits = Limits(letters=4096, bytes=50_000_000, seconds=3.5)
    _reply: ReplyParameters | None = None

    def __init__(self, bot: Bot, key: str, answered: int | None = None) -> None:
        chat, _, topic = key.partition("/")
        self.key = key
        self._bot = bot
        self._to: dict[str, Any] = {
            "chat_id": int(chat),
            "message_thread_id": int(topic or 0) or None,
        }
        if answered is not None:
            self._reply = ReplyParameters(message_id=answered, allow_sending_without_reply=True)

    async def say(self, text: str) -> Note:
        """Send a message."""
        with self._obeying():
            sent = await self._bot.send_message(**self._to, text=text, reply_parameters=self._reply)
        return partial(self._edit, sent.message_id)

    async def show(self, video: Video) -> None:
        """Send a film."""
        sending = ChatActionSender.upload_video(bot=self._bot, **self._to)
        async with film_file(video, self.limits) as path, sending:
            with self._obeying():
                await self._bot.send_video(
                    **self._to,
                    video=FSInputFile(path),
                    duration=round(video.duration) if video.duration else None,
                    supports_streaming=True,
                    request_timeout=PATIENCE,
                )

    async def _edit(self, id: int, text: str) -> bool:
        with self._obeying():
            await self._bot.edit_message_text(text, chat_id=self._to["chat_id"], message_id=id)
        return True

    @contextmanager
    def _obeying(self) -> Iterator[None]:
        try:
            yield
        except exceptions.TelegramRetryAfter as error:
            raise SlowDown(error.retry_after) from error
        except exceptions.TelegramMigrateToChat as error:  # the group has become a supergroup
            self._to["chat_id"] = error.migrate_to_chat_id
            raise SlowDown(0) from error  # once more, there


async def words_for(bot: Bot, message: Message) -> str | None:
    """Return what is said to the bot; None for what people in a group say to each other."""
    text = message.text or message.caption or ""
    me = await bot.me()
    mention = re.compile(rf"@{me.username}\b", re.IGNORECASE)
    if command := re.match(r"/\w+(@\w+)?", text):
        return text if not command[1] or mention.fullmatch(command[1]) else None
    answered = message.reply_to_message and message.reply_to_message.from_user
    meant = mention.search(text) or (answered and answered.id == me.id)
    return mention.sub("", text) if meant or message.chat.type == "private" else None


def fetch_of(bot: Bot, message: Message) -> Fetch | None:
    """Return what fetches the file that came with a message, of a photo the largest size."""
    film = message.video or message.animation or message.video_note or message.audio
    sent = message.photo[-1] if message.photo else film or message.document
    if sent is None:
        return None

    async def fetch(folder: Path) -> list[Path]:
        if (sent.file_size or 0) > MOST_HEARD:
            raise ValueError("Telegram gives bots files of up to 20 MB.")
        path = await place_for(getattr(sent, "file_name", None) or "", folder)
        await bot.download(sent, path, timeout=PATIENCE)
        return [path]

    return fetch


def dispatcher(films: FilmBot) -> Dispatcher:
    """Return what hears Telegram's messages."""
    made = Dispatcher()

    @made.message()
    @made.channel_post()
    async def hear(message: Message, bot: Bot) -> None:
        chat = message.chat
        if message.migrate_to_chat_id:
            films.move(str(chat.id), str(message.migrate_to_chat_id))
        words = await words_for(bot, message)
        if words is None:
            return
        said, topic = message.message_id, message.message_thread_id
        key = f"{chat.id}/{topic}" if message.is_topic_message else f"{chat.id}"
        room = TelegramRoom(bot, key, None if chat.type == "private" else said)
        person = str((message.from_user or chat).id)
        await films.hear(room, person, words, fetch_of(bot, message), id=str(said))

    @made.startup()
    async def go_on(bot: Bot) -> None:
        menu = [BotCommand(command=name, description=about) for name, about in COMMANDS.items()]
        await bot.set_my_commands(menu)
        await films.go_on(partial(TelegramRoom, bot))

    made.shutdown.register(films.aclose)
    return made


async def main() -> None:
    """Listen until Ctrl-C; what is being made then is gone on with at the next start."""
    logging.basicConfig(level=logging.INFO)
    async with NemoClient() as client, Jobs(client, store=FileStore("films")) as jobs:
        await dispatcher(FilmBot(jobs)).start_polling(Bot(os.environ["TELEGRAM_BOT_TOKEN"]))


if __name__ == "__main__":
    asyncio.run(main())
