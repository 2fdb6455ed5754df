"""The wrappings that the service has had."""

from typing import Any

import pytest

from .conftest import Emulators, message

BALANCE = "/api/credits/balance/simple"
SESSION = "/api/tasks/me/with-session/nemo_agent"


@pytest.mark.parametrize(
    ("shapes", "balance", "session", "submitted", "completed"),
    [
        ("A", ["code", "message", "data"], ["code", "message", "data"], "id", "taskId"),
        ("B", ["code", "message", "data"], ["code", "message", "data"], "render_id", None),
        ("C", ["available", "frozen", "total"], ["task_id", "session_id"], "taskId", "taskId"),
    ],
)
async def test_answers_are_wrapped(
    emulators: Emulators,
    shapes: str,
    balance: list[str],
    session: list[str],
    submitted: str,
    completed: str | None,
) -> None:
    """Each shape wraps each endpoint as the contract allows for it."""
    api = await emulators(shapes=shapes)
    assert list(await api.data("GET", BALANCE)) == ["available", "frozen", "total"]
    assert list((await api.call("GET", BALANCE))[1]) == balance
    made = (await api.call("POST", SESSION, json={}))[1]
    assert list(made) == session
    _, answer = await api.submit(await api.session())
    assert submitted in answer.get("data", answer)
    while True:
        answer = (await api.call("GET", "/api/render/proxy/lambda/render_1"))[1]
        if answer.get("data", answer)["status"] == "completed":
            break
    if completed is None:
        assert answer["success"] is True
        assert answer["data"]["outputUrl"].endswith(".mp4")
    else:
        assert answer[completed] == "render_1"
        assert answer["output"]["url"].endswith(".mp4")


async def test_shape_c_has_ids_as_numbers(emulators: Emulators) -> None:
    """Ids come as JSON numbers, and are taken as strings of digits."""
    api = await emulators(shapes="C")
    made = (await api.call("POST", SESSION, json={}))[1]
    assert isinstance(made["session_id"], int)
    await api.state(str(made["session_id"]))


async def test_what_has_one_wrapping_keeps_it(emulators: Emulators) -> None:
    """Tokens and states are wrapped in A in every shape."""
    for shapes in "ABC":
        api = await emulators(shapes=shapes)
        assert (await api.sign_in())["token"]
        path = f"/api/state/nemo_agent/me/{await api.session()}/latest"
        assert (await api.call("GET", path))[1]["code"] == 0


@pytest.mark.parametrize(
    ("shapes", "unknown_session", "no_token", "no_credits"),
    [
        (
            "A",
            (200, {"code": 1002}),
            (401, {"code": 1001}),
            (200, {"code": 2001}),
        ),
        (
            "B",
            (404, {"success": False, "code": "1002"}),
            (401, {"success": False, "code": "1001"}),
            (400, {"success": False, "code": "2001"}),
        ),
        (
            "C",
            (404, {"detail": "Session not found: 1"}),
            (401, {"detail": "Token invalid or expired"}),
            (400, {"detail": "Insufficient credits", "code": "2001"}),
        ),
    ],
)
async def test_refusals_are_wrapped(
    emulators: Emulators, shapes: str, unknown_session: Any, no_token: Any, no_credits: Any
) -> None:
    """A code in the body, a sentence, or the status alone."""
    api = await emulators(shapes=shapes, generation_cost=1_000_000)
    session = await api.session()
    answers = [
        await api.call("POST", "/run_sse", json=message("1", "x")),
        await api.call("GET", BALANCE, headers={"Authorization": "Bearer wrong"}),
        await api.call("POST", "/run_sse", json=message(session, "a cat")),
    ]
    for expected, answer in zip([unknown_session, no_token, no_credits], answers, strict=True):
        assert answer[0] == expected[0]
        assert answer[1].items() >= expected[1].items()
