"""Tokens, their limits, credits and sessions, as a client meets them."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from nemo_sdk.emulator import Clock, Emulator

from .conftest import Api, Emulators

ANONYMOUS = "/api/auth/anonymous-token"
BALANCE = "/api/credits/balance/simple"


async def test_an_anonymous_token_has_100_credits_and_an_expiry(emulators: Emulators) -> None:
    """A client id gets a token, a user id, seven days and 100 credits."""
    api = await emulators(signed_in=False)
    data = await api.sign_in()
    assert data["token"].startswith("nmv_usr_")
    assert data["user_id"].startswith("anon_")
    assert data["credits"] == 100
    left = datetime.fromisoformat(data["expires_at"]) - api.emulator.clock.now()
    assert timedelta(days=6, hours=23) < left <= timedelta(days=7)
    assert await api.data("GET", BALANCE) == {"available": 100, "frozen": 0, "total": 100}


@pytest.mark.parametrize("headers", [{}, {"X-Client-Id": ""}, {"X-Client-Id": "  "}])
async def test_a_client_id_is_needed(emulators: Emulators, headers: dict[str, str]) -> None:
    """An anonymous token without a client id is answered 400."""
    api = await emulators(signed_in=False)
    status, answer = await api.call("POST", ANONYMOUS, headers=headers)
    assert (status, answer["code"]) == (400, 400)
    assert "X-Client-Id" in answer["message"]


async def test_a_client_id_has_64_characters_at_most(emulators: Emulators) -> None:
    """A longer client id is refused."""
    api = await emulators(signed_in=False)
    assert (await api.call("POST", ANONYMOUS, headers={"X-Client-Id": "x" * 64}))[0] == 200
    assert (await api.call("POST", ANONYMOUS, headers={"X-Client-Id": "x" * 65}))[0] == 422


async def test_the_second_token_of_a_client_is_rate_limited(emulators: Emulators) -> None:
    """A client that forgets its token meets 429, with the seconds that are left."""
    api = await emulators(signed_in=False)
    await api.sign_in()
    async with api.http.post(ANONYMOUS, headers={"X-Client-Id": "client-1"}) as response:
        assert response.status == 429
        assert 604_700 < int(response.headers["Retry-After"]) <= 604_800
        assert (await response.json())["code"] == 429


async def test_the_eleventh_client_of_an_address_is_rate_limited(emulators: Emulators) -> None:
    """Ten clients of one address get a token in seven days; later ones get theirs again."""
    clock = Clock(manual=True)
    api = await emulators(signed_in=False, clock=clock)
    for number in range(10):
        await api.sign_in(f"client-{number}")
    status, _ = await api.call("POST", ANONYMOUS, headers={"X-Client-Id": "one more"})
    assert status == 429
    await clock.advance(7 * 24 * 3600)
    await api.sign_in("one more")


async def test_the_limits_can_be_switched_off(emulators: Emulators) -> None:
    """Without the limits a client gets as many tokens as it asks for."""
    api = await emulators(signed_in=False, anonymous_limit=False)
    tokens = {(await api.sign_in())["token"] for _ in range(12)}
    assert len(tokens) == 12


async def test_after_an_expired_token_a_client_gets_a_new_one(emulators: Emulators) -> None:
    """An invalidated token is answered 1001; the same client id then gets the same user back."""
    api = await emulators(signed_in=False)
    first = await api.sign_in()
    session = await api.session()
    api.emulator.expire_tokens()
    status, answer = await api.call("GET", BALANCE)
    assert (status, answer["code"]) == (401, 1001)
    second = await api.sign_in()
    assert second["token"] != first["token"]
    assert second["user_id"] == first["user_id"]
    await api.state(session)


async def test_tokens_expire_by_the_clock(emulators: Emulators) -> None:
    """After seven days a token is 1001, and a new one comes with new credits."""
    clock = Clock(manual=True)
    api = await emulators(signed_in=False, clock=clock, generation_cost=0, edit_cost=0)
    await api.sign_in()
    api.emulator.sessions[await api.session()].account.available = 1
    await clock.advance(7 * 24 * 3600)
    assert (await api.call("GET", BALANCE))[1]["code"] == 1001
    assert (await api.sign_in())["credits"] == 100


@pytest.mark.parametrize("value", [None, "", "Bearer", "Bearer wrong", "Basic abc"])
async def test_every_call_needs_a_token(emulators: Emulators, value: str | None) -> None:
    """A missing, unknown or malformed token is 1001 everywhere but for anonymous tokens."""
    api = await emulators(signed_in=False)
    if value is not None:
        api.http.headers["Authorization"] = value
    for method, path in [
        ("POST", "/api/auth/claim-token"),
        ("POST", "/api/tasks/me/with-session/nemo_agent"),
        ("POST", "/run_sse"),
        ("POST", "/api/upload-video/nemo_agent/me/1"),
        ("GET", BALANCE),
        ("GET", "/api/state/nemo_agent/me/1/latest"),
        ("POST", "/api/render/proxy/lambda"),
        ("GET", "/api/render/proxy/lambda/r"),
        ("POST", "/api/render/proxy/lambda/r/cancel"),
        ("GET", "/api/render/proxy/r/download"),
    ]:
        status, answer = await api.call(method, path)
        assert (status, answer["code"]) == (401, 1001), path


async def test_a_generation_spends_an_anonymous_users_credits(emulators: Emulators) -> None:
    """One generation goes through, the second is 2001 and says whose credits are spent."""
    api = await emulators(signed_in=False)
    user = await api.sign_in()
    session = await api.session()
    await api.turn(session, "a cat")
    assert await api.data("GET", BALANCE) == {"available": 0, "frozen": 0, "total": 0}
    async with api.send(session, "generate a new dog") as response:
        answer = await response.json()
    assert answer["code"] == 2001
    assert answer["data"] == {"user_id": user["user_id"], "available": 0, "required": 100}
    (charge,) = api.emulator.charges
    assert (charge.credits, charge.kind, charge.text) == (100, "generation", "a cat")
    assert (charge.session_id, charge.user_id) == (session, user["user_id"])


async def test_credits_are_frozen_while_work_runs(emulators: Emulators) -> None:
    """The credits of a generation are reserved when it begins, and gone when it ends."""
    clock = Clock(manual=True)
    api = await emulators(clock=clock)
    session = await api.session()
    async with api.send(session, "a cat") as response:
        assert await api.data("GET", BALANCE) == {
            "available": 9900,
            "frozen": 100,
            "total": 10_000,
        }
        await clock.advance(400)
        await response.read()
    assert await api.data("GET", BALANCE) == {"available": 9900, "frozen": 0, "total": 9900}


async def test_an_edit_costs_less_and_a_question_nothing(api: Api) -> None:
    """100 for a generation, 50 for an edit, nothing for an answer."""
    session = await api.session()
    for text in ("a cat", "add jazz music", "how long is it?"):
        await api.turn(session, text)
    assert [(each.kind, each.credits) for each in api.emulator.charges] == [
        ("generation", 100),
        ("edit", 50),
    ]


async def test_one_user_can_have_two_tokens(emulators: Emulators) -> None:
    """A second token of a known user shares its credits and sessions."""
    api = await emulators()
    session = await api.session()
    second = api.emulator.add_token("my-token", credits=1, user_id="user-1")
    assert second == "my-token"
    api.http.headers["Authorization"] = "Bearer my-token"
    await api.state(session)
    assert (await api.data("GET", BALANCE))["available"] == 10_000


async def test_sessions_belong_to_their_user(api: Api) -> None:
    """Another user's session is not found, as one that never was."""
    session = await api.session()
    api.http.headers["Authorization"] = f"Bearer {api.emulator.add_token()}"
    for other in (session, "123"):
        path = f"/api/state/nemo_agent/me/{other}/latest"
        assert (await api.call("GET", path))[1]["code"] == 1002


async def test_a_session_says_what_it_is(api: Api) -> None:
    """The state of a new session has its ids and no draft."""
    body = {"task_name": "holiday", "language": "zh"}
    made = await api.data("POST", "/api/tasks/me/with-session/nemo_agent", json=body)
    assert made["session_id"].isdigit()
    shown = await api.data("GET", f"/api/state/nemo_agent/me/{made['session_id']}/latest")
    assert shown["task_id"] == made["task_id"]
    assert shown["task_name"] == "holiday"
    assert shown["state"]["draft"] is None
    assert api.emulator.sessions[made["session_id"]].language == "zh"


@pytest.mark.parametrize("body", [[], "text", {"task_name": 1}, {"language": None}])
async def test_a_session_needs_a_good_body(api: Api, body: Any) -> None:
    """A body of other types is refused."""
    path = "/api/tasks/me/with-session/nemo_agent"
    assert (await api.call("POST", path, json=body))[0] == 422


async def test_a_claim_token_opens_ones_own_project(api: Api) -> None:
    """Task and session together give a claim token; another task does not."""
    session = await api.session()
    task = api.emulator.sessions[session].task_id
    path = "/api/auth/claim-token"
    data = await api.data("POST", path, json={"task_id": task, "session_id": session})
    assert data["claim_token"].startswith("clm_")
    assert data["expires_in"] == 3600
    _, answer = await api.call("POST", path, json={"task_id": "1", "session_id": session})
    assert answer["code"] == 1002


async def test_calls_are_recorded_without_showing_the_token(api: Api) -> None:
    """A call keeps its headers and body, and its repr hides the token."""
    session = await api.session()
    await api.turn(session, "hello")
    (call,) = api.emulator.calls_of("run_sse")
    assert call.body["session_id"] == session
    token = call.headers["authorization"].removeprefix("Bearer ")
    assert token not in repr(call)
    assert "***" in repr(call)
    assert token not in repr(api.emulator)
    assert "/run_sse" in repr(call)


async def test_the_same_seed_gives_the_same_ids(emulators: Emulators) -> None:
    """Two emulators of one seed give out the same tokens and sessions; another seed others."""
    seen = []
    for seed in (1, 1, 2):
        api = await emulators(signed_in=False, seed=seed)
        seen.append(((await api.sign_in())["token"], await api.session()))
    assert seen[0] == seen[1]
    assert seen[0] != seen[2]


@pytest.mark.parametrize(
    "options",
    [{"shapes": "D"}, {"stream": "xml"}, {"keys": "kebab"}, {"silent": 2}, {"credits": -1}],
)
def test_options_are_checked(options: dict[str, Any]) -> None:
    """An option that is none of its choices is refused at once."""
    with pytest.raises(ValueError, match=next(iter(options))):
        Emulator(**options)


async def test_a_path_that_is_not_there(api: Api) -> None:
    """Unknown paths are 404 and recorded."""
    assert await api.call("GET", "/nowhere?x=1") == (404, {"detail": "Not Found"})
    (call,) = api.emulator.calls_of("unknown")
    assert call.path == "/nowhere?x=1"
