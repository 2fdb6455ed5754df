"""What the service is known to have sent, ready-made: events for scripts, answers for faults.

```python
emulator.script(wire.confirmation("Spend 100 credits?"), charge="answer")
emulator.script(wire.text("Here it is."), wire.old_crash('the "renderer" is gone'))
emulator.faults.answer("submit_render", **wire.refusal(402, "not on the free plan"))
```
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ._dialects import HEARTBEATS as HEARTBEATS  # noqa: PLC0414 - part of this module's names
from ._envelopes import Envelopes, RefusedError, Shapes

Event = dict[str, Any]
NOISE = "I encountered a temporary issue"
"""What sometimes trails a normal answer."""


def text(words: str, *, partial: bool = False, **more: Any) -> Event:
    """Return an event in which the agent says something; `more` are further keys of it."""
    said = {"partial": True, **more} if partial else more
    return event({"text": words}, **said)


def thought(words: str) -> Event:
    """Return an event in which the model thinks."""
    return event({"text": words, "thought": True})


def tool_call(name: str, args: Mapping[str, Any] | None = None, *, id: str = "adk-1") -> Event:
    """Return an event in which a tool is called."""
    return event({"functionCall": {"id": id, "name": name, "args": dict(args or {})}})


def tool_result(name: str, response: Any = None, *, id: str = "adk-1") -> Event:
    """Return an event in which a tool answers."""
    answer = {"status": "success"} if response is None else response
    return event({"functionResponse": {"id": id, "name": name, "response": answer}}, role="user")


def server_tool(name: str, args: Mapping[str, Any], response: Any) -> list[Event]:
    """Return a tool that ran on the model's side: ADK 2.13's `toolCall` and `toolResponse`."""
    call = {"id": "srv-1", "toolType": name, "args": dict(args)}
    result = {"id": "srv-1", "toolType": name, "response": response}
    return [event({"toolCall": call}), event({"toolResponse": result})]


def output(value: Any) -> Event:
    """Return an event that has nothing but `output`, the reply of a node of ADK 2.13."""
    return {**_frame(), "output": value, "nodeInfo": {"path": "nemo_agent/reply"}}


def question(words: str, options: Sequence[str] = ()) -> Event:
    """Return a question to the user as a tool call and no text; `emulator.agent.asks` does more."""
    args = {"question": words, **({"options": [*options]} if options else {})}
    return _waiting("ask_question", args)


def confirmation(hint: str, tool: str = "generate_video") -> Event:
    """Return ADK's question whether a tool may run."""
    call = {"id": "adk-1", "name": tool, "args": {}}
    confirm = {"hint": hint, "confirmed": False}
    args = {"originalFunctionCall": call, "toolConfirmation": confirm}
    return _waiting("adk_request_confirmation", args)


def awaiting_input(words: str) -> Event:
    """Return a tool call that waits for what the user says."""
    return _waiting("awaiting_input", {"question": words})


def artifacts(words: str, name: str = "film.mp4") -> list[Event]:
    """Return an event with artifacts, which ADK sends in two: what it says, what it made."""
    said = text(words)
    made = {key: value for key, value in said.items() if key != "content"}
    return [said, {**made, "actions": {"stateDelta": {}, "artifactDelta": {name: 0}}}]


def failed(code: str = "INTERNAL", message: str = "the model failed") -> Event:
    """Return an event that ends a turn in failure."""
    return {**_frame(), "errorCode": code, "errorMessage": message}


def crash(message: str = "the agent crashed", details: Any = None) -> Event:
    """Return ADK's crash frame; newer ones have `error_details`."""
    return {"error": message} | ({} if details is None else {"error_details": details})


def old_crash(message: str) -> bytes:
    """Return the crash frame of ADK up to 1.18, which escapes nothing: it may be no JSON."""
    return b'data: {"error": "' + message.encode() + b'"}\n\n'


def event(part: Mapping[str, Any], *, role: str = "model", **more: Any) -> Event:
    """Return an ADK event of one part; `more` are further keys of it."""
    return {"content": {"role": role, "parts": [dict(part)]}, **_frame(), **more}


def refusal(
    code: int | str, message: Any = "no", *, shape: Shapes = "A", status: int | None = None
) -> dict[str, Any]:
    """Return a refusal, for `faults.answer(endpoint, **refusal(1010))`.

    Args:
        code: The service's code, or an HTTP status.
        message: The words, or an object or a list in their place.
        shape: The wrapping.
        status: The HTTP status; None: the one that comes with the code in this wrapping.
    """
    answer = Envelopes(shape).refusal(RefusedError(int(code), ""))
    body = json.loads(answer.body if isinstance(answer.body, bytes) else b"{}")
    words = {"A": "message", "B": "error", "C": "detail"}[shape]
    told = body | {words: message} | ({"code": code} if "code" in body else {})
    usual = answer.status if 200 <= answer.status < 600 else 200
    return _answer(told, usual if status is None else status)


def errors(*messages: Any, status: int = 400) -> dict[str, Any]:
    """Return a refusal whose reasons are a list under `errors`."""
    return _answer({"success": False, "errors": [*messages]}, status)


def fail_reason(reason: Any, *, status: int = 200) -> dict[str, Any]:
    """Return a refusal that says why under `failReason`."""
    return _answer({"success": False, "failReason": reason}, status)


def render(state: str, **more: Any) -> dict[str, Any]:
    """Return a render's status, such as `completed` without a film's address.

    Args:
        state: The status.
        more: What else is known: `progress`, `output`, `error`, which may be an object.
    """
    return _answer({"taskId": "render", "status": state, "progress": 1.0, **more}, 200)


def _waiting(name: str, args: Mapping[str, Any]) -> Event:
    call = {"id": "adk-1", "name": name, "args": dict(args)}
    return event({"functionCall": call}, longRunningToolIds=["adk-1"])


def _frame() -> Event:
    return {"author": "nemo_agent", "invocationId": "e-1", "id": "1", "timestamp": 1.0}


def _answer(body: Mapping[str, Any], status: int) -> dict[str, Any]:
    return {
        "status": status,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps(body, ensure_ascii=False).encode(),
    }
