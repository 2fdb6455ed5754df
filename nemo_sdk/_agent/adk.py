"""What the agent's stream means: server-sent events to ours. No I/O.

The service's agent runs on Google's Agent Development Kit, so an event is one of its `Event`s as
JSON; an earlier, flat shape is read as well, and both in camelCase or snake_case.
"""

import re
from collections.abc import Iterator, Mapping
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

from .questions import asked_by_call, asked_by_event, words_in
from .repeats import EarlyCalls, Pieces

__all__ = ["AgentFailure", "TurnReader"]


_Voice = tuple[str, bool]
"""An author, and whether it is thinking."""
_CRASH = re.compile(r'\s*\{\s*"error"\s*:')
_CALLS = ("functionCall", "function_call", "toolCall", "tool_call")
_RESULTS = ("functionResponse", "function_response", "toolResponse", "tool_response")
_FLAT_KINDS = ("text", "tool_call", "tool_result", "heartbeat", "awaiting_input")


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
        self.draft: Mapping[str, Any] | None = None
        self.failure: AgentFailure | APIError | None = None
        self._paragraphs: list[list[str]] = []
        self._paragraph_ended = True
        self._pieces: dict[_Voice, Pieces] = {}
        self._halves: dict[_Voice, str] = {}
        self._wholes: set[str] = set()
        self._early_calls = EarlyCalls()
        self._waiting_for: set[str] = set()
        self._not_awaited: set[str] = set()
        self._last_change: tuple[str, Mapping[str, Any]] = ("", {})

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
        return bool(self._waiting_for - self._not_awaited) or any(map(bool, self._pieces.values()))

    def read(self, message: MessageEvent) -> list[Event]:
        """Return what one server-sent event says; nothing where it says nothing new."""
        data = message.data.strip()
        if not data or data == "heartbeat" or message.type == "heartbeat":
            return [Heartbeat()]
        try:
            value = _json.loads_event(data)
        except ValueError:
            return self._no_json(data)
        if not isinstance(value, Mapping):
            return [UnknownEvent(value)]
        events = list(self._object(value))
        for event in events:
            self._keep(event)
        return events

    def _keep(self, event: Event) -> None:
        if isinstance(event, TextDelta):
            if self._paragraph_ended:
                self._paragraphs.append([])
            self._paragraphs[-1].append(event.text)
            self._paragraph_ended = False
        elif isinstance(event, ToolCall | ToolResult):
            self._paragraph_ended = True
            if isinstance(event, ToolCall):
                self.tool_calls.append(event)
                asked = asked_by_call(event.name, event.args)
                self.questions |= dict.fromkeys(asked)
                if not asked:  # the answer to a question is the next message
                    self._waiting_for.add(event.id or event.name)
            else:
                self._waiting_for -= {event.id, event.name}

    def _no_json(self, data: str) -> list[Event]:
        if _CRASH.match(data):  # older servers do not escape the text of their crash frame
            self._fail(data.partition(":")[2].strip(' "}'))
        else:
            log.warning("skipped an event that is no JSON (%d characters)", len(data))
        return []

    def _object(self, value: Mapping[str, Any]) -> Iterator[Event]:
        known = False
        for told in (self._failures, self._flat, self._content, self._output, self._state):
            events = told(value)
            if events is not None:
                known = True
                yield from events
        actions = value.get("actions")
        asked = asked_by_event(value, actions if isinstance(actions, Mapping) else {})
        self.questions |= dict.fromkeys(asked)
        if not known:
            yield UnknownEvent(value)
        long = _get(value, "longRunningToolIds", "long_running_tool_ids")
        self._not_awaited |= set(map(str, long if isinstance(long, list) else ()))

    def _failures(self, value: Mapping[str, Any]) -> list[Event] | None:
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

    def _flat(self, value: Mapping[str, Any]) -> list[Event] | None:
        kind = value.get("type")
        if kind == "heartbeat":
            return [Heartbeat()]
        if kind == "text" or (kind is None and "content" not in value and "text" in value):
            text = value.get("content") if kind == "text" else value.get("text")
            parts: list[Mapping[str, Any]] = [{"text": text}] if isinstance(text, str) else []
            return list(self._parts(value, parts))
        if kind == "tool_call":
            return list(self._call(value, early=False))
        if kind == "tool_result":
            return [ToolResult(_name(value), value.get("result"), _id(value))]
        return None

    def _content(self, value: Mapping[str, Any]) -> list[Event] | None:
        content = value.get("content")
        if not isinstance(content, Mapping):
            return None
        return list(self._parts(value, _parts_of(content)))

    def _output(self, value: Mapping[str, Any]) -> list[Event] | None:
        """Read an event that has nothing but what a node of the agent's put out."""
        if value.get("output") is None or value.get("type") or _parts_of(value.get("content")):
            return None
        words = words_in(value["output"])
        if not words.strip():
            return None
        if words.strip() in self._wholes:
            return []  # a node puts out what its agent has said
        return list(self._parts(value, [{"text": words}]))

    def _state(self, value: Mapping[str, Any]) -> list[Event] | None:
        actions = value.get("actions")
        if not isinstance(actions, Mapping):
            return None
        delta = _get(actions, "stateDelta", "state_delta")
        if not isinstance(delta, Mapping) or not delta:
            return None if any(actions.values()) else []
        change = str(value.get("id") or ""), delta
        if change == self._last_change and change[0]:
            return []  # an event with artifacts comes in two, which share the rest
        self._last_change = change
        draft = delta.get("draft")
        if not isinstance(draft, Mapping):
            return [StateChanged(tuple(delta))]
        self.draft = draft
        return [StateChanged(tuple(delta), _stage(draft))]

    def _parts(self, event: Mapping[str, Any], parts: list[Mapping[str, Any]]) -> Iterator[Event]:
        early = event.get("partial") in (True, "true")
        author = str(event.get("author") or "")
        voices = [(author, bool(part.get("thought"))) for part in parts]
        texts = [self._text(part, voice, early) for part, voice in zip(parts, voices, strict=True)]
        skip = {voice: self._said(voice, voices, texts, early) for voice in dict.fromkeys(voices)}
        for part, voice, text in zip(parts, voices, texts, strict=True):
            said = min(skip[voice], len(text))
            skip[voice] -= said
            if rest := text[said:]:
                yield Thought(rest) if part.get("thought") else TextDelta(rest)
            if (call := _first(part, _CALLS)) is not None:
                yield from self._call(call, early=early)
            elif (result := _first(part, _RESULTS)) is not None:
                yield ToolResult(_name(result), result.get("response"), _id(result))
            elif not isinstance(part.get("text"), str) and any(part.values()):
                yield UnknownEvent(part)

    def _text(self, part: Mapping[str, Any], voice: _Voice, early: bool) -> str:
        """Return a part's text; half a character at a piece's end waits for its other half."""
        text = part.get("text")
        if not isinstance(text, str) or not text:
            return ""
        half = self._halves.pop(voice, "")
        if not early:
            return readable(text)
        if "\ud800" <= text[-1] <= "\udbff":
            self._halves[voice] = text[-1]
            text = text[:-1]
        return readable(half + text)

    def _said(self, voice: _Voice, voices: list[_Voice], texts: list[str], early: bool) -> int:
        """Return how many characters of one voice's texts were told before, as pieces."""
        text = "".join(text for text, its in zip(texts, voices, strict=True) if its == voice)
        if not text:
            return 0
        pieces = self._pieces.setdefault(voice, Pieces())
        if early:
            return pieces.add(text)
        self._wholes.add(text.strip())
        return pieces.repeated(text)

    def _call(self, value: Mapping[str, Any], *, early: bool) -> Iterator[Event]:
        args = value.get("args")
        call = ToolCall(_name(value), args if isinstance(args, Mapping) else {}, _id(value))
        if early:
            self._early_calls.add(call)
        elif self._early_calls.repeated(call):
            return
        yield call


def _stage(draft: Mapping[str, Any]) -> str:
    tracks = draft.get("t")
    kinds = {
        str(track.get("tt"))
        for track in (tracks if isinstance(tracks, list) else ())
        if isinstance(track, Mapping) and track.get("sg")
    }
    if not kinds:
        return ""
    return "clip" if kinds == {"0"} else "timeline"


def _get(value: Mapping[str, Any], camel: str, snake: str) -> Any:
    found = value.get(camel)
    return value.get(snake) if found is None else found


def _parts_of(content: Any) -> list[Mapping[str, Any]]:
    parts = content.get("parts") if isinstance(content, Mapping) else None
    return [part for part in parts if isinstance(part, Mapping)] if isinstance(parts, list) else []


def _first(part: Mapping[str, Any], names: tuple[str, ...]) -> Mapping[str, Any] | None:
    return next((found for name in names if isinstance(found := part.get(name), Mapping)), None)


def _name(value: Mapping[str, Any]) -> str:
    return readable(str(value.get("name") or _get(value, "toolType", "tool_type") or ""))


def _id(value: Mapping[str, Any]) -> str:
    return readable(str(value.get("id") or ""))


def _words(error: Any) -> str:
    if isinstance(error, Mapping):
        error = error.get("message") or error.get("msg") or ""
    return error if isinstance(error, str) else str(error)[:500]
