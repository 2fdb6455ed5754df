"""A chat bot that makes films: all of it but the chat system that it is plugged into.

The bot is given its client. That is what makes it testable: the program gives it a plain
`NemoClient()`, a test gives it one that speaks to the emulator.
"""

from nemo_sdk import (
    Credits,
    InsufficientCreditsError,
    NemoClient,
    NemoError,
    Render,
    Reply,
    Session,
    State,
    Upload,
)


class FilmBot:
    """Answers people's messages; each chat has a film of its own in the making."""

    def __init__(self, client: NemoClient) -> None:
        self._client = client
        self._sessions: dict[str, Session] = {}

    async def answer(self, chat: str, text: str) -> str:
        """Return what the bot says to one message of a chat."""
        try:
            session = await self._session_of(chat, text)
            return await _told(await session.handle(text))
        except InsufficientCreditsError as error:
            return f"No credits are left. Please register: {error.register_url}"
        except (NemoError, ValueError) as error:
            return f"That did not work. {error}"

    async def _session_of(self, chat: str, text: str) -> Session:
        if chat not in self._sessions:
            self._sessions[chat] = await self._client.create_session(text=text)
        return self._sessions[chat]


async def _told(result: Render | Credits | State | Upload | Reply) -> str:
    match result:
        case Render():
            video = await result.wait()
            return f"Your film: {video.url}"
        case Credits(available):
            return f"{available:g} credits are left."
        case State(timeline=timeline):
            return timeline.summary()
        case Upload(files):
            return f"Got {len(files)} files."
        case Reply(text):
            return text
