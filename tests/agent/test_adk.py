"""What the agent's stream means: every shape that it has had, and what is none of them."""

import json
import logging
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nemo_sdk import (
    APIError,
    Event,
    Heartbeat,
    InsufficientCreditsError,
    StateChanged,
    TextDelta,
    Thought,
    ToolCall,
    ToolResult,
    UnknownEvent,
)
from nemo_sdk._agent.adk import AgentFailure, TurnReader
from nemo_sdk._sse import EventDecoder


def read(*frames: Any) -> tuple[TurnReader, list[Event]]:
    """Read events (mappings as JSON, text as it is) through the real decoder."""
    reader, decoder = TurnReader(), EventDecoder()
    events: list[Event] = []
    for one in frames:
        data = one if isinstance(one, str) else json.dumps(one)
        raw = data if data.startswith((":", "event:", "data:")) else f"data: {data}"
        for message in decoder.feed(f"{raw}\n\n".encode("utf-8", "surrogatepass")):
            events += reader.read(message)
    return reader, events


def model(*parts: Any, partial: bool | None = None, **more: Any) -> dict[str, Any]:
    event = {"content": {"role": "model", "parts": list(parts)}, "author": "nemo_agent", **more}
    return event if partial is None else {**event, "partial": partial}


def piece(text: str, **more: Any) -> dict[str, Any]:
    return model({"text": text}, partial=True, **more)


def whole(text: str, **more: Any) -> dict[str, Any]:
    return model({"text": text}, **more)


def said(*frames: Any) -> str:
    reader, events = read(*frames)
    assert reader.text == "".join(event.text for event in events if isinstance(event, TextDelta))
    return reader.text


CALL = {"functionCall": {"id": "1", "name": "cut", "args": {"to": 10}}}
RESULT = {"functionResponse": {"id": "1", "name": "cut", "response": {"ok": True}}}


@pytest.mark.parametrize(
    ("frames", "text"),
    [
        ([whole("Hello")], "Hello"),
        ([whole("Hello", partial=False)], "Hello"),
        ([piece("Hel"), piece("lo"), whole("Hello")], "Hello"),
        ([piece("Hel"), piece("lo"), whole("Hello", partial=False)], "Hello"),
        ([piece("Hel"), piece("lo")], "Hello"),
        ([piece("Hel"), whole("Hello")], "Hello"),
        ([piece("a "), piece("b"), whole("a b\n")], "a b\n"),
        ([piece("a  b "), whole("a b")], "a  b "),
        ([piece("abcd"), whole("ab"), whole("cd")], "abcd"),
        ([piece("a"), whole("a"), piece("b"), whole("b")], "ab"),
        ([piece("a"), whole("a"), whole("a")], "aa"),
        ([whole("a"), whole("b")], "ab"),
        ([piece("a"), model(CALL), model(RESULT), piece("b"), whole("b")], "ab"),
        ([piece("a"), model({"text": "a"}, CALL), model(RESULT), piece("b"), whole("b")], "ab"),
        ([piece(""), piece("a"), whole("a")], "a"),
        ([model({"text": "a"}, {"text": "b"}, partial=True), whole("ab")], "ab"),
        ([piece("ab"), model({"text": "a"}, {"text": "b"})], "ab"),
        ([{"text": "a"}, {"text": "b"}], "ab"),
        ([{"type": "text", "content": "a"}, {"type": "text", "content": "b"}], "ab"),
        ([piece("雪"), piece("🐈"), whole("雪🐈")], "雪🐈"),
        ([piece("a\ud83d"), whole("a🐈"), piece("b"), whole("b")], "a🐈b"),
        ([piece("ha", id="1"), piece("ha", id="1")], "haha"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_text_is_counted_once(frames: list[Any], text: str) -> None:
    """Pieces and the whole that repeats them, in every order seen, give the text once."""
    assert said(*frames) == text


@given(st.lists(st.text(min_size=1), min_size=1, max_size=6))
def test_any_text_in_any_pieces_is_counted_once(texts: list[str]) -> None:
    """Whatever the pieces are, with the whole after them nothing is doubled and nothing lost."""
    assert said(*map(piece, texts), whole("".join(texts))) == "".join(texts)


def test_two_agents_at_once_do_not_mix() -> None:
    """Pieces belong to their author."""
    a, b = {"author": "a"}, {"author": "b"}
    assert said(piece("x", **a), piece("y", **b), whole("x", **a), whole("y", **b)) == "xy"


def test_thoughts_are_no_part_of_the_reply() -> None:
    """A part with `thought` is a Thought, its whole counted once as well."""
    thought = {"text": "hm", "thought": True}
    reader, events = read(
        model(thought, partial=True),
        piece("Yes"),
        model(thought, {"text": "Yes"}),
    )
    assert events == [Thought("hm"), TextDelta("Yes")]
    assert reader.text == "Yes"


def test_one_event_can_hold_several_parts() -> None:
    """Text, call and result of one event come out in their order, then the state."""
    delta: dict[str, Any] = {"stateDelta": {"draft": {"t": []}, "canvas_config": {}}}
    reader, events = read(model({"text": "a"}, CALL, RESULT, {"text": "b"}, actions=delta))
    assert events == [
        TextDelta("a"),
        ToolCall("cut", {"to": 10}, "1"),
        ToolResult("cut", {"ok": True}, "1"),
        TextDelta("b"),
        StateChanged(("draft", "canvas_config")),
    ]
    assert reader.tool_calls == [ToolCall("cut", {"to": 10}, "1")]
    assert reader.draft == {"t": []}


def test_a_part_can_hold_text_and_a_call() -> None:
    """A call is not lost beside a text, empty or not."""
    assert read(model({"text": "", **CALL}))[1] == [ToolCall("cut", {"to": 10}, "1")]
    assert read(model({"text": "a", **CALL}))[1] == [
        TextDelta("a"),
        ToolCall("cut", {"to": 10}, "1"),
    ]


def test_snake_case_is_the_same() -> None:
    """ADK's keys in snake_case mean the same as in camelCase."""
    camel = model(CALL, RESULT, actions={"stateDelta": {"draft": {}}})
    snake = model(
        {"function_call": CALL["functionCall"]},
        {"function_response": RESULT["functionResponse"]},
        actions={"state_delta": {"draft": {}}},
    )
    assert read(snake)[1] == read(camel)[1]


def test_nulls_are_absent() -> None:
    """A server that writes every key, most of them null, says the same."""
    nulls = {"functionCall": None, "functionResponse": None, "thought": None}
    frame = model({"text": "a", **nulls}, partial=None, errorCode=None, errorMessage=None)
    assert read({**frame, "actions": None, "error": None})[1] == [TextDelta("a")]
    assert read(model({"text": None, **nulls, **CALL}))[1] == [ToolCall("cut", {"to": 10}, "1")]


def test_a_call_told_early_is_told_once() -> None:
    """A partial event with a call, then the whole one, is one call."""
    assert len(read(model(CALL, partial=True), model(CALL))[1]) == 1
    assert len(read(model(CALL), model(CALL))[1]) == 2


def test_the_flat_shape_is_read() -> None:
    """The earlier flat shape gives the same events."""
    events = read(
        {"type": "text", "content": "a"},
        {"type": "tool_call", "name": "cut", "args": {"to": 10}},
        {"type": "tool_result", "name": "cut", "result": [1]},
        {"type": "heartbeat"},
        {"text": "b"},
    )[1]
    assert events == [
        TextDelta("a"),
        ToolCall("cut", {"to": 10}),
        ToolResult("cut", [1]),
        Heartbeat(),
        TextDelta("b"),
    ]


@pytest.mark.parametrize(
    "frame",
    [
        "data:",
        "data: ",
        "data: heartbeat",
        "data:heartbeat",
        "event: heartbeat\ndata:",
        "event: heartbeat\ndata: {}",
        {"type": "heartbeat"},
        {"type": "heartbeat", "timestamp": 1},
    ],
)
def test_every_heartbeat_is_one(frame: Any) -> None:
    """All spellings of a heartbeat say that the service is alive, and nothing more."""
    reader, events = read(frame)
    assert events == [Heartbeat()]
    assert (reader.text, reader.failure) == ("", None)


@pytest.mark.parametrize("frame", [": still here", ":", "event: heartbeat"])
def test_what_has_no_data_is_no_event(frame: str) -> None:
    """A comment and a bare `event: heartbeat` are bytes, not events."""
    assert read(frame)[1] == []


@pytest.mark.parametrize(
    ("frame", "words", "code"),
    [
        ({"errorCode": "QUOTA", "errorMessage": "no more"}, "no more", "QUOTA"),
        ({"error_code": "QUOTA", "error_message": "no more"}, "no more", "QUOTA"),
        (whole("half", errorCode="MAX_TOKENS"), "it gave no reason", "MAX_TOKENS"),
        ({"errorCode": 429}, "it gave no reason", "429"),
        ({"errorMessage": "no more"}, "no more", ""),
        ({"error": "crash"}, "crash", ""),
        ({"error": ""}, "it gave no reason", ""),
        ({"error": {"message": "crash", "code": 5}}, "crash", ""),
        ({"error": ["x"]}, "['x']", ""),
        ({"success": False, "error": "crash"}, "crash", ""),
        ('{"error": "KeyError: \'"draft"\'"}', "KeyError: '\"draft\"'", ""),
        ('{"error": "a\\x path"}', "a\\x path", ""),
        ('{ "error" : "cut', "cut", ""),
        ('{"error": ', "it gave no reason", ""),
        ('data: {"error": "Traceback:\ndata: no JSON "x" here"}', "Traceback:", ""),
        ('data: {"error": "Traceback:\n  File "x", line 3\n"}', "Traceback:", ""),
    ],
    ids=lambda value: json.dumps(value)[:40],
)
def test_a_failure_is_one_in_every_form(frame: Any, words: str, code: str) -> None:
    """An error code, an error alone and an unescaped crash frame fail the turn."""
    reader, _ = read(frame)
    assert isinstance(reader.failure, AgentFailure)
    assert str(reader.failure).startswith(words)
    assert reader.failure.code == code


@pytest.mark.parametrize(
    "event",
    [whole("ha", id="1"), model({"functionCall": {"name": "cut", "args": {}}}, id="1")],
    ids=["text", "call"],
)
def test_an_event_that_comes_twice_is_told_once(event: dict[str, Any]) -> None:
    """One that is the last to the letter, its id too, is no second one; others are."""
    assert len(read(event, event)[1]) == 1
    assert len(read(event, {**event, "id": "2"})[1]) == 2
    assert len(read(event, {**event, "timestamp": 2.0})[1]) == 2


def test_pieces_that_are_alike_are_all_told() -> None:
    """Older servers give all the pieces of an answer one id."""
    piece = whole("ha", id="1", partial=True)
    assert read(piece, piece, whole("haha", id="1"))[0].text == "haha"


def test_the_first_failure_counts_and_the_stream_is_read_on() -> None:
    """After an error code what comes is still told; the first failure is the turn's."""
    reader, events = read({"errorCode": "A"}, whole("after"), {"error": "b"})
    assert events == [TextDelta("after")]
    assert isinstance(reader.failure, AgentFailure)
    assert reader.failure.code == "A"


def test_a_refusal_in_the_stream_is_the_services_error() -> None:
    """An envelope with a code of the table in the stream is that error."""
    reader, events = read({"code": 2001, "message": "out of credits"})
    assert events == []
    assert isinstance(reader.failure, InsufficientCreditsError)
    assert isinstance(reader.failure, APIError)


@pytest.mark.parametrize(
    "frame",
    [
        whole("fine", errorCode=None),
        whole("fine", errorCode=""),
        whole("fine", error="not alone"),
        {"type": "tool_result", "name": "x", "result": None, "error": "the tool's own"},
        model({"functionResponse": {"name": "x", "response": {"error": "the tool's own"}}}),
    ],
)
def test_a_tools_error_is_not_the_turns(frame: Any) -> None:
    """An error inside a result, or beside content, does not fail the turn."""
    assert read(frame)[0].failure is None


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "progress", "percent": 5},
        {"type": ["text"]},
        {"type": {"a": 1}},
        {},
        {"content": "a text"},
        {"content": ["parts"]},
        {"new": 1},
        [1, 2],
        "3",
        '"text"',
        "null",
        "true",
        {"actions": {"transferToAgent": "editor"}},
    ],
    ids=str,
)
def test_an_unknown_event_is_kept_whole(frame: Any) -> None:
    """What is not known is given to the caller as it came."""
    value = json.loads(frame) if isinstance(frame, str) else frame
    assert read(frame)[1] == [UnknownEvent(value)]


def test_an_unknown_part_is_kept_whole() -> None:
    """A part of a new kind is given to the caller, its neighbours too."""
    part = {"inlineData": {"mimeType": "image/png", "data": "…"}}
    assert read(model({"text": "a"}, part))[1] == [TextDelta("a"), UnknownEvent(part)]


@pytest.mark.parametrize(
    "frame",
    [
        model(),
        {"content": {}},
        {"content": {"parts": None}},
        {"content": {"parts": 5}},
        {"content": {"parts": "abc"}},
        {"content": {"parts": {"text": "a"}}},
        {"content": {"parts": [None, 5, "x", []]}},
        model({}),
        model({"text": ""}),
        model({"text": None}),
        {"type": "text"},
        {"type": "text", "content": None},
        {"actions": {}, "author": "a"},
        {"actions": {"stateDelta": {}, "artifactDelta": {}}, "author": "a"},
    ],
    ids=str,
)
def test_an_event_without_anything_in_it_says_nothing(frame: Any) -> None:
    """Empty or misshapen content is neither an error nor an event."""
    assert read(frame)[1] == []


@pytest.mark.parametrize(
    "frame",
    [
        "hello",
        "<html>",
        "{",
        '{"text": "a"',
        "[DONE]",
        '{"text": NaN}',
        "{'text': 'a'}",
        "[" * 9999,
    ],
    ids=lambda frame: frame[:12],
)
def test_what_is_no_json_is_shown_to_nobody(frame: str, caplog: pytest.LogCaptureFixture) -> None:
    """Data that is no JSON is skipped, and the log says so without repeating it."""
    with caplog.at_level(logging.DEBUG):
        reader, events = read(frame)
    assert (events, reader.text, reader.failure) == ([], "", None)
    assert "no JSON" in caplog.text
    assert frame not in caplog.text


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\u0085", "\x0b", "\x0c", "\x1c"])
def test_separators_of_unicode_stay_in_the_text(separator: str) -> None:
    """What other libraries cut lines at is a character like any other, raw or escaped."""
    text = f"a{separator}b"
    escaped = json.dumps({"text": text})
    raw = json.dumps({"text": text}, ensure_ascii=False) if ord(separator) > 32 else escaped
    assert said(escaped) == said(raw) == text


def test_half_a_surrogate_pair_becomes_readable() -> None:
    """Half a character that no terminal takes is replaced; nothing is counted twice."""
    text = said(r'{"text": "a\ud83db"}')
    assert text == "a\ufffdb"
    assert text.encode() == b"a\xef\xbf\xbdb"


def test_a_character_cut_between_two_pieces_is_whole_again() -> None:
    """The halves of a pair in two pieces are one character, told once."""
    cut = (
        f'{{"content":{{"parts":[{{"text":"{half}"}}]}},"partial":true}}'
        for half in ("\\ud83d", "\\ude00")
    )
    assert said(*cut, '{"content":{"parts":[{"text":"\\ud83d\\ude00"}]}}') == "\U0001f600"


@pytest.mark.parametrize("between", [CALL, RESULT], ids=["call", "result"])
def test_paragraphs_end_at_a_call_and_at_its_result(between: dict[str, Any]) -> None:
    """The agent may also speak while a tool works."""
    reader, _ = read(whole("a"), model(between), whole("b"))
    assert reader.paragraphs == "a\n\nb"


def test_paragraphs_end_at_tool_calls() -> None:
    """What is said before and after a tool call are two paragraphs, pieces of one text are not."""
    reader, _ = read(piece("a"), piece("b"), whole("ab"), model(CALL), model(RESULT), whole("c"))
    assert (reader.text, reader.paragraphs) == ("abc", "ab\n\nc")


@pytest.mark.parametrize(
    ("tracks", "stage"),
    [
        ([{"tt": 0, "sg": [{}]}], "clip"),
        ([{"tt": "0", "sg": [{}]}, {"tt": 1, "sg": []}], "clip"),
        ([{"tt": 0, "sg": [{}]}, {"tt": 1, "sg": [{}]}], "timeline"),
        ([], ""),
        (None, ""),
        ([None, 5], ""),
    ],
)
def test_the_stages_of_a_generation_are_told(tracks: Any, stage: str) -> None:
    """A draft with video alone is the raw clip; with music or titles it is the timeline."""
    _, events = read(model(actions={"stateDelta": {"draft": {"t": tracks}}}))
    assert events == [StateChanged(("draft",), stage)]


def test_a_result_of_megabytes_is_read() -> None:
    """A tool result of 8 MB on one line comes out whole."""
    response = {"frames": ["x" * 1000] * 8000}
    _, events = read(model({"functionResponse": {"name": "analyse", "response": response}}))
    assert events == [ToolResult("analyse", response)]


def test_a_hostile_crash_frame_does_not_hang() -> None:
    """A megabyte of almost a crash frame is looked at in a moment."""
    started = time.process_time()
    read("{" + " " * 1_000_000, '{"error"' + " " * 1_000_000, "{" * 1_000_000)
    assert time.process_time() - started < 5


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "content",
                    "parts",
                    "text",
                    "type",
                    "partial",
                    "author",
                    "actions",
                    "stateDelta",
                    "name",
                    "functionCall",
                    "functionResponse",
                    "args",
                    "errorCode",
                    "error",
                    "code",
                    "draft",
                    "t",
                    "thought",
                    "response",
                    "id",
                    "tool_call",
                    "sg",
                    "tt",
                    "message",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.lists(JSON, max_size=4))
def test_any_json_is_read_without_an_error(values: list[Any]) -> None:
    """Whatever JSON the service sends, the reader gives events or nothing, and never raises."""
    reader, events = read(*map(json.dumps, values))
    assert reader.text == "".join(event.text for event in events if isinstance(event, TextDelta))


def test_a_refusal_in_the_second_envelope_is_one() -> None:
    """`success: false` with a code of the table is that error, not just a failed turn."""
    reader, _ = read({"success": False, "error": "no credits", "code": 2001})
    assert isinstance(reader.failure, InsufficientCreditsError)


@pytest.mark.parametrize("content", [None, {"role": "model", "parts": []}])
def test_an_error_message_is_one_beside_content_too(content: Any) -> None:
    """An event with `errorMessage` has failed, whatever else it has."""
    reader, _ = read({"errorMessage": "quota exceeded", "content": content})
    assert isinstance(reader.failure, AgentFailure)
    assert "quota exceeded" in str(reader.failure)


def test_white_space_that_the_whole_text_lacks_is_nothing_to_wait_for() -> None:
    """Servers strip the whole text; what came in pieces is complete all the same."""
    reader, _ = read(piece("Hello"), piece("\n"), whole("Hello"))
    assert reader.text == "Hello\n"
    assert not reader.in_the_middle


def test_server_side_tools_are_tools() -> None:
    """`toolCall` and `toolResponse` parts are calls and results like those of functions."""
    call = {"toolCall": {"id": "1", "toolType": "GOOGLE_SEARCH", "args": {"q": "fox"}}}
    result = {"tool_response": {"id": "1", "toolType": "GOOGLE_SEARCH", "response": {"n": 3}}}
    reader, events = read({"content": {"parts": [call]}}, {"content": {"parts": [result]}})
    assert events == [
        ToolCall("GOOGLE_SEARCH", {"q": "fox"}, "1"),
        ToolResult("GOOGLE_SEARCH", {"n": 3}, "1"),
    ]
    assert not reader.in_the_middle


def test_an_event_with_artifacts_comes_in_two_and_is_told_once() -> None:
    """The second half of the pair repeats its state, and has no content."""
    delta: dict[str, Any] = {"stateDelta": {"draft": {"t": []}}}
    first = {"id": "e1", "content": {"parts": [{"text": "There."}]}, "actions": delta}
    second = {"id": "e1", "actions": {**delta, "artifactDelta": {"film.mp4": 0}}}
    later = {"id": "e2", "actions": delta}
    _, events = read(first, second)
    assert events == [TextDelta("There."), StateChanged(("draft",))]
    _, events = read(first, later)
    assert events.count(StateChanged(("draft",))) == 2


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        ({"error": "", "error_details": "no quota left"}, "no quota left"),
        ({"error": {}, "errorDetails": {"message": "no quota left"}}, "no quota left"),
        ({"error": "boom", "error_details": "a traceback"}, "boom"),
    ],
)
def test_a_crash_frame_has_details(frame: dict[str, Any], words: str) -> None:
    """Where the frame's own words are empty, its details say why the turn failed."""
    reader, _ = read(frame)
    assert str(reader.failure) == words


def test_long_running_tools_are_not_waited_for() -> None:
    """A tool whose result comes in another turn leaves this one at its end."""
    call = {"functionCall": {"id": "1", "name": "render_later"}}
    reader, _ = read({"content": {"parts": [call]}, "longRunningToolIds": ["1"]})
    assert not reader.in_the_middle
    reader, _ = read({"content": {"parts": [call]}})
    assert reader.in_the_middle
