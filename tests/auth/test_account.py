"""Who calls: one request for a token however many ask, and what happens when it is rejected."""

import asyncio
import json
import logging
import os
import pickle
import subprocess
import sys
import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import FAST

from nemo_sdk import (
    Account,
    AnonymousToken,
    APIError,
    AuthenticationError,
    BadRequestError,
    FileTokenStore,
    InsufficientCreditsError,
    InvalidResponseError,
    NemoClient,
    RateLimitError,
    ServerError,
)
from nemo_sdk.emulator import Emulator


def of(emulator: Emulator, token: Any = None, **options: Any) -> NemoClient:
    return NemoClient(token, base_url=emulator.base_url, timing=FAST, **options)


def asked(emulator: Emulator) -> int:
    return len(emulator.calls_of("anonymous_token"))


async def test_many_calls_at_once_ask_once(emulator: Emulator, client: NemoClient) -> None:
    """However many calls begin at once, one token is asked for."""
    await asyncio.gather(*(client.credits() for _ in range(50)))
    assert asked(emulator) == 1


async def test_many_clients_at_once_ask_once(emulator: Emulator) -> None:
    """Clients that start at once in one process share a client id and a token."""
    clients = [of(emulator) for _ in range(20)]
    await asyncio.gather(*(client.credits() for client in clients))
    await asyncio.gather(*(client.aclose() for client in clients))
    assert asked(emulator) == 1
    assert len({call.headers["Authorization"] for call in emulator.calls_of("balance")}) == 1


PROGRAM = """
import asyncio, sys
from nemo_sdk import NemoClient

async def main():
    async with NemoClient(base_url=sys.argv[1]) as client:
        sys.stdin.readline()
        await client.credits()

asyncio.run(main())
"""


async def test_many_processes_at_once_ask_once(emulator: Emulator, home: Path) -> None:
    """Eight processes that start at once on a new machine get one client id and one token."""
    command = (sys.executable, "-W", "error", "-c", PROGRAM, emulator.base_url)
    pipe = subprocess.PIPE
    processes = [
        await asyncio.create_subprocess_exec(*command, stdin=pipe, stderr=pipe) for _ in range(8)
    ]
    ends = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
    assert [error for _, error in ends] == [b""] * 8
    assert asked(emulator) == 1
    assert len(emulator.calls_of("balance")) == 8
    folder = home / ".config" / "nemovideo"
    assert {file.name for file in folder.iterdir()} == {"client_id", "tokens.json", "tokens.lock"}


async def test_a_token_is_kept_for_the_next_run(emulator: Emulator) -> None:
    """A second client of the same service uses the kept token."""
    for _ in range(2):
        async with of(emulator) as client:
            await client.credits()
    assert asked(emulator) == 1


async def test_tokens_are_kept_per_service_and_client_id(emulator: Emulator) -> None:
    """Another client id or another service has a token of its own."""
    async with Emulator() as other:
        for running, client_id in ((emulator, "a"), (emulator, "b"), (other, "a")):
            async with of(running, client_id=client_id) as client:
                await client.credits()
        assert (asked(emulator), asked(other)) == (2, 1)


@pytest.mark.parametrize("expires_at", ["2001-01-01T00:00:00Z", "978307200"])
async def test_an_expired_token_is_not_used(emulator: Emulator, expires_at: str) -> None:
    """A kept token whose time is over is not even tried."""
    key = f"{emulator.base_url} me"
    FileTokenStore().save(key, AnonymousToken("nmv_usr_old", "anon_1", expires_at))
    async with of(emulator, client_id="me") as client:
        await client.credits()
    assert asked(emulator) == 1
    assert "nmv_usr_old" not in {call.headers["Authorization"] for call in emulator.calls[1:]}


async def test_a_token_in_use_is_used_until_it_is_rejected(emulator: Emulator) -> None:
    """The clock may be wrong by days: a token got in this process is good until the 1001."""
    body = {"code": 0, "data": {"token": "nmv_usr_x", "expires_at": "2001-01-01T00:00:00Z"}}
    raw = json.dumps(body).encode().replace(b"nmv_usr_x", emulator.add_token().encode())
    emulator.faults.answer("anonymous_token", body=raw, effect=False)
    async with of(emulator) as client:
        for _ in range(3):
            await client.credits()
        assert asked(emulator) == 1
        emulator.expire_tokens()
        await client.credits()
    assert asked(emulator) == 2


def yesterday() -> str:
    return (datetime.now(UTC) - timedelta(days=1)).isoformat()


async def test_an_expired_token_is_better_than_none(emulator: Emulator) -> None:
    """A kept token that looks expired is tried where the service gives out no other now."""
    kept = AnonymousToken(emulator.add_token(), "anon_1", yesterday())
    FileTokenStore().save(f"{emulator.base_url} me", kept)
    emulator.faults.answer("anonymous_token", status=429, times=99)
    async with of(emulator, client_id="me") as client:
        await client.credits()
        emulator.expire_tokens()
        with pytest.raises(APIError):
            await client.credits()
    assert {call.headers["Authorization"] for call in emulator.calls_of("balance")} == {
        f"Bearer {kept.token}"
    }


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"status": 429, "headers": {"Retry-After": "604800"}}, RateLimitError),
        ({"status": 429, "headers": {"Retry-After": "0"}}, RateLimitError),
        ({"status": 503}, ServerError),
    ],
    ids=["for seven days", "for now", "busy"],
)
async def test_why_there_is_no_other_token(
    emulator: Emulator, answer: dict[str, Any], error: type[APIError]
) -> None:
    """What the service says where a rejected token is to be renewed is what the caller hears."""
    async with of(emulator) as client:
        await client.credits()
        emulator.expire_tokens()
        emulator.faults.answer("anonymous_token", times=99, effect=False, **answer)
        with pytest.raises(error) as caught:
            await client.credits()
    assert (caught.value.path, caught.value.charged) == ("/api/auth/anonymous-token", "no")
    assert len(emulator.calls_of("balance")) == 2
    if isinstance(caught.value, RateLimitError):
        assert caught.value.retry_after == float(answer["headers"]["Retry-After"])


async def test_a_token_that_another_process_got_meanwhile_is_used(emulator: Emulator) -> None:
    """A new one that is refused for its rate may be there by now: somebody else asked for it."""
    key, token = f"{emulator.base_url} me", emulator.add_token()

    class Late:
        """A store in which a token appears after the first look."""

        looks = 0

        def load(self, _: str) -> str | None:
            self.looks += 1
            return token if self.looks > 1 else None

        def save(self, _: str, __: AnonymousToken) -> None:
            raise AssertionError(key)

    emulator.faults.answer("anonymous_token", status=429, times=99)
    async with of(emulator, client_id="me", token_store=Late()) as client:
        assert (await client.credits()).available


async def test_two_containers_on_one_volume_share_a_token(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store's folder holds client id, token and lock, whatever the home."""
    for container in ("one", "other"):
        monkeypatch.setenv("HOME", str(tmp_path / container))
        async with of(emulator, token_store=FileTokenStore(tmp_path / "volume")) as client:
            await client.credits()
        assert not (tmp_path / container).exists()
    assert asked(emulator) == 1
    assert {file.name for file in (tmp_path / "volume").iterdir()} == {
        *("client_id", "tokens.json", "tokens.lock")
    }


async def test_a_given_token_that_a_function_returns_may_be_quoted(emulator: Emulator) -> None:
    """A token from a file or a vault is taken as one from a variable is."""
    token = emulator.add_token()

    async def read() -> str:
        return f'"{token}"\n'

    async with of(emulator, read, anonymous_fallback=False) as client:
        await client.credits()


async def test_a_placeholder_that_a_function_returns_is_refused(emulator: Emulator) -> None:
    """It is no reason to go on as somebody else."""

    async def read() -> str:
        return "${NEMO_TOKEN}"

    async with of(emulator, read) as client:
        with pytest.raises(ValueError, match="placeholder"):
            await client.credits()
    assert emulator.calls == []


async def test_a_rejected_anonymous_token_is_asked_for_again(emulator: Emulator) -> None:
    """After a 1001 the same client id gets another token, one for all calls under way."""
    async with of(emulator) as client:
        await client.credits()
        emulator.expire_tokens()
        await asyncio.gather(*(client.credits() for _ in range(10)))
    first, second = emulator.calls_of("anonymous_token")
    assert first.headers["X-Client-Id"] == second.headers["X-Client-Id"]
    async with of(emulator) as later:
        await later.credits()
    assert asked(emulator) == 2


async def test_a_token_renewed_elsewhere_is_taken_over(emulator: Emulator) -> None:
    """After a 1001 the token that another process was given is used, not a third one."""
    async with of(emulator) as one, of(emulator) as other:
        await one.credits()
        await other.credits()
        emulator.expire_tokens()
        await one.credits()
        await other.credits()
    assert asked(emulator) == 2


async def test_a_missing_client_id_is_mended_once(emulator: Emulator, home: Path) -> None:
    """A 400 of the token's endpoint makes a new client id, which is kept, and one repeat."""
    emulator.faults.answer("anonymous_token", status=400, body=b'{"detail": "X-Client-Id"}')
    async with of(emulator) as client:
        await client.credits()
    first, second = (call.headers["X-Client-Id"] for call in emulator.calls_of("anonymous_token"))
    assert first != second
    assert (home / ".config" / "nemovideo" / "client_id").read_text().strip() == second


async def test_a_second_400_is_raised(emulator: Emulator) -> None:
    """Where a new client id does not help, the refusal is the caller's."""
    emulator.faults.answer("anonymous_token", status=400, times=None)
    async with of(emulator) as client:
        with pytest.raises(BadRequestError):
            await client.credits()
    assert asked(emulator) == 2


async def test_a_limit_on_tokens_is_told(emulator: Emulator) -> None:
    """A client that forgot its token meets the service's limit, which is raised at once."""
    for number in range(2):
        async with of(emulator, client_id="me", token_store=None) as client:
            if number:
                with pytest.raises(RateLimitError, match="days") as caught:
                    await client.credits()
                assert (caught.value.retry_after or 0) > 120
            else:
                await client.credits()


@pytest.mark.parametrize(
    "data", [{}, {"token": ""}, {"token": None}, {"token": "a\r\nb"}, {"token": "a b"}, [], "x"]
)
async def test_an_answer_without_a_token_is_unreadable(emulator: Emulator, data: Any) -> None:
    """What cannot be a token is neither used nor kept."""
    body = json.dumps({"code": 0, "data": data}).encode()
    emulator.faults.answer("anonymous_token", body=body, times=None)
    async with of(emulator) as client:
        with pytest.raises(InvalidResponseError):
            await client.credits()
    assert [call.endpoint for call in emulator.calls] == ["anonymous_token"]


async def test_only_the_token_is_needed(emulator: Emulator) -> None:
    """An answer with a token alone is enough, and is kept."""
    token = emulator.add_token()
    emulator.faults.answer("anonymous_token", body=json.dumps({"token": token}).encode())
    for _ in range(2):
        async with of(emulator) as client:
            await client.credits()
    assert asked(emulator) == 1


async def test_a_given_token_is_used_alone(emulator: Emulator, home: Path) -> None:
    """With a token given nothing is asked for, and nothing is written to disk."""
    async with of(emulator, emulator.add_token()) as client:
        await client.credits()
    assert [call.endpoint for call in emulator.calls] == ["balance"]
    assert list(home.iterdir()) == []


async def test_the_token_of_the_environment_is_used(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NEMO_TOKEN is a given token."""
    monkeypatch.setenv("NEMO_TOKEN", emulator.add_token())
    async with of(emulator) as client:
        await client.credits()
    assert asked(emulator) == 0


async def test_a_rejected_given_token_falls_back_with_a_warning(emulator: Emulator) -> None:
    """After a 1001 on a given token an anonymous one is used, and one warning says so."""
    async with of(emulator, "nmv_usr_wrong") as client:
        with pytest.warns(UserWarning, match="Going on with an anonymous one") as told:
            await asyncio.gather(client.credits(), client.credits())
        await client.credits()
    assert len(told) == 1
    assert "nmv_usr_wrong" not in str(told[0].message)
    assert asked(emulator) == 1


async def test_a_fallback_that_fails_is_tried_again(emulator: Emulator) -> None:
    """Where no anonymous token is to be had just now, the next call asks for one again."""
    emulator.faults.answer("anonymous_token", status=403, effect=False)
    async with of(emulator, "nmv_usr_wrong") as client:
        with pytest.warns(UserWarning, match="anonymous"), pytest.raises(APIError, match="403"):
            await client.credits()
        await client.credits()


async def test_without_the_fallback_the_refusal_is_raised(emulator: Emulator) -> None:
    """With anonymous_fallback=False a rejected token is an error, and nothing is asked for."""
    async with of(emulator, "nmv_usr_wrong", anonymous_fallback=False) as client:
        with pytest.raises(AuthenticationError, match="NEMO_TOKEN"):
            await client.credits()
    assert [call.endpoint for call in emulator.calls] == ["balance"]


async def test_a_function_is_asked_when_it_is_needed(emulator: Emulator) -> None:
    """A token function is asked once for many calls, and again after a 1001."""
    given: list[str] = []

    async def token() -> str:
        given.append(emulator.add_token(user_id="me"))
        await asyncio.sleep(0)
        return given[-1]

    async with of(emulator, token) as client:
        assert given == []
        await asyncio.gather(*(client.credits() for _ in range(10)))
        assert len(given) == 1
        emulator.expire_tokens()
        await asyncio.gather(*(client.credits() for _ in range(10)))
        assert len(given) == 2
    assert asked(emulator) == 0


async def test_a_function_that_has_no_other_token_falls_back(emulator: Emulator) -> None:
    """A function that gives the rejected token again is not asked for ever."""

    async def token() -> str:
        return "nmv_usr_wrong"

    async with of(emulator, token) as client:
        with pytest.warns(UserWarning, match="anonymous"):
            await client.credits()
    async with of(emulator, token, anonymous_fallback=False) as client:
        with pytest.raises(AuthenticationError):
            await client.credits()


@pytest.mark.parametrize("bad", ["", "a b", "a\nb", None, 5])
async def test_a_function_must_give_a_token(emulator: Emulator, bad: Any) -> None:
    """What a function gives is checked like an argument, before anything is sent."""

    async def token() -> Any:
        return bad

    async with of(emulator, token) as client:
        with pytest.raises((TypeError, ValueError), match="token"):
            await client.credits()
    assert emulator.calls == []


async def test_a_function_that_fails_fails_its_callers_alone(emulator: Emulator) -> None:
    """An error of the function's is its callers'; the next call asks it again."""
    answers: list[Any] = [LookupError("vault is closed"), emulator.add_token()]

    async def token() -> str:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return str(answer)

    async with of(emulator, token) as client:
        with pytest.raises(LookupError, match="vault"):
            await client.credits()
        await client.credits()


async def test_a_cancelled_caller_leaves_the_others_their_token(emulator: Emulator) -> None:
    """One of several who wait for a token can go; the others get it."""
    emulator.faults.delay("anonymous_token", seconds=100)
    async with of(emulator) as client:
        calls = [asyncio.create_task(client.credits()) for _ in range(3)]
        await asyncio.sleep(0.03)
        calls[0].cancel()
        await asyncio.gather(*calls[1:])
        assert calls[0].cancelled()
    assert asked(emulator) == 1


class Store:
    """A store of the user's, plain or async."""

    def __init__(self, kept: Any = None) -> None:
        self.kept = kept
        self.keys: set[str] = set()

    def load(self, key: str) -> Any:
        self.keys.add(key)
        return self.kept

    def save(self, key: str, token: AnonymousToken) -> Any:
        self.keys.add(key)
        self.kept = token


class AsyncStore(Store):
    async def load(self, key: str) -> Any:
        return super().load(key)

    async def save(self, key: str, token: AnonymousToken) -> Any:
        super().save(key, token)


@pytest.mark.parametrize("kind", [Store, AsyncStore])
async def test_a_store_of_the_users_is_used(emulator: Emulator, home: Path, kind: Any) -> None:
    """A token is kept in the given store, plain or async, under a key for service and client."""
    store = kind()
    for _ in range(2):
        async with of(emulator, token_store=store, client_id="me") as client:
            await client.credits()
    assert asked(emulator) == 1
    (key,) = store.keys
    assert emulator.base_url in key
    assert "me" in key
    assert not (home / ".config" / "nemovideo" / "tokens.json").exists()


async def test_a_store_may_keep_the_token_alone(emulator: Emulator) -> None:
    """A store that gives back just the text of a token is fine."""
    async with of(emulator, token_store=Store(emulator.add_token())) as client:
        await client.credits()
    assert asked(emulator) == 0


@pytest.mark.parametrize("kept", [5, b"x", "", "a b", {"token": "x"}, AnonymousToken("a\nb")])
async def test_a_store_that_gives_nonsense_is_not_used(emulator: Emulator, kept: Any) -> None:
    """What is no token is passed over, and a new one is asked for."""
    async with of(emulator, token_store=Store(kept)) as client:
        await client.credits()
    assert asked(emulator) == 1


async def test_the_link_to_register_is_the_users(emulator: Emulator) -> None:
    """Out of credits, an anonymous user is shown where to register with that user's id."""
    async with Emulator(credits=0) as poor:
        async with of(poor, web_url="https://web.example") as client:
            session = await client.create_session()
            with pytest.raises(InsufficientCreditsError, match="Register") as caught:
                await session.ask("a cat walking")
            user = next(iter(poor.sessions.values())).account.user_id
        assert caught.value.register_url == f"https://web.example/register?bind={user}"
        token = poor.add_token(credits=0)
        async with of(poor, token) as client:
            session = await client.create_session()
            with pytest.raises(InsufficientCreditsError, match="Top up") as caught:
                await session.ask("a cat walking")
        assert caught.value.register_url is None


async def test_whose_credits_are_spent_is_told(emulator: Emulator) -> None:
    """Without a token it is an anonymous user, whose id is known once there is one."""
    async with of(emulator) as client:
        assert client.account == Account("anonymous")
        await client.credits()
        now = client.account
    assert (now.kind, (now.user_id or "")[:5]) == ("anonymous", "anon_")
    assert now.expires_at


async def test_a_token_is_in_no_log_repr_or_pickle(
    emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing that a program prints, logs or pickles by accident shows the token."""
    with caplog.at_level(logging.DEBUG):
        async with of(emulator) as client:
            generation = client.generate("a cat")
            video = await generation
            token = client._account.current.at_hand or ""
            session = await client.create_session()
            turn = session.send("x")
            things = [client, session, turn, generation, video, client.render("r")]
            things += [client._account, client._transport, client._account.current]
            await client.credits()
    assert token.startswith("nmv_usr_")
    assert "GET /api/credits/balance/simple" in caplog.text
    for thing in things:
        assert token not in repr(thing)
        assert token not in str(thing)
    assert token not in caplog.text


@pytest.mark.parametrize(
    "make",
    [
        lambda client: client,
        lambda client: client.session("1"),
        lambda client: client.session("1").send("x"),
        lambda client: client.render("r"),
    ],
    ids=["client", "session", "turn", "render"],
)
def test_what_holds_a_token_is_not_pickled(make: Any) -> None:
    """Pickling a client or what belongs to it is refused in a sentence."""
    with pytest.raises(TypeError, match="token"):
        pickle.dumps(make(NemoClient("nmv_usr_1")))


@pytest.mark.parametrize("endpoint", ["balance", "create_session", "anonymous_token"])
async def test_a_redirect_carries_no_token_away(emulator: Emulator, endpoint: str) -> None:
    """A redirect to another origin is refused: nothing at all goes there."""
    async with Emulator() as elsewhere:
        for status in (301, 302, 303, 307, 308):
            headers = {"Location": f"{elsewhere.base_url}/stolen"}
            emulator.faults.answer(endpoint, status=status, headers=headers)
            async with of(emulator, token_store=None, client_id=f"c{status}") as client:
                with pytest.raises(APIError, match="redirected"):
                    await (client.credits() if endpoint == "balance" else client.create_session())
        assert elsewhere.calls == []


async def test_the_films_host_never_sees_the_token(emulator: Emulator) -> None:
    """A film is fetched from its host without the token, and redirects there carry none."""
    async with of(emulator) as client:
        video = await client.generate("a cat")
        await video.read()
    films = emulator.calls_of("film")
    assert films
    assert all("Authorization" not in call.headers for call in films)


async def test_netrc_does_not_replace_the_token(
    emulator: Emulator, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A password in ~/.netrc for the service's host is not sent in place of the token."""
    netrc = home / ".netrc"
    netrc.write_text("default login me password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setattr("nemo_sdk._config.settings.is_loopback", lambda host: host is None)
    monkeypatch.setattr("nemo_sdk._config.settings._service_url", _as_it_is)
    token = emulator.add_token()
    async with of(emulator, token) as client:
        await client.credits()
    assert emulator.calls[0].headers["Authorization"] == f"Bearer {token}"


def _as_it_is(text: str) -> Any:
    from yarl import URL

    return URL(text)


async def test_nothing_of_the_environment_is_left_in_a_process_list(emulator: Emulator) -> None:
    """The token is never an argument or a title of the process."""
    token = emulator.add_token()
    async with of(emulator, token) as client:
        await client.credits()
        shown = Path(f"/proc/{os.getpid()}/cmdline")
        assert not shown.exists() or token.encode() not in shown.read_bytes()


async def test_a_warning_as_an_error_does_not_lose_the_fallback(emulator: Emulator) -> None:
    """Where warnings are errors the caller gets it once, and the next call goes on."""
    async with of(emulator, "nmv_usr_wrong") as client:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with pytest.raises(UserWarning):
                await client.credits()
            await client.credits()


async def test_who_comes_while_a_request_is_given_up_makes_its_own(emulator: Emulator) -> None:
    """A token function that cleans up for a cancelled caller is no token of anybody else's."""
    token = emulator.add_token()

    async def slow() -> str:
        try:
            await asyncio.sleep(0.1)
        except asyncio.CancelledError:
            await asyncio.sleep(0.1)
            raise
        return token

    async with NemoClient(slow, base_url=emulator.base_url, timing=FAST) as client:
        first = asyncio.create_task(client.credits())
        await asyncio.sleep(0.02)
        first.cancel()
        await asyncio.sleep(0.02)
        assert (await client.credits()).available
    await asyncio.gather(first, return_exceptions=True)
