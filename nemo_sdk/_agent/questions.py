"""What the agent asks the user: as a tool call, as a state that waits, or as a confirmation."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from nemo_sdk._text import readable
from nemo_sdk.models import Question

__all__ = ["ASKING", "asked_by_actions", "asked_by_call", "asked_by_event", "words_in"]

ASKING: Final = (
    "ask_question",
    "ask_user",
    "ask_user_question",
    "request_input",
    "adk_request_input",
    "awaiting_input",
    "await_input",
)
_CONFIRMING: Final = ("adk_request_confirmation", "request_confirmation")
_WORDS: Final = ("question", "text", "message", "prompt", "hint", "content", "title", "label")
_OPTIONS: Final = ("options", "choices", "suggestions")
_OF_OPTIONS: Final = ("label", "text", "title", "name", "value", "option", "description")
_OF_OUTPUT: Final = (
    "text",
    "message",
    "content",
    "output",
    "answer",
    "response",
    "reply",
    "summary",
    "result",
    "question",
)
_DEEPEST: Final = 5


def asked_by_call(name: str, args: Mapping[str, Any]) -> list[Question]:
    """Return what a call of one of the agent's tools asks the user; nothing for other tools."""
    if name in _CONFIRMING:
        return [_confirmation(args)]
    return list(_questions(args)) if name in ASKING else []


def asked_by_event(value: Mapping[str, Any]) -> list[Question]:
    """Return what an event asks the user beside its parts and its actions."""
    told: list[Any] = [value] if value.get("type") in ASKING else []
    output = value.get("output")
    told += [output] if isinstance(output, Mapping) and output.get("question") else []
    told += [found for name in ASKING if _waits(found := value.get(name))]
    return [question for one in told for question in _questions(one)]


def asked_by_actions(actions: Mapping[str, Any]) -> list[Question]:
    """Return what the actions of an event ask the user."""
    asked: list[Question] = []
    delta = actions.get("stateDelta") or actions.get("state_delta")
    if isinstance(delta, Mapping) and _waits(waits := delta.get("awaiting_input")):
        asked += _questions(waits)
    wanted = _get(actions, "requestedToolConfirmations", "requested_tool_confirmations")
    if isinstance(wanted, Mapping):
        asked += [_confirmation(one) for one in wanted.values() if isinstance(one, Mapping)]
    return asked


def words_in(output: Any, depth: int = 0) -> str:
    """Return the words of what a node of the agent's put out; "" where there are none."""
    if isinstance(output, str):
        return readable(output)
    if depth < _DEEPEST and isinstance(output, list):
        return "\n".join(filter(None, (words_in(one, depth + 1) for one in output)))
    if depth < _DEEPEST and isinstance(output, Mapping):
        told = (words_in(output.get(name), depth + 1) for name in _OF_OUTPUT)
        return next(filter(str.strip, told), "")
    return ""


def _questions(told: Any) -> Iterator[Question]:
    if not isinstance(told, Mapping):
        yield Question(_text(told) or _NO_WORDS)
        return
    several = told.get("questions")
    if isinstance(several, list) and several:
        for one in several:
            yield from _questions(one)
        return
    inner = told.get("question")
    if isinstance(inner, Mapping):
        yield from _questions(inner)
        return
    words = next(filter(None, (_text(told.get(name)) for name in _WORDS)), "")
    labels = next(filter(None, (_labels(told.get(name)) for name in _OPTIONS)), ())
    yield Question(words or _NO_WORDS, labels)


def _confirmation(args: Mapping[str, Any]) -> Question:
    inner = _get(args, "toolConfirmation", "tool_confirmation")
    told = {**(inner if isinstance(inner, Mapping) else {}), **args}
    hint = next(filter(None, (_text(told.get(name)) for name in ("hint", *_WORDS))), "")
    return Question(hint or "May the agent go on?", confirms=True)


def _labels(options: Any) -> tuple[str, ...]:
    """Return what there is to choose from: a list, or a table of values by their names."""
    if isinstance(options, Mapping):
        options = [_label(value) or name for name, value in options.items()]
    return tuple(filter(None, map(_label, options))) if isinstance(options, list) else ()


def _label(option: Any) -> str:
    if isinstance(option, Mapping):
        return next(filter(None, (_text(option.get(name)) for name in _OF_OPTIONS)), "")
    return _text(option)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return readable(value).strip()
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else ""


def _waits(value: Any) -> bool:
    return value is True or (isinstance(value, str | Mapping) and bool(value))


def _get(value: Mapping[str, Any], camel: str, snake: str) -> Any:
    found = value.get(camel)
    return value.get(snake) if found is None else found


_NO_WORDS: Final = "The agent waits for an answer."
