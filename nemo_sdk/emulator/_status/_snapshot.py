"""Everything that the page shows, at one moment, as JSON has it. No token is part of it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from attrs import asdict, frozen

from nemo_sdk.emulator._accounts import Account
from nemo_sdk.emulator._answers import ENDPOINTS
from nemo_sdk.emulator._faults import Faults
from nemo_sdk.emulator._journal import Line
from nemo_sdk.emulator._options import Options
from nemo_sdk.emulator._records import Call
from nemo_sdk.emulator._renders import Render
from nemo_sdk.emulator._service import Service
from nemo_sdk.emulator._sessions import Session

from ._breaks import BREAKS
from ._calls import cuts, row
from ._strips import strips

_SESSIONS = 30
_ROWS = 100
_TALK = 20
_LONGEST_SEARCH = 200


@frozen
class Shown:
    """What there is to show."""

    options: Options
    service: Service
    calls: list[Call]
    faults: Faults

    def now(self, search: str = "") -> dict[str, Any]:
        """Return the state of everything, the newest first.

        Args:
            search: Words that the sessions have to have, in what they are or in what was said.
        """
        charges, renders = self.service.accounts.charges, self.service.renders.by_id.values()
        sessions = list(self.service.sessions.by_id.values())
        words = search[:_LONGEST_SEARCH].casefold().split()
        found = [session for session in sessions if self._has(session, words)]
        return {
            "options": self._options(),
            "users": [self._user(account) for account in self.service.accounts.all()],
            "sessions": self._sessions(found[: -_SESSIONS - 1 : -1]),
            "session_count": len(sessions),
            "found_count": len(found),
            "charges": [_dated(asdict(charge)) for charge in charges[: -_ROWS - 1 : -1]],
            "charge_count": len(charges),
            "film_count": sum(render.path is not None for render in renders),
            "charged": sum(charge.credits for charge in charges),
            "calls": self._calls(),
            "call_counts": dict(Counter(call.endpoint for call in self.calls)),
            "faults_fired": len(self.faults.fired),
            "waiting": [f"{fault.kind} of {fault.endpoint}" for fault in self.faults.waiting],
            "cuts": cuts(self.calls, charges),
        }

    def talk(self, session_id: str) -> list[dict[str, Any]]:
        """Return what was said and done in a session, as far as it is remembered."""
        journal = self.service.journal
        return lines(journal.talks[session_id], -1) if session_id in journal.talks else []

    def _calls(self) -> list[dict[str, Any]]:
        newest = range(len(self.calls) - 1, max(-1, len(self.calls) - 1 - _ROWS), -1)
        return [row(number, self.calls[number]) for number in newest]

    def _has(self, session: Session, words: list[str]) -> bool:
        if not words:
            return True
        told = [session.id, session.task_name, session.account.user_id, *_uploads(session)]
        told += [line["text"] for line in self.talk(session.id)]
        text = " ".join(told).casefold()
        return all(word in text for word in words)

    def _options(self) -> dict[str, Any]:
        names = ("speed", "seed", "shapes", "stream", "generation_cost", "edit_cost")
        chosen = {name: getattr(self.options, name) for name in names}
        return {**chosen, "endpoints": ENDPOINTS, "breaks": list(BREAKS.items())}

    def _user(self, account: Account) -> dict[str, Any]:
        return {"user_id": account.user_id, **account.balance()}

    def _sessions(self, sessions: list[Session]) -> list[dict[str, Any]]:
        films: dict[str, list[dict[str, Any]]] = {session.id: [] for session in sessions}
        for number, render in enumerate(self.service.renders.by_id.values()):
            if render.session.id in films:
                films[render.session.id].append(_film(number, render))
        return [self._session(session, films[session.id]) for session in sessions]

    def _session(self, session: Session, films: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "id": session.id,
            "task_name": session.task_name[:_ROWS],
            "user_id": session.account.user_id,
            "working": session.busy.locked(),
            "turns": session.turns,
            "uploads": _uploads(session),
            "talk": self.talk(session.id)[-_TALK:],
            "talk_count": len(self.talk(session.id)),
            "tracks": strips(session.draft),
            "films": films,
        }


def lines(entries: Iterable[Line], after: int) -> list[dict[str, Any]]:
    """Return the journal's lines that are newer than a number."""
    return [_dated(asdict(line)) for line in entries if line.number > after]


def _uploads(session: Session) -> list[str]:
    return [str(file["filename"]) for file in session.uploads.values()]


def _film(number: int, render: Render) -> dict[str, Any]:
    names = ("id", "container", "status", "progress", "error", "duration", "size")
    return {"number": number, **{name: getattr(render, name) for name in names}}


def _dated(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {**fields, "at": fields["at"].isoformat()}
