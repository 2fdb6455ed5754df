"""The Telegram bot on aiogram, polling a stand-in of Telegram's API."""

import asyncio
import io
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from attrs import define, field
from waiting import until

from nemo_sdk import NemoClient
from nemo_sdk.bots import FilmBot, Limits
from nemo_sdk.emulator import Emulator
from nemo_sdk.jobs import FileStore, Jobs

from .conftest import load, picture

aiogram = pytest.importorskip("aiogram")
TOKEN = "42:secret-of-the-bot"


def sound() -> bytes:
    """A second of silence."""
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(16_000))
    return content.getvalue()


@define
class Telegram:
    """What Telegram does for a bot, as far as this one asks."""

    calls: list[tuple[str, dict[str, Any]]] = field(factory=list)
    updates: list[dict[str, Any]] = field(factory=list)
    refused: dict[str, int] = field(factory=dict)
    """Methods that are refused, with their status."""
    moved: set[str] = field(factory=set)
    """Chats that have become supergroups: 7 is now 8."""
    busy: list[str] = field(factory=list)
    """Methods of which a call is one too many, once for each time that they are here."""
    file: bytes = b""
    file_status: int = 200

    def texts(self) -> list[str]:
        """Return the messages as they read after their last edit."""
        shown: dict[str, str] = {}
        for method, form in self.calls:
            if method == "sendMessage":
                shown[str(len(shown) + 1)] = form["text"]
            elif method == "editMessageText":
                shown[form["message_id"]] = form["text"]
        return list(shown.values())

    def sent(self, method: str) -> list[dict[str, Any]]:
        """Return the calls of one method."""
        return [form for called, form in self.calls if called == method]

    def hear(self, text: str | None = None, kind: str = "message", **extra: Any) -> None:
        """Have somebody say something in chat 7."""
        message = {
            "message_id": 900 + len(self.updates),
            "date": 1,
            "chat": {"id": 7, "type": "private"},
        }
        ann = {"id": 5, "is_bot": False, "first_name": "Ann"}
        words = {"text": text} if text else {}
        number = len(self.updates) + 1
        self.updates.append({"update_id": number, kind: {**message, "from": ann, **words, **extra}})

    async def answer(self, request: web.Request) -> web.Response:
        """Answer a call of the API."""
        method = request.match_info["method"]
        form = await _read(request)
        if status := self.refused.get(method):
            body = {"ok": False, "error_code": status, "description": "Bad Request: refused"}
            return web.json_response(body, status=status)
        if form.get("chat_id") in self.moved:
            body = {"ok": False, "error_code": 400, "description": "Bad Request: migrated"}
            told = {"migrate_to_chat_id": 8}
            return web.json_response({**body, "parameters": told}, status=400)
        if method in self.busy:
            self.busy.remove(method)
            body = {"ok": False, "error_code": 429, "description": "Too Many Requests: retry"}
            return web.json_response({**body, "parameters": {"retry_after": 1}}, status=429)
        self.calls.append((method, form))
        return web.json_response({"ok": True, "result": await self._result(method, form)})

    async def download(self, request: web.Request) -> web.Response:
        """Give away a file."""
        return web.Response(body=self.file, status=self.file_status)

    async def _result(self, method: str, form: dict[str, Any]) -> Any:
        match method:
            case "getUpdates":
                await asyncio.sleep(0.01)
                return self.updates[int(form.get("offset") or 1) - 1 :]
            case "getMe":
                return {"id": 42, "is_bot": True, "first_name": "Films", "username": "films_bot"}
            case "getFile":
                return {"file_id": "f", "file_unique_id": "u", "file_path": "photos/1.jpg"}
            case "deleteWebhook" | "setMyCommands" | "sendChatAction":
                return True
            case _:
                chat = {"id": 7, "type": "private"}
                number = len(self.sent("sendMessage"))
                return {"message_id": number, "date": 1, "chat": chat}


async def _read(request: web.Request) -> dict[str, Any]:
    """Return a form's fields; of a file its bytes."""
    form = await request.post()
    return {
        name: value.file.read() if isinstance(value, web.FileField) else value
        for name, value in form.items()
    }


@pytest.fixture
async def telegram() -> AsyncIterator[Any]:
    """The stand-in, on a real socket."""
    made = Telegram()
    app = web.Application(client_max_size=10_000_000)
    app.router.add_post(f"/bot{TOKEN}/{{method}}", made.answer)
    app.router.add_get(f"/file/bot{TOKEN}/{{path:.*}}", made.download)
    async with TestServer(app) as server:
        yield made, str(server.make_url("/")).rstrip("/")


@pytest.fixture
async def bot(telegram: Any, client: NemoClient, tmp_path: Path) -> AsyncIterator[Telegram]:
    """The bot, polling; gives what Telegram sees of it."""
    from aiogram.client.session.aiohttp import AiohttpSession
    from aiogram.client.telegram import TelegramAPIServer

    seen, url = telegram
    module: ModuleType = load("telegram_bot")
    module.TelegramRoom.limits = Limits(seconds=0.02)
    async with Jobs(client, store=FileStore(tmp_path / "jobs")) as jobs:
        dispatcher = module.dispatcher(FilmBot(jobs))
        session = AiohttpSession(api=TelegramAPIServer.from_base(url))
        polling = asyncio.create_task(
            dispatcher.start_polling(aiogram.Bot(TOKEN, session=session), handle_signals=False)
        )
        yield seen
        await dispatcher.stop_polling()
        await polling


async def test_film(bot: Telegram) -> None:
    """A prompt becomes a film in the chat, its progress edits of one message."""
    bot.hear("/film a fox in the snow")
    await until(lambda: "ready" in bot.texts()[-1] if bot.texts() else False)
    await until(lambda: bot.sent("sendVideo"))
    (film,) = bot.sent("sendVideo")
    assert film["chat_id"] == "7" and film["duration"] == "10"
    assert b"fox" in next(value for value in film.values() if isinstance(value, bytes))
    assert len(bot.sent("sendMessage")) == 1
    assert {edit["message_id"] for edit in bot.sent("editMessageText")} == {"1"}


async def test_photo(bot: Telegram, emulator: Emulator) -> None:
    """A photo is uploaded in its largest size, and its caption is what is said."""
    bot.file = picture("jpeg")[1]
    sizes = [
        {"file_id": size, "file_unique_id": size, "width": 9, "height": 9}
        for size in ("small", "large")
    ]
    bot.hear(photo=sizes, caption="make a film of this photo")
    await until(lambda: bot.sent("sendVideo"))
    assert [form["file_id"] for form in bot.sent("getFile")] == ["large"]
    (session,) = emulator.sessions.values()
    assert len(session.uploads) == 1


async def test_a_file_that_is_too_large(bot: Telegram) -> None:
    """A file that Telegram does not give to bots is answered with the limit."""
    document = {"file_id": "f", "file_unique_id": "u", "file_name": "a.mov", "file_size": 10**8}
    bot.hear(document=document)
    await until(lambda: "20 MB" in bot.texts()[-1] if bot.texts() else False)


async def test_refused_edits(bot: Telegram) -> None:
    """Edits that Telegram refuses do not end the film."""
    bot.refused["editMessageText"] = 400
    bot.hear("/film a fox")
    await until(lambda: bot.sent("sendVideo"))


async def test_long_words(bot: Telegram) -> None:
    """Words that are too long for Telegram are cut."""
    bot.hear("/film " + "a fox and " * 380 + "a hare")
    bot.hear("/status")
    await until(lambda: bot.sent("sendVideo"))
    assert all(len(text) <= 4096 for text in bot.texts())


@pytest.mark.parametrize("status", [400, 403, 413])
async def test_refused_films(bot: Telegram, emulator: Emulator, status: int) -> None:
    """Where a bot may send no videos, or not this one, its address comes."""
    bot.refused["sendVideo"] = status
    bot.hear("/film a fox")
    await until(lambda: any(emulator.films_url in text for text in bot.texts()))
    assert not bot.sent("sendVideo")


GROUP = {"id": -7, "type": "group", "title": "Films"}
FILMS = {"id": 42, "is_bot": True, "first_name": "Films", "username": "films_bot"}
SAID = {"message_id": 1, "date": 1, "chat": GROUP, "text": "One moment…"}


async def test_groups(bot: Telegram, emulator: Emulator) -> None:
    """In a group the bot hears what is said to it, and not what people say to each other."""
    bot.hear("did you see the film with the fox", chat=GROUP)
    bot.hear("ask @films_bot2 for a fox", chat=GROUP)
    bot.hear("/film@other_bot a fox", chat=GROUP)
    bot.hear("/credits", chat=GROUP)
    bot.hear("/credits@films_bot", chat=GROUP)
    bot.hear("credits", chat=GROUP, reply_to_message={**SAID, "from": FILMS})
    bot.hear("@Films_Bot credits", chat=GROUP)
    await until(lambda: bot.texts() == ["10000 credits are left."] * 4)
    assert {form["chat_id"] for form in bot.sent("sendMessage")} == {"-7"}
    assert not emulator.calls_of("run_sse")


async def test_pictures_in_a_group(bot: Telegram, emulator: Emulator) -> None:
    """A picture that people show each other is not fetched; one for the bot is."""
    bot.file = picture("jpeg")[1]
    size = [{"file_id": "f", "file_unique_id": "u", "width": 9, "height": 9}]
    bot.hear(photo=size, caption="look, a fox", chat=GROUP)
    bot.hear(photo=size, chat=GROUP)
    bot.hear(photo=size, caption="@films_bot make a film of this photo", chat=GROUP)
    await until(lambda: bot.sent("sendVideo"))
    assert len(bot.sent("getFile")) == 1
    (call,) = emulator.calls_of("run_sse")
    assert call.body["new_message"]["parts"] == [{"text": "make a film of this photo"}]


async def test_sound_without_a_name(bot: Telegram, emulator: Emulator) -> None:
    """Music that has no name is taken for what it is."""
    bot.file = sound()
    bot.hear(audio={"file_id": "f", "file_unique_id": "u", "duration": 1})
    await until(lambda: bot.texts() and "wav" in bot.texts()[0])
    (session,) = emulator.sessions.values()
    assert len(session.uploads) == 1


async def test_a_file_that_does_not_come(bot: Telegram) -> None:
    """Where Telegram fails to give a file, the person is told."""
    bot.file_status = 502
    bot.hear(document={"file_id": "f", "file_unique_id": "u", "file_name": "a.mov"})
    await until(lambda: "Send it again" in bot.texts()[-1] if bot.texts() else False)


@pytest.mark.parametrize("method", ["sendMessage", "sendVideo"])
async def test_too_many_messages(bot: Telegram, method: str) -> None:
    """A message or a film that was one too many is sent again when Telegram says."""
    bot.busy.append(method)
    bot.hear("/film a fox")
    await until(lambda: bot.sent("sendVideo"))
    assert not bot.busy


async def test_menu_and_action(bot: Telegram) -> None:
    """The commands are in the menu, and people see that a film is being sent."""
    bot.hear("/film a fox")
    await until(lambda: bot.sent("sendVideo"))
    assert "Make a new film" in bot.sent("setMyCommands")[0]["commands"]
    assert {form["action"] for form in bot.sent("sendChatAction")} == {"upload_video"}


async def test_delivered_twice(bot: Telegram, emulator: Emulator) -> None:
    """A message that Telegram delivers twice is one film."""
    for _ in range(2):
        bot.hear("/film a fox", message_id=5)
    bot.hear("/status")
    await until(lambda: bot.sent("sendVideo") and len(bot.updates) == 3)
    assert len(emulator.charges) == 1


async def test_topics(bot: Telegram, emulator: Emulator) -> None:
    """Each topic of a group has a film of its own, and is answered there, to who asked."""
    for topic in (12, 13):
        said: dict[str, Any] = {
            "chat": {**GROUP, "type": "supergroup", "is_forum": True},
            "is_topic_message": True,
        }
        bot.hear("/film@films_bot a fox", message_thread_id=topic, message_id=topic + 50, **said)
    await until(lambda: len(bot.sent("sendVideo")) == 2)
    assert {form["message_thread_id"] for form in bot.sent("sendVideo")} == {"12", "13"}
    assert len(emulator.sessions) == 2
    answered = [form["reply_parameters"] for form in bot.sent("sendMessage")]
    assert all('"message_id":6' in one.replace(" ", "") for one in answered)


async def test_a_group_becomes_a_supergroup(bot: Telegram, emulator: Emulator) -> None:
    """The film of a group goes on in the supergroup that it becomes."""
    bot.hear("/film a fox")
    await until(lambda: bot.sent("sendVideo"))
    bot.moved.add("7")
    bot.hear(migrate_to_chat_id=8)
    bot.hear("/export", chat={**GROUP, "id": 8})
    await until(lambda: len(bot.sent("sendVideo")) == 2)
    assert bot.sent("sendVideo")[1]["chat_id"] == "8" and len(emulator.sessions) == 1


async def test_what_is_said_while_a_group_moves(bot: Telegram) -> None:
    """What comes before the news of the move finds the new group too."""
    bot.moved.add("7")
    bot.hear("/film a fox")
    await until(lambda: bot.sent("sendVideo"))
    assert bot.sent("sendVideo")[0]["chat_id"] == "8"


async def test_channel_posts(bot: Telegram) -> None:
    """In a channel, where nobody is the author, a command is heard."""
    channel = {"id": -9, "type": "channel", "title": "News"}
    bot.hear("/film@films_bot a fox", "channel_post", chat=channel, **{"from": None})
    await until(lambda: bot.sent("sendVideo"))
    assert bot.sent("sendVideo")[0]["chat_id"] == "-9"
