"""Calls as the page shows them: a row each, and one of them opened."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import asdict

from nemo_sdk.emulator._delivery import BREAKS
from nemo_sdk.emulator._envelopes import opened
from nemo_sdk.emulator._records import Call, Charge

_SECRETS = re.compile(r"\b(?:nmv_\w+?|clm)_[0-9A-Za-z]+|(?<=\?)[^\"\s]*Signature=[^\"\s]*")
_LONGEST_BODY = 20_000
_CUTS = 10


def row(number: int, call: Call) -> dict[str, Any]:
    """Return what a list says of a call."""
    return {
        "number": number,
        "endpoint": call.endpoint,
        "method": call.method,
        "path": call.path.partition("?")[0],
        "status": call.status,
        "refusal": call.refusal,
        "fault": call.fault and call.fault.kind,
        "session_id": call.session_id,
        "at": call.at.isoformat(),
    }


def whole(number: int, call: Call) -> dict[str, Any]:
    """Return all that is known of a call: what was sent, what came back, and what that means."""
    sent = None if isinstance(call.body, bytes) else call.body
    is_json = call.answer[:1] in {b"{", b"["}
    return row(number, call) | {
        "sent": {"headers": _headers(call.headers), "body": _written(sent)},
        "answer": {
            "headers": _headers(call.answer_headers),
            "body": _masked(call.answer.decode("utf-8", "replace")),
        },
        "envelope": _envelope(call) if is_json and call.status is not None else None,
    }


def cuts(calls: Sequence[Call], charges: Sequence[Charge]) -> list[dict[str, Any]]:
    """Return the turns that were cut, the newest first, with how often each was charged."""
    turns = [call for call in calls if call.endpoint == "run_sse"]
    broken = [call for call in turns if call.fault is not None and call.fault.kind in BREAKS]
    return [_cut(call, turns, charges) for call in broken[: -_CUTS - 1 : -1]]


def _cut(call: Call, turns: Sequence[Call], charges: Sequence[Charge]) -> dict[str, Any]:
    text = message_of(call.body)
    again = [one for one in turns if one.at >= call.at and one.session_id == call.session_id]
    paid = [one for one in charges if one.at >= call.at and one.session_id == call.session_id]
    paid = [one for one in paid if one.text == text]
    return {
        "at": call.at.isoformat(),
        "session_id": call.session_id,
        "text": text[:200],
        "fault": call.fault and asdict(call.fault, filter=lambda field, _: field.name != "body"),
        "sent": sum(message_of(one.body) == text for one in again),
        "charged": len(paid),
        "credits": sum(one.credits for one in paid),
    }


def message_of(body: Any) -> str:
    """Return the text of a message, whatever a program has sent."""
    message = body.get("new_message") if isinstance(body, dict) else None
    parts = message.get("parts") if isinstance(message, dict) else None
    texts = [part.get("text") for part in parts or () if isinstance(part, dict)]
    return "\n".join(text for text in texts if isinstance(text, str))


def _envelope(call: Call) -> dict[str, Any]:
    told = opened(call.status or 0, call.answer)
    return {**asdict(told, recurse=False), "data": _written(told.data)}


def _headers(headers: Mapping[str, str]) -> dict[str, str]:
    shown = {name: _masked(value) for name, value in headers.items()}
    return {name: "***" if name.lower() == "authorization" else shown[name] for name in shown}


def _written(value: Any) -> str:
    if value is None:
        return ""
    return _masked(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def _masked(text: str) -> str:
    """Return a text without what opens anything."""
    return _SECRETS.sub("***", text)[:_LONGEST_BODY].encode("utf-8", "replace").decode()
