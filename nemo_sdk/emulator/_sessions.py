"""Sessions: what the service keeps between two messages."""

import asyncio
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import define, field

from ._accounts import Account
from ._envelopes import RefusedError
from ._history import History

_ID_DIGITS = 16


@define(eq=False)
class Session:
    """One conversation and its film in the making.

    Attributes:
        id: Digits.
        task_id: Digits, another number.
        account: Whose it is.
        task_name: As the caller named it.
        language: As the caller gave it.
        state: `draft`, `video_infos`, `generated_media`, `canvas_config`,
            `video_analyses`; those that there are.
        uploads: What the service knows of each uploaded file, under its media id.
        media: Where the uploaded files are, under the same ids.
        ordinal: Its place among the emulator's sessions.
        turns: Messages so far.
        history: The drafts before this one.
        asked: The wish that the agent's question holds up, None where it asked nothing.
    """

    id: str
    task_id: str
    account: Account
    task_name: str = "project"
    language: str = "en"
    state: dict[str, Any] = field(factory=dict)
    uploads: dict[str, dict[str, Any]] = field(factory=dict)
    media: dict[str, Path] = field(factory=dict)
    ordinal: int = 0
    turns: int = 0
    history: History = field(factory=History, repr=False)
    asked: str | None = None
    busy: asyncio.Lock = field(factory=asyncio.Lock, repr=False)

    @property
    def draft(self) -> dict[str, Any] | None:
        """The draft, None while there is none."""
        draft: dict[str, Any] | None = self.state.get("draft")
        return draft

    def change(self, changes: Mapping[str, Any]) -> None:
        """Take over changed keys of the state."""
        self.state.update(changes)

    def shown(self) -> dict[str, Any]:
        """Return the session as the state endpoint shows it."""
        return {
            "session_id": self.id,
            "task_id": self.task_id,
            "task_name": self.task_name,
            "user_id": self.account.user_id,
            "state": self.state,
        }


@define(eq=False)
class Sessions:
    """All sessions of one emulator, under their ids."""

    rng: random.Random
    canvas: Mapping[str, Any]
    by_id: dict[str, Session] = field(factory=dict)

    def create(self, account: Account, task_name: str, language: str) -> Session:
        """Begins a session."""
        session = Session(self._digits(), self._digits(), account, task_name, language)
        session.ordinal = len(self.by_id)
        session.state.update(
            draft=None, video_infos=None, generated_media=[], canvas_config=dict(self.canvas)
        )
        self.by_id[session.id] = session
        return session

    def find(self, session_id: str, account: Account) -> Session:
        """Return a user's session, or refuse with 1002."""
        session = self.by_id.get(session_id)
        if session is None or session.account is not account:
            raise RefusedError(1002, f"Session not found: {session_id}")
        return session

    def of_task(self, task_id: str, session_id: str, account: Account) -> Session:
        """Return a user's session, or refuse with 1002 where the task is another's."""
        session = self.find(session_id, account)
        if session.task_id != task_id:
            raise RefusedError(1002, f"Task not found: {task_id}")
        return session

    def _digits(self) -> str:
        return str(self.rng.randrange(10 ** (_ID_DIGITS - 1), 10**_ID_DIGITS))
