"""Every shape that the contract names can be had from an emulator."""

import json
from typing import Any

import pytest

from nemo_sdk.emulator import wire

from .conftest import Api, events

FRAMES: list[tuple[Any, Any]] = [
    (wire.text("hi", partial=True), {"partial": True}),
    (
        wire.thought("hm"),
        {"content": {"role": "model", "parts": [{"text": "hm", "thought": True}]}},
    ),
    (wire.output("done"), {"output": "done"}),
    (wire.question("Which?", ["a", "b"]), {"longRunningToolIds": ["adk-1"]}),
    (wire.confirmation("Spend 100?"), {"author": "nemo_agent"}),
    (wire.awaiting_input("What now?"), {"author": "nemo_agent"}),
    (wire.failed("OVERLOADED", "busy"), {"errorCode": "OVERLOADED", "errorMessage": "busy"}),
    (wire.crash("gone", {"trace": 1}), {"error": "gone", "error_details": {"trace": 1}}),
    (wire.crash(""), {"error": ""}),
]


@pytest.mark.parametrize(("frame", "holds"), FRAMES)
async def test_frames_come_as_they_are(api: Api, frame: Any, holds: dict[str, Any]) -> None:
    """A ready-made frame is one event of the stream, to the letter."""
    api.emulator.script(frame, charge="answer")
    (came,) = events(await api.turn(await api.session(), "a cat"))
    assert came == frame
    assert came.items() >= holds.items()


@pytest.mark.parametrize(
    ("name", "arg"),
    [("ask_question", "question"), ("adk_request_confirmation", "toolConfirmation")],
)
async def test_questions_are_tool_calls_without_text(api: Api, name: str, arg: str) -> None:
    """A question is the turn's only part."""
    asked = {"ask_question": wire.question("Which?"), name: wire.confirmation("Sure?")}
    api.emulator.script([asked[name] if arg != "question" else wire.question("Which?")])
    (came,) = events(await api.turn(await api.session(), "hello"))
    (part,) = came["content"]["parts"]
    assert part["functionCall"]["name"] == name
    assert arg in part["functionCall"]["args"]


async def test_one_event_in_two_and_tools_of_the_server(api: Api) -> None:
    """A list of frames is taken as one after another."""
    frames = [*wire.artifacts("made"), *wire.server_tool("search", {"q": "sea"}, {"hits": 1})]
    api.emulator.script(frames)
    said, made, call, result = events(await api.turn(await api.session(), "hello"))
    assert said["id"] == made["id"]
    assert "content" not in made
    assert made["actions"]["artifactDelta"] == {"film.mp4": 0}
    assert "toolCall" in call["content"]["parts"][0]
    assert "toolResponse" in result["content"]["parts"][0]


async def test_an_old_crash_is_no_json(api: Api) -> None:
    """What ADK up to 1.18 sends on a crash cannot be parsed where it quotes something."""
    api.emulator.script(wire.old_crash('the "renderer" is gone'))
    stream = await api.turn(await api.session(), "hello")
    assert stream == b'data: {"error": "the "renderer" is gone"}\n\n'


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (wire.refusal(402, "plan"), 402, {"code": 402, "message": "plan"}),
        (wire.refusal(403, "scope", shape="C"), 403, {"detail": "scope"}),
        (wire.refusal(1010), 200, {"code": 1010}),
        (wire.refusal("1011", shape="B"), 401, {"code": "1011", "success": False}),
        (wire.refusal(2001, {"reason": "empty"}), 200, {"message": {"reason": "empty"}}),
        (wire.refusal(-1), 200, {"code": -1}),
        (wire.refusal(5000, status=500), 500, {"code": 5000}),
        (wire.errors("one", {"two": 2}), 400, {"errors": ["one", {"two": 2}]}),
        (wire.fail_reason("no disk"), 200, {"failReason": "no disk", "success": False}),
        (wire.render("completed"), 200, {"status": "completed"}),
    ],
)
async def test_answers_come_as_they_are(
    api: Api, answer: dict[str, Any], status: int, body: dict[str, Any]
) -> None:
    """A ready-made answer is what a call gets."""
    api.emulator.faults.answer("render_status", **answer)
    found, came = await api.call("GET", "/api/render/proxy/lambda/render_1")
    assert found == status
    assert came.items() >= body.items()


async def test_a_render_fails_with_an_object(api: Api) -> None:
    """What is said of a failure may be no sentence."""
    api.emulator.fail_renders(error={"code": "OOM", "detail": "no memory"})
    await api.submit(await api.session())
    assert (await api.rendered())["error"] == {"code": "OOM", "detail": "no memory"}


async def test_the_agent_asks_when_it_is_told_to(api: Api) -> None:
    """A turn ends in a question and costs nothing; the answer to it goes on with the wish."""
    session = await api.session()
    api.emulator.agent.asks("Which aspect ratio?", options=("16:9", "9:16"))
    stream = await api.turn(session, "a cat")
    parts = [event["content"]["parts"][0] for event in events(stream)]
    assert [part for part in parts if "text" in part and not part.get("thought")] == []
    asked = parts[-1]["functionCall"]
    assert asked["name"] == "ask_question"
    assert asked["args"] == {"question": "Which aspect ratio?", "options": ["16:9", "9:16"]}
    assert events(stream)[-1]["longRunningToolIds"] == [asked["id"]]
    assert api.emulator.charges == []
    await api.turn(session, "9:16")
    assert (await api.draft(session))["canvas"]["ratio"] == "9:16"
    assert [charge.kind for charge in api.emulator.charges] == ["generation"]


async def test_what_is_declined_costs_nothing(api: Api) -> None:
    """A wish that is not understood changes nothing and takes no credits."""
    session = await api.session()
    await api.turn(session, "a cat")
    before = await api.draft(session)
    for wish in ("add sparkles", "clear", "at no cost", "redo", "cut it to 4 seconds and sparkle"):
        stream = await api.turn(session, wish)
        assert json.dumps(events(stream)).count("Nothing was changed")
    assert await api.draft(session) == before
    assert len(api.emulator.charges) == 1


async def test_films_of_two_shapes_are_two_films(api: Api) -> None:
    """What has been rendered in one shape is rendered anew in another."""
    session = await api.session()
    await api.turn(session, "a cat")
    for number, wish in enumerate(("fade out", "make it 9:16")):
        await api.turn(session, wish)
        await api.submit(session, f"render_{number}", draft=await api.draft(session))
        await api.rendered(f"render_{number}")
    assert len({render.path for render in api.emulator.renders.values()}) == 2
