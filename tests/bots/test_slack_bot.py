"""The Slack bot on slack-bolt, against a stand-in of Slack's API."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from attrs import define, field
from waiting import until

from nemo_sdk import NemoClient
from nemo_sdk.bots import WORDS, FilmBot, Limits
from nemo_sdk.emulator import Emulator
from nemo_sdk.jobs import FileStore, Jobs

from .conftest import load, picture

pytest.importorskip("slack_bolt")
NOTHING = WORDS["en"]["nothing_yet"]
TOKEN = "xoxb-secret-of-the-bot"


@define
class Slack:
    """What Slack does for a bot, as far as this one asks."""

    app: Any = None
    url: str = ""
    calls: list[tuple[str, dict[str, Any]]] = field(factory=list)
    uploads: list[bytes] = field(factory=list)
    tokens: list[str | None] = field(factory=list)
    refused: set[str] = field(factory=set)
    busy: list[str] = field(factory=list)
    """Methods of which a call is one too many, once for each time that they are here."""
    said: int = 0
    slow: bool = False
    """Whether files take their time."""

    def texts(self) -> list[str]:
        """Return the messages as they read after their last edit."""
        shown: dict[str, str] = {}
        for method, form in self.calls:
            if method == "chat.postMessage":
                shown[str(len(shown) + 1)] = form["text"]
            elif method == "chat.update":
                shown[form["ts"]] = form["text"]
        return list(shown.values())

    def sent(self, method: str) -> list[dict[str, Any]]:
        """Return the calls of one method."""
        return [form for called, form in self.calls if called == method]

    async def hear(self, text: str, kind: str = "message", **extra: Any) -> None:
        """Have Ann say something in a direct conversation."""
        self.said += 1
        where = {"channel": "D7", "channel_type": "im", "user": "U5", "ts": f"{self.said}.0"}
        event = {"type": kind, **where, "text": text, **extra}
        await self._dispatch({"type": "event_callback", "team_id": "T1", "event": event})

    async def command(self, name: str, text: str = "") -> None:
        """Have Ann give a command."""
        where = {"channel_id": "D7", "user_id": "U5", "team_id": "T1"}
        await self._dispatch({"command": name, "text": text, **where})

    async def _dispatch(self, body: dict[str, Any]) -> None:
        from slack_bolt.request.async_request import AsyncBoltRequest

        answer = await self.app.async_dispatch(AsyncBoltRequest(body=body, mode="socket_mode"))
        assert answer.status == 200

    async def answer(self, request: web.Request) -> web.Response:
        """Answer a call of the API."""
        method = request.match_info["method"]
        form = {**request.query, **(dict(await request.post()) or await _json(request))}
        if method in self.refused:
            return web.json_response({"ok": False, "error": "refused"})
        if method in self.busy:
            self.busy.remove(method)
            headers = {"Retry-After": "0"}
            refused = {"ok": False, "error": "ratelimited"}
            return web.json_response(refused, status=429, headers=headers)
        self.calls.append((method, form))
        return web.json_response({"ok": True, **self._result(method)})

    async def take(self, request: web.Request) -> web.Response:
        """Take a file that is uploaded."""
        self.uploads.append(await request.read())
        return web.Response(text="OK")

    async def give(self, request: web.Request) -> web.Response:
        """Give a file away to who has the token."""
        self.tokens.append(request.headers.get("Authorization"))
        if self.slow:
            await asyncio.sleep(1)
        return web.Response(body=picture()[1])

    def _result(self, method: str) -> dict[str, Any]:
        match method:
            case "auth.test":
                return {"user_id": "U42", "bot_id": "B42", "team_id": "T1", "url": self.url}
            case "chat.postMessage":
                return {"ts": str(len(self.sent("chat.postMessage")))}
            case "files.getUploadURLExternal":
                return {"upload_url": f"{self.url}upload", "file_id": "F1"}
            case "files.completeUploadExternal":
                return {"files": [{"id": "F1"}]}
            case _:
                return {}


async def _json(request: web.Request) -> dict[str, Any]:
    return dict(await request.json()) if request.can_read_body else {}


@pytest.fixture
async def slack(client: NemoClient, tmp_path: Path) -> AsyncIterator[Slack]:
    """The bot and the stand-in on a real socket."""
    from slack_bolt.async_app import AsyncApp
    from slack_sdk.web.async_client import AsyncWebClient

    seen = Slack()
    routes = web.Application(client_max_size=10_000_000)
    routes.router.add_post("/api/{method}", seen.answer)
    routes.router.add_post("/upload", seen.take)
    routes.router.add_get("/files/{name}", seen.give)
    async with TestServer(routes) as server:
        seen.url = str(server.make_url("/"))
        module = load("slack_bot")
        api = AsyncWebClient(token=TOKEN, base_url=f"{seen.url}api/")
        seen.app = AsyncApp(client=api, signing_secret="secret")
        module.SlackRoom.limits = Limits(letters=3000, seconds=0.02)
        async with Jobs(client, store=FileStore(tmp_path / "jobs")) as jobs:
            films = FilmBot(jobs)
            module.listen(seen.app, films)
            yield seen
            await films.aclose()


async def test_film(slack: Slack) -> None:
    """A command makes a film in the conversation, its progress edits of one message."""
    await slack.command("/film", "a fox in the snow")
    await until(lambda: slack.sent("files.completeUploadExternal"))
    assert b"fox" in slack.uploads[0]
    assert len(slack.sent("chat.postMessage")) == 1
    await until(lambda: "ready" in slack.texts()[0])


async def test_plain_words(slack: Slack) -> None:
    """A direct message is heard as it was written, and mentions are none of the words."""
    await slack.hear("<@U42> a fox &amp; a hare")
    await until(lambda: slack.uploads)
    assert any("fox &amp; a hare" in text.lower() for text in slack.texts())


async def test_files(slack: Slack, emulator: Emulator) -> None:
    """A file is fetched from Slack with the bot's token, and uploaded."""
    file = {"name": "cat.png", "url_private_download": f"{slack.url}files/cat.png", "size": 99}
    await slack.hear("", subtype="file_share", files=[file])
    await until(lambda: slack.texts() and "cat.png" in slack.texts()[0])
    assert slack.tokens == [f"Bearer {TOKEN}"]
    assert len(emulator.calls_of("upload")) == 1


async def test_large_files(slack: Slack, emulator: Emulator) -> None:
    """A file that is too large is not fetched."""
    file = {"name": "cat.png", "url_private_download": f"{slack.url}files/cat.png", "size": 1e9}
    await slack.hear("", subtype="file_share", files=[file])
    await until(slack.texts)
    await until(lambda: "50 MB" in slack.texts()[-1])
    assert not slack.tokens


async def test_credits(slack: Slack) -> None:
    """The balance is told, by a command or in words."""
    await slack.command("/credits")
    await slack.hear("<@U42> credits", kind="app_mention", channel_type="channel")
    await until(lambda: slack.texts() == ["10000 credits are left."] * 2)


@pytest.mark.parametrize(
    "extra",
    [{"channel_type": "channel"}, {"bot_id": "B9"}, {"subtype": "message_changed"}],
    ids=["said to others", "said by a bot", "an edit"],
)
async def test_not_meant(slack: Slack, extra: dict[str, Any]) -> None:
    """What is not said to the bot by a person is not heard."""
    await slack.hear("a fox", **extra)
    await slack.command("/status")
    await until(slack.texts)
    assert slack.texts() == [NOTHING]
    assert not slack.uploads


async def test_refused_edits(slack: Slack) -> None:
    """Edits that Slack refuses do not end the film."""
    slack.refused.add("chat.update")
    await slack.command("/film", "a fox")
    await until(lambda: slack.uploads)


async def test_nobody_is_called(slack: Slack) -> None:
    """Words that call a whole channel do so neither in a message nor in an edit."""
    words = "&lt;!channel&gt; " + "a fox " * 30
    await slack.hear(f"/film {words}")
    await slack.hear(f"{words} again")
    await until(lambda: slack.uploads and "stand-in" in slack.texts()[1])
    texts = [form["text"] for _, form in slack.calls if "text" in form]
    assert texts and not any("<" in text for text in texts)


async def test_edits_call_nobody() -> None:
    """Both ways of saying something are made plain."""
    module = load("slack_bot")
    said: list[str] = []

    class Client:
        async def chat_postMessage(self, *, text: str, **_: Any) -> dict[str, str]:  # noqa: N802
            said.append(text)
            return {"ts": "1"}

        chat_update = chat_postMessage

    edit = await module.SlackRoom(Client(), "D7").say("<!channel> a & b")
    await edit("<!here>")
    assert said == ["&lt;!channel&gt; a &amp; b", "&lt;!here&gt;"]


@pytest.mark.parametrize("file", [{"file_access": "check_file_info"}, {"name": "cat.png"}])
async def test_files_without_an_address(slack: Slack, file: dict[str, Any]) -> None:
    """A file that Slack does not tell the whole of is asked for again."""
    await slack.hear("", subtype="file_share", files=[{"id": "F1", **file}])
    await until(lambda: slack.texts() and "Send it again" in slack.texts()[-1])


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://files.slack.com/files-pri/T1-F1/cat.png", True),
        ("http://127.0.0.1:80/files/cat.png", True),
        ("http://files.slack.com/cat.png", False),
        ("https://slack.com.evil.example/cat.png", False),
        ("https://evilslack.com/cat.png", False),
        ("http://127.0.0.1:81/cat.png", False),
        ("", False),
    ],
)
def test_who_may_have_the_token(url: str, may: bool) -> None:
    """The bot's token goes to Slack alone."""
    module = load("slack_bot")
    assert module._may_have_token(module.URL(url), "http://127.0.0.1:80/api/") is may


async def test_strange_files(slack: Slack) -> None:
    """A file on another host is not fetched with the bot's token."""
    elsewhere = slack.url.replace("127.0.0.1", "localhost")
    file = {"name": "cat.png", "url_private_download": f"{elsewhere}files/cat.png"}
    await slack.hear("", subtype="file_share", files=[file])
    await until(lambda: slack.texts() and "Send it again" in slack.texts()[-1])
    assert not slack.tokens


async def test_a_file_that_takes_too_long(slack: Slack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a file does not come in time, the person is told."""
    import aiohttp

    slack.slow = True
    short = aiohttp.ClientTimeout(total=0.05)
    monkeypatch.setattr("aiohttp.client.DEFAULT_TIMEOUT", short)
    file = {"name": "cat.png", "url_private_download": f"{slack.url}files/cat.png"}
    await slack.hear("", subtype="file_share", files=[file])
    await until(lambda: slack.texts() and "Send it again" in slack.texts()[-1])


async def test_threads(slack: Slack, emulator: Emulator) -> None:
    """Each thread of a channel has a film of its own, and gets it there."""
    for thread in ("1.5", "2.5"):
        said = {"kind": "app_mention", "channel_type": "channel", "thread_ts": thread}
        await slack.hear("<@U42> a fox in the snow", **said)
    await until(lambda: len(slack.sent("files.completeUploadExternal")) == 2)
    told = {form.get("thread_ts") for form in slack.sent("chat.postMessage")}
    assert told == {"1.5", "2.5"} and len(emulator.sessions) == 2
    sent = {form.get("thread_ts") for form in slack.sent("files.completeUploadExternal")}
    assert sent == {"1.5", "2.5"}


async def test_told_twice(slack: Slack) -> None:
    """What Slack tells twice is done once."""
    await slack.hear("credits", ts="5.0")
    await slack.hear("credits", kind="app_mention", ts="5.0")
    await slack.hear("status", ts="6.0")
    await until(lambda: NOTHING in slack.texts())
    assert slack.texts() == ["10000 credits are left.", NOTHING]


@pytest.mark.parametrize("method", ["chat.postMessage", "files.completeUploadExternal"])
async def test_too_many_messages(slack: Slack, method: str) -> None:
    """A message or a film that was one too many is sent again when Slack says."""
    slack.busy.append(method)
    await slack.command("/film", "a fox")
    await until(lambda: slack.sent("files.completeUploadExternal"))
    assert not slack.busy and len(slack.texts()) == 1


async def test_main(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The bot gives films time to get through, and closes its socket at the end."""
    module = load("slack_bot")
    seen: list[Any] = []

    class Handler:
        def __init__(self, app: Any, token: str) -> None:
            seen.append(app.client.timeout)

        async def start_async(self) -> None:
            raise KeyboardInterrupt

        async def close_async(self) -> None:
            seen.append("closed")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SLACK_BOT_TOKEN", TOKEN)
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-1")
    monkeypatch.setattr(module, "AsyncSocketModeHandler", Handler)
    with pytest.raises(KeyboardInterrupt):
        await module.main()
    assert seen == [300, "closed"]
