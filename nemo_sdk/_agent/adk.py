"""What the agent's stream means: server-sent events to ours. No I/O.

The service's agent runs on Google's Agent Development Kit, so an event is one of its `Event`s as
JSON; an earlier, flat shape is read as well, and both in camelCase or snake_case.
"""

import re
from collections import defaultdict
from typing import Any

from aiohttp_sse_client.client import MessageEvent

from nemo_sdk._protocol import json as _json
from nemo_sdk._protocol.envelope import refusal_in
from nemo_sdk._telemetry.log import log
from nemo_sdk._text import readable
from nemo_sdk.events import (
    Event,
    Heartbeat,
    StateChanged,
    TextDelta,
    Thought,
    ToolCall,
    ToolResult,
    UnknownEvent,
)
from nemo_sdk.exceptions import APIError
from nemo_sdk.models import Question

from .questions import ASKING, asked_by_actions, asked_by_call, asked_by_event, words_in
from .repeats import EarlyCalls, Pieces

__all__ = ["AgentFailure", "TurnReader"]


_Voice = tuple[str, bool]
"""An author, and whether it is thinking."""
_CRASH = re.compile(r'\s*\{\s*"error"\s*:')
_CALLS = ("functionCall", "function_call", "toolCall", "tool_call")
_RESULTS = ("functionResponse", "function_response", "toolResponse", "tool_response")
_FLAT_KINDS = ("text", "tool_call", "tool_result", "heartbeat", "awaiting_input")
_RARE = frozenset(
    {
        *("errorCode", "error_code", "errorMessage", "error_message", "error", "code"),
        *("type", "text", "output", "longRunningToolIds", "long_running_tool_ids", *ASKING),
    }
)
"""Keys of an event that say something beside its content and its actions."""
_OF_TEXT = frozenset({"text", "thought"})


class AgentFailure(Exception):  # noqa: N818 - becomes a TurnError where the turn is known
    """The agent said that the turn failed."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class TurnReader:
    """Reads one turn's stream, and keeps what its reply is made of.

    Attributes:
        tool_calls: The calls so far.
        questions: What the agent has asked the user, each once.
        draft: The last draft that the stream told, or None.
        failure: What ended the turn badly, or None: the agent's failure, or a refusal of the
            service's inside the stream.
    """

    def __init__(self) -> None:
        self.tool_calls: list[ToolCall] = []
        self.questions: dict[Question, None] = {}
        self.draft: dict[str, Any] | None = None
        self.failure: AgentFailure | APIError | None = None
        self._paragraphs: list[list[str]] = []
        self._paragraph_ended = True
        self._told: defaultdict[_Voice, Pieces] = defaultdict(Pieces)
        self._wholes: set[str] = set()
        self._early_calls = EarlyCalls()
        self._waiting_for: set[str] = set()
        self._not_awaited: set[str] = set()
        self._last: dict[str, Any] = {}
        self._last_change: tuple[str, dict[str, Any]] = ("", {})

    @property
    def text(self) -> str:
        """All text so far, as it came."""
        return "".join("".join(pieces) for pieces in self._paragraphs)

    @property
    def paragraphs(self) -> str:
        """All text so far, with a blank line between what was said before and after a tool call."""
        return "\n\n".join("".join(pieces) for pieces in self._paragraphs)

    @property
    def silent(self) -> bool:
        """Whether the agent has said nothing and asked nothing."""
        return not self.questions and not self.text.strip()

    @property
    def has_begun(self) -> bool:
        """Whether the agent has said or done anything."""
        return bool(self._paragraphs or self.tool_calls or self.questions or self.draft)

    @property
    def in_the_middle(self) -> bool:
        """Whether more has to come: a tool that was called, or the whole of a text in pieces."""
        return bool(self._waiting_for - self._not_awaited) or any(map(bool, self._told.values()))

    def read(self, message: MessageEvent) -> list[Event]:
        """Return what one server-sent event says; nothing where it says nothing new."""
        data = message.data.strip()
        if not data or data == "heartbeat" or message.type == "heartbeat":
            return [Heartbeat()]
        try:
            value = _json.loads_event(data)
        except ValueError:
            return self._no_json(data)
        if not isinstance(value, dict):
            return [UnknownEvent(value)]
        return [] if self._is_repeated(value) else self._object(value)

    def _is_repeated(self, value: dict[str, Any]) -> bool:
        """Whether an event is the last one once more, its id too; pieces may well be alike."""
        last, self._last = self._last, value
        return not value.get("partial") and bool(value.get("id")) and value == last

    def _no_json(self, data: str) -> list[Event]:
        if _CRASH.match(data):  # older servers do not escape the text of their crash frame
            self._fail(data.partition(":")[2].strip(' "}'))
        else:
            log.warning("skipped an event that is no JSON (%d characters)", len(data))
        return []

    def _object(self, value: dict[str, Any]) -> list[Event]:
        """Read an event: most have nothing but content and actions, which is soon seen."""
        if _RARE.isdisjoint(value):
            said, done = self._content(value), self._actions(value)
            return [UnknownEvent(value)] if said is done is None else [*(said or ()), *(done or ())]
        self._beside(value)
        tell = (self._failures, self._flat, self._content, self._output, self._actions)
        told = [events for part in tell if (events := part(value)) is not None]
        return [event for events in told for event in events] if told else [UnknownEvent(value)]

    def _beside(self, value: dict[str, Any]) -> None:
        """Take note of what an event tells that is no event of ours."""
        self.questions |= dict.fromkeys(asked_by_event(value))
        long = _get(value, "longRunningToolIds", "long_running_tool_ids")
        self._not_awaited |= set(map(str, long if isinstance(long, list) else ()))

    def _failures(self, value: dict[str, Any]) -> list[Event] | None:
        code = _get(value, "errorCode", "error_code")
        words = _get(value, "errorMessage", "error_message")
        if code or words:
            self._fail(str(words or ""), str(code or ""))
            return []
        if "content" in value or value.get("type") in _FLAT_KINDS:
            return None
        if refusal := refusal_in(value):
            self.failure = self.failure or refusal
            return []
        if (error := value.get("error", words)) is not None:
            details = _get(value, "errorDetails", "error_details")
            self._fail(_words(error) or _words(details or ""))
            return []
        return None

    def _fail(self, words: str, code: str = "") -> None:
        message = words[:500] or "it gave no reason"
        self.failure = self.failure or AgentFailure(message, code)

    def _flat(self, value: dict[str, Any]) -> list[Event] | None:
        kind = value.get("type")
        if kind == "heartbeat":
            return [Heartbeat()]
        if kind == "text" or (kind is None and "content" not in value and "text" in value):
            text = value.get("content") if kind == "text" else value.get("text")
            return self._parts(value, [{"text": text}] if isinstance(text, str) else [])
        if kind == "tool_call":
            return self._call(value, early=False)
        if kind == "tool_result":
            return self._result(value, value.get("result"))
        return None

    def _content(self, value: dict[str, Any]) -> list[Event] | None:
        content = value.get("content")
        if not isinstance(content, dict):
            return None
        return self._parts(value, _parts_of(content))

    def _output(self, value: dict[str, Any]) -> list[Event] | None:
        """Read an event that has nothing but what a node of the agent's put out."""
        if value.get("output") is None or value.get("type") or _parts_of(value.get("content")):
            return None
        words = words_in(value["output"])
        if not words.strip():
            return None
        if words.strip() in self._wholes:
            return []  # a node puts out what its agent has said
        return self._parts(value, [{"text": words}])

    def _actions(self, value: dict[str, Any]) -> list[Event] | None:
        actions = value.get("actions")
        if not isinstance(actions, dict):
            return None
        if not any(actions.values()):
            return []
        self.questions |= dict.fromkeys(asked_by_actions(actions))
        delta = _get(actions, "stateDelta", "state_delta")
        return self._state(value, delta) if isinstance(delta, dict) and delta else None

    def _state(self, value: dict[str, Any], delta: dict[str, Any]) -> list[Event]:
        change = str(value.get("id") or ""), delta
        if change == self._last_change and change[0]:
            return []  # an event with artifacts comes in two, which share the rest
        self._last_change = change
        draft = delta.get("draft")
        if not isinstance(draft, dict):
            return [StateChanged(tuple(delta))]
        self.draft = draft
        return [StateChanged(tuple(delta), _stage(draft))]

    def _parts(self, event: dict[str, Any], parts: list[dict[str, Any]]) -> list[Event]:
        early = event.get("partial") in (True, "true")
        author = str(event.get("author") or "")
        told = {} if early else self._told_before(author, parts)
        events: list[Event] = []
        for part in parts:
            text = part.get("text")
            is_text = isinstance(text, str)
            if is_text and text:
                voice = author, bool(part.get("thought"))
                new = self._told[voice].add(text) if early else _rest(voice, readable(text), told)
                if new:
                    events.append(Thought(new) if voice[1] else self._said(new))
            if not is_text or not part.keys() <= _OF_TEXT:
                events += self._work(part, early=early)
        return events

    def _said(self, text: str) -> TextDelta:
        if self._paragraph_ended:
            self._paragraphs.append([])
            self._paragraph_ended = False
        self._paragraphs[-1].append(text)
        return TextDelta(text)

    def _work(self, part: dict[str, Any], *, early: bool) -> list[Event]:
        """Read what a part holds beside a text."""
        if (call := _first(part, _CALLS)) is not None:
            return self._call(call, early=early)
        if (result := _first(part, _RESULTS)) is not None:
            return self._result(result, result.get("response"))
        is_text = isinstance(part.get("text"), str)
        return [] if is_text or not any(part.values()) else [UnknownEvent(part)]

    def _told_before(self, author: str, parts: list[dict[str, Any]]) -> dict[_Voice, int]:
        """Return how many characters of each voice's texts were told before, as pieces."""
        texts: defaultdict[_Voice, list[str]] = defaultdict(list)
        for part in parts:
            if text := _text_of(part):
                texts[author, bool(part.get("thought"))].append(text)
        whole = {voice: "".join(several) for voice, several in texts.items()}
        self._wholes |= {text.strip() for text in whole.values()}
        return {voice: self._told[voice].repeated(text) for voice, text in whole.items()}

    def _call(self, value: dict[str, Any], *, early: bool) -> list[Event]:
        args = value.get("args")
        call = ToolCall(_name(value), args if isinstance(args, dict) else {}, _id(value))
        if early:
            self._early_calls.add(call)
        elif self._early_calls.repeated(call):
            return []
        self._paragraph_ended = True
        self.tool_calls.append(call)
        asked = asked_by_call(call.name, call.args)
        self.questions |= dict.fromkeys(asked)
        if not asked:  # the answer to a question is the next message
            self._waiting_for.add(call.id or call.name)
        return [call]

    def _result(self, value: dict[str, Any], result: Any) -> list[Event]:
        told = ToolResult(_name(value), result, _id(value))
        self._paragraph_ended = True
        self._waiting_for -= {told.id, told.name}
        return [told]


def _stage(draft: dict[str, Any]) -> str:
    tracks = draft.get("t")
    kinds = {
        str(track.get("tt"))
        for track in (tracks if isinstance(tracks, list) else ())
        if isinstance(track, dict) and track.get("sg")
    }
    if not kinds:
        return ""
    return "clip" if kinds == {"0"} else "timeline"


def _get(value: dict[str, Any], camel: str, snake: str) -> Any:
    found = value.get(camel)
    return value.get(snake) if found is None else found


def _parts_of(content: Any) -> list[dict[str, Any]]:
    parts = content.get("parts") if isinstance(content, dict) else None
    return [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []


def _text_of(part: dict[str, Any]) -> str:
    text = part.get("text")
    return readable(text) if isinstance(text, str) else ""


def _rest(voice: _Voice, text: str, told: dict[_Voice, int]) -> str:
    """Return what of a text was not told before, and count off what was."""
    skip = min(told[voice], len(text))
    told[voice] -= skip
    return text[skip:]


def _first(part: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any] | None:
    return next((found for name in names if isinstance(found := part.get(name), dict)), None)


def _name(value: dict[str, Any]) -> str:
    return readable(str(value.get("name") or _get(value, "toolType", "tool_type") or ""))


def _id(value: dict[str, Any]) -> str:
    return readable(str(value.get("id") or ""))


def _words(error: Any) -> str:
    if isinstance(error, dict):
        error = error.get("message") or error.get("msg") or ""
    return error if isinstance(error, str) else str(error)[:500]
