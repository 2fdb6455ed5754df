"""A given token that is rejected in the middle: what it owns is not looked for as somebody else."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from scripted import NEW, PNG, QUICK, text

from nemo_sdk import Account, AuthenticationError, Checkpoint, NemoClient, Session, Video
from nemo_sdk.emulator import Emulator

GONE = {"status": 401, "body": b'{"code":1001,"message":"expired"}', "effect": False}


@pytest.fixture
async def client(emulator: Emulator) -> AsyncIterator[NemoClient]:
    """A client with a registered user's token, which may fall back on an anonymous one."""
    token = emulator.add_token(user_id="anna")
    async with NemoClient(token, base_url=emulator.base_url, timing=QUICK) as made:
        yield made


@pytest.fixture
async def session(client: NemoClient) -> Session:
    """A session of Anna's with something in it."""
    made = await client.create_session()
    await made.ask("a cat")
    return made


OF_A_SESSION: dict[str, Callable[[Session], Any]] = {
    "state": lambda session: session.state(),
    "message": lambda session: session.ask("add lo-fi music"),
    "export": lambda session: session.export(),
    "upload": lambda session: session.upload(PNG),
    "link": lambda session: session.project_url(),
}


@pytest.mark.parametrize("call", OF_A_SESSION.values(), ids=OF_A_SESSION)
async def test_a_session_is_not_looked_for_as_somebody_else(
    emulator: Emulator, session: Session, call: Callable[[Session], Any]
) -> None:
    """The refusal is raised as it is; no anonymous token is asked for, nothing is charged."""
    charged = len(emulator.charges)
    emulator.expire_tokens()
    with pytest.raises(AuthenticationError):
        await call(session)
    assert emulator.calls_of("anonymous_token") == []
    assert len(emulator.charges) == charged


async def test_a_charged_film_is_gone_on_with_by_the_right_token(emulator: Emulator) -> None:
    """The error says so, and `resume` with another token of the same user gives the film."""
    token = emulator.add_token(user_id="anna")
    emulator.script(text("One."), 60.0, text("Two."), draft=NEW, charge="generation")
    async with NemoClient(token, base_url=emulator.base_url, timing=QUICK) as client:
        generation = client.generate("a cat", language="en")
        async for _ in _first(generation):
            emulator.expire_tokens()
        with pytest.raises(AuthenticationError, match=r"Check the token.* client\.resume"):
            await generation
    token = emulator.add_token(user_id="anna")
    async with NemoClient(token, base_url=emulator.base_url, timing=QUICK) as client:
        assert isinstance(await client.resume(generation.checkpoint), Video)
    assert len(emulator.charges) == 1


async def _first(generation: Any) -> AsyncIterator[Any]:
    async for event in generation:
        yield event
        return


@pytest.mark.parametrize("stage", ["message", "render"])
async def test_a_wrong_token_is_named_when_going_on(
    emulator: Emulator, client: NemoClient, stage: str
) -> None:
    """Going on with a token that is none does not end in an outcome that is not known."""
    kept: dict[str, Checkpoint] = {}
    await client.generate("a cat", on_checkpoint=lambda at: kept.update({at.stage: at}))
    async with NemoClient("wrong", base_url=emulator.base_url, timing=QUICK) as other:
        with pytest.raises(AuthenticationError):
            await other.resume(kept[stage])


@pytest.mark.parametrize("endpoint", ["create_session", "upload", "run_sse"])
async def test_what_was_not_charged_begins_anew_as_an_anonymous_user(
    emulator: Emulator, client: NemoClient, endpoint: str
) -> None:
    """Until the message is taken, a rejected token costs a new session and nothing else."""
    emulator.faults.answer(endpoint, times=None if endpoint == "create_session" else 1, **GONE)
    if endpoint == "create_session":
        emulator.faults.clear()
        emulator.expire_tokens()
    with pytest.warns(UserWarning, match="anonymous"):
        video = await client.generate("a cat", files=[PNG], language="en")
    assert isinstance(video, Video)
    assert len(emulator.charges) == 1
    assert len(emulator.calls_of("anonymous_token")) == 1


async def test_one_who_falls_back_does_not_take_the_others_along(
    emulator: Emulator, client: NemoClient
) -> None:
    """A generation that was charged is told of the token, not of a session that is not found."""
    emulator.script(text("One."), 100.0, text("Two."), draft=NEW, charge="generation")
    first = client.generate("a cat", language="en")
    waiting = asyncio.create_task(_awaited(first))
    while not emulator.charges:
        await asyncio.sleep(0.005)
    emulator.expire_tokens()
    with pytest.warns(UserWarning, match="anonymous"):
        assert (await client.credits()).available
    assert client.account.kind == "fallen back"
    with pytest.raises(AuthenticationError, match=r"client\.resume"):
        await waiting


async def _awaited(generation: Any) -> Video:
    video: Video = await generation
    return video


async def test_the_link_is_for_who_uses_the_anonymous_token(emulator: Emulator) -> None:
    """Nobody registers with the id of the user whose token was rejected."""
    token = emulator.add_token(user_id="anna")
    async with NemoClient(token, base_url=emulator.base_url, timing=QUICK) as client:
        await (await client.create_session()).state()
        emulator.expire_tokens()
        assert client.account == Account("own", "anna")
        with pytest.warns(UserWarning, match="anonymous"):
            await client.credits()
        assert "anna" not in (client._account.current.register_url() or "")
        now = client.account
        assert (now.kind, (now.user_id or "")[:5]) == ("fallen back", "anon_")
        assert now.expires_at


async def test_a_persons_words_do_not_change_the_user(
    emulator: Emulator, client: NemoClient, session: Session
) -> None:
    """`credits`, said in a session, is that user's balance or an error, and nobody else's."""
    emulator.expire_tokens()
    with pytest.raises(AuthenticationError):
        await session.handle("credits")
    assert emulator.calls_of("anonymous_token") == []


async def test_a_session_is_of_whoever_made_it(emulator: Emulator, client: NemoClient) -> None:
    """Another call falls back while it is made: it keeps its token, which may still work."""
    emulator.faults.delay("create_session", seconds=100)
    making = asyncio.create_task(client.create_session())
    while not emulator.calls_of("create_session"):
        await asyncio.sleep(0.002)
    emulator.faults.answer("balance", **GONE)
    with pytest.warns(UserWarning, match="anonymous"):
        await client.credits()
    session = await making
    assert (await session.state()).user_id == "anna"
    emulator.expire_tokens()
    with pytest.raises(AuthenticationError):
        await session.state()
