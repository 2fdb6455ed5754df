"""Whatever JSON the service answers: a model or a NemoError comes of it, and nothing else."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp_sse_client.client import MessageEvent
from hypothesis import given, settings
from hypothesis import strategies as st

from nemo_sdk import Checkpoint, Credits, NemoError, Reply, State, Timeline, Upload
from nemo_sdk._agent.adk import TurnReader
from nemo_sdk._agent.recovery import draft_digest
from nemo_sdk._agent.reply import make_reply
from nemo_sdk._protocol import endpoints as protocol
from nemo_sdk._protocol.endpoints import Call, ClaimToken, RenderStatus, SessionIds
from nemo_sdk._protocol.envelope import Answer
from nemo_sdk.models import AnonymousToken

CALLS: dict[str, tuple[Call[Any], type]] = {
    "anonymous_token": (protocol.anonymous_token("client"), AnonymousToken),
    "claim_token": (protocol.claim_token("1", "2"), ClaimToken),
    "create_session": (protocol.create_session("project", "en"), SessionIds),
    "upload": (protocol.upload_urls("1", ["https://example.com/cat.mp4"]), Upload),
    "balance": (protocol.balance(), Credits),
    "state": (protocol.state("1"), State),
    "submit_render": (
        protocol.submit_render("r", "1", {}, format="mp4", quality="high"),
        RenderStatus,
    ),
    "render_status": (protocol.render_status("r"), RenderStatus),
    "cancel_render": (protocol.cancel_render("r"), type(None)),
}
calm = settings(deadline=None)
"""Other work on the same machine is no failure of a test."""
WORDS = [
    *("code", "success", "data", "message", "msg", "error", "detail", "token", "user_id"),
    *("expires_at", "task_id", "session_id", "claim_token", "expires_in", "files", "filename"),
    *("file_type", "cdn_url", "duration", "width", "fps", "hash", "available", "frozen", "total"),
    *("state", "draft", "t", "tt", "sg", "d", "m", "title", "volume", "id", "taskId", "render_id"),
    *("status", "progress", "output", "url", "size", "outputUrl", "content", "parts", "text"),
    *("role", "partial", "thought", "functionCall", "functionResponse", "name", "args", "response"),
    *("actions", "stateDelta", "errorCode", "errorMessage", "type", "author", "result"),
]
numbers = st.one_of(
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0, 1001, 2001]),
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    numbers,
    st.text(max_size=20),
    st.text(st.characters(exclude_categories=()), max_size=4),  # halves of surrogate pairs, too
    st.sampled_from(["completed", "heartbeat", "tool_call", "2026-01-01T00:00:00Z", "1e999"]),
)
names = st.one_of(st.sampled_from(WORDS), st.text(max_size=5))
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(names, inner, max_size=6)),
    max_leaves=25,
)
objects = st.dictionaries(names, values, max_size=8)
envelopes = st.one_of(
    objects,
    st.builds(lambda data: {"code": 0, "data": data}, values),
    st.builds(lambda data: {"success": True, "data": data}, values),
)
drafts = st.fixed_dictionaries(
    {},
    optional={
        "t": st.lists(
            st.fixed_dictionaries(
                {},
                optional={
                    "tt": values,
                    "sg": st.one_of(
                        values,
                        st.lists(
                            st.fixed_dictionaries(
                                {}, optional={"d": values, "m": values, "id": values}
                            ),
                            max_size=3,
                        ),
                    ),
                },
            ),
            max_size=3,
        )
    },
)


@pytest.mark.parametrize("name", CALLS)
@calm
@given(value=st.one_of(values, envelopes), status=st.sampled_from([200, 201, 400, 404, 429, 500]))
def test_any_json_is_a_model_or_an_error(name: str, value: Any, status: int) -> None:
    """Every decoder takes every JSON: it gives its model, or raises one of ours."""
    model = _read(name, Answer(status, {}, json.dumps(value).encode()))
    assert isinstance(model, NemoError) or status < 300


@pytest.mark.parametrize("name", CALLS)
@calm
@given(body=st.binary(max_size=200), status=st.integers(200, 599))
def test_any_bytes_are_an_error_or_a_model(name: str, body: bytes, status: int) -> None:
    """Every decoder takes any bytes, under any status."""
    _read(name, Answer(status, {"Retry-After": body.decode("latin-1")}, body))


def _read(name: str, answer: Answer) -> Any:
    call, kind = CALLS[name]
    try:
        model = call.read(answer)
    except NemoError as error:
        return error
    assert isinstance(model, kind), f"{model!r} is no {kind.__name__}"
    return model


@calm
@given(draft=st.one_of(values, drafts), before=st.one_of(values, drafts))
def test_any_draft_can_be_read(draft: Any, before: Any) -> None:
    """Whatever the draft is, there is a timeline of it, with words, a picture and a diff."""
    timeline, earlier = Timeline.from_draft(draft), Timeline.from_draft(before)
    assert timeline.raw is draft
    assert timeline.summary().startswith("Timeline (")
    assert all(isinstance(change, str) for change in timeline.diff(earlier))
    assert timeline.diff(timeline) == ()
    assert timeline.to_svg().startswith("<svg")
    assert timeline.duration >= 0


@calm
@given(draft=drafts)
def test_a_digest_does_not_depend_on_the_order_of_keys(draft: dict[str, Any]) -> None:
    """The same draft has the same digest, however its keys are sorted, and empty ones have none."""
    turned = json.loads(json.dumps(draft), object_pairs_hook=lambda pairs: dict(reversed(pairs)))
    digest = draft_digest(State(draft=draft))
    assert digest == draft_digest(State(draft=turned))
    assert bool(digest) == Timeline.from_draft(draft).exportable


@calm
@given(data=st.lists(st.one_of(envelopes.map(json.dumps), st.text(max_size=40)), max_size=6))
def test_any_stream_can_be_read(data: list[str]) -> None:
    """Whatever the events of a stream hold, reading them never raises, and a reply comes of it."""
    reader = TurnReader()
    for one in data:
        reader.read(_event(one))
    reply = make_reply(reader, None, State(draft=reader.draft))
    assert isinstance(reply, Reply)
    assert reply.raw_text == reader.text
    reply.raw_text.encode()  # no half of a surrogate pair is left


@calm
@given(pieces=st.lists(st.text(min_size=1, max_size=10), min_size=1, max_size=6))
def test_pieces_and_the_whole_are_told_once(pieces: list[str]) -> None:
    """Partial pieces and the whole text after them are the text, not twice the text."""
    reader = TurnReader()
    for piece in pieces:
        reader.read(_said(piece, partial=True))
    reader.read(_said("".join(pieces)))
    assert reader.text == "".join(pieces).encode("utf-16", "surrogatepass").decode(
        "utf-16", "replace"
    )


def _event(data: str) -> MessageEvent:
    fields: tuple[Any, ...] = ("message", None, data, "", "")
    return MessageEvent(*fields)


def _said(words: str, **more: Any) -> MessageEvent:
    event = {"content": {"parts": [{"text": words}]}, "author": "nemo_agent", **more}
    return _event(json.dumps(event))


@calm
@given(value=values)
def test_any_json_is_a_checkpoint_or_a_value_error(value: Any) -> None:
    """Text that is no checkpoint is refused, never half taken."""
    _one_of_ours_or_value_error(Checkpoint.from_json, json.dumps(value))


@calm
@given(text=st.text(max_size=80))
def test_any_text_is_a_checkpoint_or_a_value_error(text: str) -> None:
    """Text that is no JSON is refused, too."""
    _one_of_ours_or_value_error(Checkpoint.from_json, text)


def _one_of_ours_or_value_error(read: Callable[[str], Checkpoint], text: str) -> None:
    try:
        checkpoint = read(text)
    except ValueError:
        return
    assert Checkpoint.from_json(checkpoint.to_json()) == checkpoint


@calm
@given(
    checkpoint=st.builds(
        Checkpoint,
        prompt=st.text(),
        session_id=st.one_of(st.none(), st.text()),
        files=st.lists(st.text(), max_size=3).map(tuple),
        renders=st.integers(0, 2),
    )
)
def test_a_checkpoint_survives_json(checkpoint: Checkpoint) -> None:
    """`from_json(to_json())` is the same value, on one line."""
    text = checkpoint.to_json()
    assert Checkpoint.from_json(text) == checkpoint
    assert len(text.splitlines()) == 1
