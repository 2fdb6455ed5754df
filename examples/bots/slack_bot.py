"""A Slack bot: people say what they want to see, and the film comes into the channel.

SLACK_BOT_TOKEN=xoxb-... SLACK_APP_TOKEN=xapp-... NEMO_TOKEN=... python examples/bots/slack_bot.py

It needs slack-bolt, and keeps what it knows in the folder films. It hears direct messages, mentions
and commands; each thread is a conversation of its own. The app needs socket mode, the scopes
app_mentions:read chat:write commands files:read files:write im:history, the events app_mention
and message.im, and the commands of nemo_sdk.bots.COMMANDS.
"""

import asyncio
import contextlib
import html
import logging
import os
import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from nemo_sdk import NemoClient, Video
from nemo_sdk.bots import COMMANDS, Fetch, FilmBot, Limits, Note, SlowDown, film_file, place_for
from nemo_sdk.jobs import FileStore, Jobs

_plain = partial(html.escape, quote=False)  # so that no text calls people, as <!channel> does
PATIENCE = 300  # seconds for a film to get through


class SlackRoom:
    """A channel, a direct conversation or a thread on Slack: "C7", "C7/1512085950.000216"."""

    # Slack takes about 50 a minute in a workspace; slack-sdk holds all of a film in memory.
    limits = Limits(letters=3000, bytes=50_000_000, seconds=3)

    def __init__(self, client: AsyncWebClient, key: str) -> None:
        self.key = key
        self._client = client
        channel, _, thread = key.partition("/")
        self._to: dict[str, Any] = {"channel": channel, "thread_ts": thread or None}

    async def say(self, text: str) -> Note:
        """Send a message."""
        with _obeying():
            sent = await self._client.chat_postMessage(**self._to, text=_plain(text))
        return partial(self._edit, str(sent["ts"]))

    async def show(self, video: Video) -> None:
        """Send a film."""
        async with film_file(video, self.limits) as path:
            with _obeying():
                await self._client.files_upload_v2(**self._to, file=str(path), filename=path.name)

    async def _edit(self, ts: str, text: str) -> bool:
        with _obeying():
            await self._client.chat_update(channel=self._to["channel"], ts=ts, text=_plain(text))
        return True


@contextlib.contextmanager
def _obeying() -> Iterator[None]:
    try:
        yield
    except SlackApiError as error:
        if error.response.status_code != 429:
            raise
        raise SlowDown(float(error.response.headers.get("Retry-After", 30))) from error


def fetch_of(client: AsyncWebClient, sent: Sequence[dict[str, Any]]) -> Fetch | None:
    """Return what fetches the files that came with a message."""

    async def fetch(folder: Path) -> list[Path]:
        if sum(file.get("size") or 0 for file in sent) > 50_000_000:
            raise ValueError("I take files of up to 50 MB in all.")
        async with aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {client.token}"}
        ) as http:
            return [await _load(http, file, client.base_url, folder) for file in sent]

    return fetch if sent else None


async def _load(http: aiohttp.ClientSession, file: dict[str, Any], api: str, folder: Path) -> Path:
    """Load a file; Slack gives it to who has the bot's token."""
    url = URL(file.get("url_private_download") or "")
    if not _may_have_token(url, api):
        raise LookupError("Slack does not say where the file is.")
    path = await place_for(str(file.get("name") or ""), folder)
    async with http.get(url, allow_redirects=False) as answer:
        if answer.status != 200:  # a redirect would show the token to others
            raise LookupError(f"Slack answers {answer.status}.")
        await asyncio.to_thread(path.write_bytes, await answer.read())
    return path


def _may_have_token(url: URL, api: str) -> bool:
    """Whether an address is Slack's own: others must not see the bot's token."""
    of_slack = url.scheme == "https" and (url.host or "").endswith(".slack.com")
    return of_slack or (url.is_absolute() and url.origin() == URL(api).origin())


def listen(app: AsyncApp, films: FilmBot) -> None:
    """Have a bot hear an app's messages and commands."""

    @app.event("app_mention")
    @app.event("message")
    async def hear(event: dict[str, Any], client: AsyncWebClient) -> None:
        direct = event.get("channel_type") == "im" or event["type"] == "app_mention"
        if not direct or event.get("subtype") not in {None, "file_share"} or "bot_id" in event:
            return
        words = html.unescape(re.sub(r"<@\w+>", "", event.get("text", "")))
        room = SlackRoom(client, "/".join(filter(None, (event["channel"], event.get("thread_ts")))))
        files = fetch_of(client, event.get("files", ()))
        await films.hear(room, event["user"], words, files, id=event["ts"])

    @app.command(re.compile("/({})".format("|".join(COMMANDS))))
    async def obey(ack: AsyncAck, command: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        room, person = SlackRoom(client, command["channel_id"]), command["user_id"]
        words, said = f"{command['command']} {command['text']}", command.get("trigger_id")
        await films.hear(room, person, words, id=said)


async def main() -> None:
    """Listen until Ctrl-C; what is being made then is gone on with at the next start."""
    logging.basicConfig(level=logging.INFO)
    app = AsyncApp(client=AsyncWebClient(os.environ["SLACK_BOT_TOKEN"], timeout=PATIENCE))
    async with NemoClient() as client, Jobs(client, store=FileStore("films")) as jobs:
        films = FilmBot(jobs)
        listen(app, films)
        await films.go_on(partial(SlackRoom, app.client))
        handler = AsyncSocketModeHandler(app, os.environ["SLACK_APP_TOKEN"])
        try:
            await handler.start_async()  # type: ignore[no-untyped-call]  # slack-bolt leaves it so
        finally:
            await films.aclose()
            await handler.close_async()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
