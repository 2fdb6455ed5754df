"""Everything that the page shows, at one moment, as JSON has it. No token is part of it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from attrs import asdict, frozen

from nemo_sdk.emulator._faults import Faults
from nemo_sdk.emulator._journal import Line
from nemo_sdk.emulator._options import Options
from nemo_sdk.emulator._records import Call
from nemo_sdk.emulator._renders import Render
from nemo_sdk.emulator._service import Service
from nemo_sdk.emulator._sessions import Session

from ._strips import strips

_SESSIONS = 30
_ROWS = 100


@frozen
class Shown:
    """What there is to show."""

    options: Options
    service: Service
    calls: list[Call]
    faults: Faults

    def now(self) -> dict[str, Any]:
        """Return the state of everything, the newest first."""
        charges, renders = self.service.accounts.charges, self.service.renders.by_id.values()
        sessions = list(self.service.sessions.by_id.values())
        return {
            "options": self._options(),
            "users": [self._user(account) for account in self.service.accounts.all()],
            "sessions": self._sessions(sessions[: -_SESSIONS - 1 : -1]),
            "session_count": len(sessions),
            "charges": [_dated(asdict(charge)) for charge in charges[: -_ROWS - 1 : -1]],
            "charge_count": len(charges),
            "film_count": sum(render.path is not None for render in renders),
            "charged": sum(charge.credits for charge in charges),
            "calls": [_call(call) for call in self.calls[: -_ROWS - 1 : -1]],
            "call_counts": dict(Counter(call.endpoint for call in self.calls)),
            "faults_fired": len(self.faults.fired),
        }

    def _options(self) -> dict[str, Any]:
        names = ("speed", "seed", "shapes", "stream", "generation_cost", "edit_cost")
        return {name: getattr(self.options, name) for name in names}

    def _user(self, account: Any) -> dict[str, Any]:
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
            "uploads": [str(file["filename"]) for file in session.uploads.values()],
            "tracks": strips(session.draft),
            "films": films,
        }


def lines(entries: Iterable[Line], after: int) -> list[dict[str, Any]]:
    """Return the journal's lines that are newer than a number."""
    return [_dated(asdict(line)) for line in entries if line.number > after]


def _film(number: int, render: Render) -> dict[str, Any]:
    names = ("id", "container", "status", "progress", "error", "duration", "size")
    return {"number": number, **{name: getattr(render, name) for name in names}}


def _call(call: Call) -> dict[str, Any]:
    path = call.path.partition("?")[0]
    return {
        "endpoint": call.endpoint,
        "method": call.method,
        "path": path,
        "status": call.status,
        "at": call.at.isoformat(),
    }


def _dated(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {**fields, "at": fields["at"].isoformat()}
