"""Values as dictionaries: whatever the library gives becomes JSON."""

import json
from typing import Any

import attrs
import pytest

import nemo_sdk
from nemo_sdk import (
    AnonymousToken,
    Checkpoint,
    Credits,
    DownloadProgress,
    Heartbeat,
    MediaFile,
    NemoClient,
    Progress,
    RenderProgress,
    Reply,
    State,
    StateChanged,
    StillWorking,
    TextDelta,
    Thought,
    Timeline,
    Timing,
    ToolCall,
    ToolResult,
    UnknownEvent,
    Upload,
    UploadProgress,
)
from nemo_sdk.models import Account

DRAFT = {
    "t": [{"tt": 0, "sg": [{"d": 1500, "m": {"title": "猫 \ud83d"}, "x": [None, {"y": 1.5}]}]}]
}
VALUES: list[Any] = [
    Account("own", "u1"),
    AnonymousToken("nmv_usr_0123456789", "anon_1", "2030-01-01T00:00:00Z"),
    Checkpoint(stage="message", prompt="a cat", files=("a.mp4",)),
    Credits(1, 2.5, 3),
    DownloadProgress(5, None),
    Heartbeat(),
    MediaFile("a.mp4", "video", duration=1.5),
    Progress("render", 0.5, "Rendering", 12.0),
    RenderProgress("processing", 0.5),
    Reply("hi", tool_calls=(ToolCall("cut", {"to": (1, 2)}),), timeline=Timeline.from_draft(DRAFT)),
    State("s1", draft=DRAFT, video_infos=[{"a": 1}]),
    StateChanged(("draft",), "clip"),
    StillWorking(120.0),
    TextDelta("a \ud83d"),
    Thought("hm"),
    Timeline.from_draft(DRAFT),
    Timeline.from_draft(DRAFT).tracks[0],
    Timeline.from_draft(DRAFT).tracks[0].segments[0],
    Timing(),
    ToolCall("cut", {"to": 5}, "1"),
    ToolResult("cut", {"ok": [True]}, "1"),
    UnknownEvent([1, {"a": None}]),
    Upload((MediaFile("a.mp4"),), True),
    UploadProgress(1, 2, "a.mp4"),
]
each = pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)


@each
def test_every_value_becomes_json(value: Any) -> None:
    """`json.dumps` takes what `to_dict` gives, and nothing of it is lost on the way."""
    told = value.to_dict()
    assert json.loads(json.dumps(told)) == told
    names = {one.name for one in attrs.fields(type(value))} - {"token"}
    assert set(told) - {"type"} == names


@each
def test_a_dictionary_is_the_callers(value: Any) -> None:
    """What is done to the dictionary is not done to the value."""

    def empty(inner: Any) -> None:
        for one in inner.values() if isinstance(inner, dict) else inner:
            if isinstance(one, dict | list):
                empty(one)
        inner.clear()

    before = json.dumps(value.to_dict())
    empty(value.to_dict())
    assert json.dumps(value.to_dict()) == before


def test_an_event_tells_its_kind() -> None:
    """Events that are sent on can be told apart."""
    assert TextDelta("hi").to_dict() == {"type": "TextDelta", "text": "hi"}
    assert Heartbeat().to_dict() == {"type": "Heartbeat"}


def test_a_token_is_left_out() -> None:
    """The dictionary of a token has all but the token."""
    told = AnonymousToken("nmv_usr_0123456789", "anon_1").to_dict()
    assert told == {"user_id": "anon_1", "expires_at": None}


def test_every_public_value_has_it() -> None:
    """No attrs class of the package's names was forgotten."""
    public = [getattr(nemo_sdk, name) for name in nemo_sdk.__all__]
    values = [kind for kind in public if isinstance(kind, type) and attrs.has(kind)]
    assert [kind.__name__ for kind in values if not hasattr(kind, "to_dict")] == ["Attribution"]


async def test_a_video_becomes_json(client: NemoClient) -> None:
    """A film tells what can be told of it without its bytes."""
    video = await client.generate("a cat", language="en")
    told = json.loads(json.dumps(video.to_dict()))
    assert told == {
        "url": video.url,
        "duration": video.duration,
        "size": video.size,
        "format": "mp4",
        "render_id": video.render_id,
        "session_id": video.session_id,
    }
