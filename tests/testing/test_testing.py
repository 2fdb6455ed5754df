"""The pytest plugin: what a user's suite gets from it, under each of the async runners."""

import asyncio
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np  # noqa: F401 - it is loaded once a process, and inner suites drop what they load
import pytest

from nemo_sdk import InsufficientCreditsError, NemoClient, RenderFailedError
from nemo_sdk.emulator import Clock, wire
from nemo_sdk.testing import LocalEmulator

pytest_plugins = ["pytester"]

Suite = Callable[[str], pytest.RunResult]
INI = """
[pytest]
addopts = --strict-markers --strict-config -p no:cacheprovider -p no:hypothesispytest
asyncio_mode = {mode}
asyncio_default_fixture_loop_scope = function
filterwarnings = error
"""
HEADER = """
import asyncio
import pytest
from nemo_sdk import *
from nemo_sdk.testing import LocalEmulator
"""
ON_ANYIO = """
@pytest.fixture(scope="module")
def anyio_backend():
    return "asyncio"
"""
RUNNERS = {
    "auto": ("auto", HEADER),
    "strict": ("strict", HEADER + "pytestmark = pytest.mark.asyncio\n"),
    "session": ("strict", HEADER + "pytestmark = pytest.mark.asyncio(loop_scope='session')\n"),
    "anyio": ("strict", HEADER + "pytestmark = pytest.mark.anyio\n" + ON_ANYIO),
}


@pytest.fixture(params=RUNNERS)
def suite(request: pytest.FixtureRequest, pytester: pytest.Pytester) -> Suite:
    """Runs a suite of a user's under one of the async runners; every warning fails it."""
    mode, header = RUNNERS[request.param]
    return _suite(pytester, mode, header)


@pytest.fixture
def plain_suite(pytester: pytest.Pytester) -> Suite:
    """Runs a suite of a user's under pytest-asyncio's auto mode."""
    return _suite(pytester, *RUNNERS["auto"])


def _suite(pytester: pytest.Pytester, mode: str, header: str) -> Suite:
    pytester.makeini(INI.format(mode=mode))

    def run(text: str) -> pytest.RunResult:
        pytester.makepyfile(header + text)
        return pytester.runpytest_inprocess()

    return run


def test_client_and_emulator(suite: Suite) -> None:
    """The two fixtures are enough for a generation, and each test has a service of its own."""
    result = suite("""
@pytest.mark.parametrize("prompt", ["a cat", "a dog"])
@pytest.mark.nemo_emulator(films=False)
async def test_film(nemo_client, nemo_emulator, prompt):
    video = await nemo_client.generate(prompt)
    assert await video.read()
    assert [charge.text for charge in nemo_emulator.charges] == [prompt]
""")
    result.assert_outcomes(passed=2)


def test_failing_test_leaves_nothing(suite: Suite) -> None:
    """A test that fails in the middle of a turn is one failure, without warnings or errors."""
    result = suite("""
@pytest.mark.nemo_emulator(speed=1)
async def test_failing(nemo_client):
    async with (await nemo_client.create_session()).send("a cat") as turn:
        await anext(turn)
        raise ValueError("on purpose")
""")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*ValueError: on purpose*"])
    result.stdout.no_fnmatch_line("*nclosed*")
    result.stdout.no_fnmatch_line("*never retrieved*")


def test_turn_left_open_is_closed(suite: Suite) -> None:
    """A stream that a test forgets to close is closed with the client."""
    result = suite("""
@pytest.mark.nemo_emulator(speed=1)
async def test_forgetful(nemo_client):
    turn = (await nemo_client.create_session()).send("a cat")
    await turn.__aenter__()
    await anext(turn)
    await anext(nemo_client.generate("a dog").progress(every=0.01))
""")
    result.assert_outcomes(passed=1)


def test_cancelled_generation(suite: Suite) -> None:
    """A test may cancel a generation, and the fixtures end as ever."""
    result = suite("""
@pytest.mark.nemo_emulator(speed=1)
async def test_impatient(nemo_client, nemo_emulator):
    generation = nemo_client.generate("a cat")

    async def wait():
        await generation

    waiting = asyncio.create_task(wait())
    while not nemo_emulator.charges:
        await asyncio.sleep(0.01)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert generation.checkpoint.stage == "message"
""")
    result.assert_outcomes(passed=1)


def test_async_fixture_of_the_users(plain_suite: Suite) -> None:
    """An async fixture may use the client before and after the test."""
    result = plain_suite("""
@pytest.fixture
async def session(nemo_client):
    yield await nemo_client.create_session()
    await nemo_client.credits()

async def test_session(session, nemo_emulator):
    reply = await session.ask("a cat")
    assert nemo_emulator.draft(session.id) == reply.timeline.raw
""")
    result.assert_outcomes(passed=1)


def test_async_fixture_on_anyio(pytester: pytest.Pytester) -> None:
    """The loop of anyio, which fixtures keep open between tests, is not missed either."""
    result = _suite(pytester, *RUNNERS["anyio"])("""
@pytest.fixture(scope="module")
async def open_loop():
    yield asyncio.get_running_loop()

@pytest.mark.parametrize("number", [1, 2])
async def test_session(open_loop, nemo_client, number):
    assert open_loop is asyncio.get_running_loop()
    await nemo_client.generate("a cat")
""")
    result.assert_outcomes(passed=2)


def test_test_without_a_loop(plain_suite: Suite) -> None:
    """A plain test uses the same client in one loop after another."""
    result = plain_suite("""
def test_sync(nemo_client):
    async def main():
        return (await nemo_client.credits()).available
    assert asyncio.run(main()) == asyncio.run(main()) == 10_000
""")
    result.assert_outcomes(passed=1)


def test_loop_closed_by_hand(plain_suite: Suite) -> None:
    """A loop that was closed without its sessions leaves no warning either."""
    result = plain_suite("""
def test_sync(nemo_client):
    loop = asyncio.new_event_loop()
    loop.run_until_complete(nemo_client.credits())
    loop.close()
""")
    result.assert_outcomes(passed=1)


def test_markers_are_options(plain_suite: Suite) -> None:
    """A marker's options win over the module's, those over the fixture's, and unnamed ones stay."""
    result = plain_suite("""
pytestmark = pytest.mark.nemo_emulator(credits=7, films=False)

@pytest.fixture
def nemo_emulator_options():
    return {"credits": 1, "edit_cost": 5}

async def test_module(nemo_client, nemo_emulator):
    assert (await nemo_client.credits()).available == 7

@pytest.mark.nemo_emulator(credits=9)
async def test_own(nemo_client):
    assert (await nemo_client.credits()).available == 9
    with pytest.raises(InsufficientCreditsError, match="register"):
        await nemo_client.generate("a cat")
""")
    result.assert_outcomes(passed=2)


@pytest.mark.parametrize(
    ("marker", "words"),
    [
        ("(credit=5)", "*no option 'credit'*credits*"),
        ("(5)", "*takes options by name*"),
        ("(shapes='Z')", "*shapes*"),
    ],
)
def test_wrong_option(plain_suite: Suite, marker: str, words: str) -> None:
    """An option that cannot be is an error of that test, with a sentence that helps."""
    result = plain_suite(f"""
@pytest.mark.nemo_emulator{marker}
def test_wrong(nemo_emulator):
    pass
""")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([words])


def test_other_backend_of_anyio(pytester: pytest.Pytester) -> None:
    """Under trio, where aiohttp does not run, the error says what to define."""
    trio = HEADER + "pytestmark = pytest.mark.anyio\n" + ON_ANYIO.replace('"asyncio"', '"trio"')
    result = _suite(pytester, "strict", trio)("""
async def test_trio(nemo_client):
    pass
""")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*define a fixture anyio_backend*"])


def test_nothing_is_taken_from_outside(
    plain_suite: Suite, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The developer's token, address and home folder are neither used nor touched."""
    for name in ("NEMO_TOKEN", "NEMO_CLIENT_ID"):
        monkeypatch.setenv(name, "the-developers-own")
    monkeypatch.setenv("NEMO_API_URL", "https://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    result = plain_suite("""
async def test_env(nemo_client, nemo_emulator):
    await nemo_client.credits()
    assert nemo_emulator.calls
    assert "the-developers-own" not in str([dict(call.headers) for call in nemo_emulator.calls])
    with pytest.raises(InsufficientCreditsError, match="https://nemovideo.com/register"):
        nemo_emulator.faults.answer("run_sse", status=200, body=b'{"code":2001,"message":"none"}',
                                    headers={"Content-Type": "application/json"})
        await (await nemo_client.create_session()).ask("a cat")
""")
    result.assert_outcomes(passed=1)
    assert list(home.iterdir()) == []
    assert os.environ["NEMO_TOKEN"] == "the-developers-own"


def test_in_parallel(pytester: pytest.Pytester) -> None:
    """Under xdist each worker's tests have services of their own."""
    pytester.makeini(INI.format(mode="auto"))
    pytester.makepyfile(
        HEADER
        + """
@pytest.mark.parametrize("number", range(6))
@pytest.mark.nemo_emulator(films=False)
async def test_film(nemo_client, nemo_emulator, number):
    await nemo_client.generate(f"film number {number}")
    assert len(nemo_emulator.charges) == 1
"""
    )
    pytester.runpytest_subprocess("-n", "2").assert_outcomes(passed=6)


def test_no_cost_for_others(pytester: pytest.Pytester) -> None:
    """A suite that does not use the fixtures loads nothing of the library."""
    pytester.makeini("[pytest]\n")
    pytester.makepyfile("""
import sys

def test_other():
    ours = {name for name in sys.modules if name.startswith("nemo_sdk")}
    assert ours == {"nemo_sdk", "nemo_sdk._version", "nemo_sdk._pytest_plugin"}
    assert not set(sys.modules) & {"aiohttp", "attr", "cattrs", "tenacity", "yarl", "av"}
""")
    pytester.runpytest_subprocess("-p", "no:asyncio").assert_outcomes(passed=1)


def test_fixtures_are_listed(pytester: pytest.Pytester) -> None:
    """`pytest --fixtures` and `--markers` tell what there is."""
    pytester.makeini(INI.format(mode="auto"))
    listed = pytester.runpytest_inprocess("--markers").stdout
    listed.fnmatch_lines(["*pytest.mark.nemo_emulator(*"])
    listed = pytester.runpytest_inprocess("--fixtures").stdout
    listed.fnmatch_lines(["nemo_emulator_options*", "nemo_emulator *", "nemo_client *"])


async def test_remote_controls(nemo_client: NemoClient, nemo_emulator: LocalEmulator) -> None:
    """Scripts, tokens and renders are arranged from the test's own thread."""
    nemo_emulator.script({"content": {"parts": [{"text": "Well said."}]}}, charge="answer")
    session = await nemo_client.create_session()
    assert (await session.ask("anything")).raw_text == "Well said."
    assert nemo_emulator.charges == []
    assert nemo_emulator.draft(session.id) is None
    nemo_emulator.expire_tokens()
    assert (await nemo_client.credits()).available == 10_000
    assert len(nemo_emulator.calls_of("anonymous_token")) == 2
    with pytest.raises(ValueError, match="no endpoint 'run_see'"):
        nemo_emulator.calls_of("run_see")


@pytest.mark.nemo_emulator(films=False)
async def test_a_conversation_is_arranged(
    nemo_client: NemoClient, nemo_emulator: LocalEmulator
) -> None:
    """The agent is told to ask, and a script may be one list, as with an emulator of one's own."""
    nemo_emulator.agent.asks("Which aspect ratio?", options=("16:9", "9:16"))
    nemo_emulator.script([wire.text("Well "), wire.text("said.")], charge="answer")
    session = await nemo_client.create_session()
    (question,) = (await session.ask("a cat")).questions
    assert (question.text, question.options) == ("Which aspect ratio?", ("16:9", "9:16"))
    assert "said." in (await session.ask("9:16")).raw_text


@pytest.mark.nemo_emulator(films=False)
async def test_failing_renders(nemo_client: NemoClient, nemo_emulator: LocalEmulator) -> None:
    """Renders fail as often as the test says."""
    nemo_emulator.fail_renders(2, "no disk")
    with pytest.raises(RenderFailedError, match="no disk"):
        await nemo_client.generate("a cat")


async def test_clients_are_different_users(nemo_emulator: LocalEmulator) -> None:
    """Each client is a user of its own; a registered one has the credits that it was given."""
    one, other = nemo_emulator.client(), nemo_emulator.client()
    await one.credits()
    await other.credits()
    tokens = {call.headers["Authorization"] for call in nemo_emulator.calls_of("balance")}
    assert len(tokens) == 2
    rich = nemo_emulator.client(token=nemo_emulator.add_token(credits=5))
    assert (await rich.credits()).available == 5
    with pytest.raises(InsufficientCreditsError):
        await rich.generate("a cat")


@pytest.mark.nemo_emulator(clock=Clock(manual=True), films=False)
async def test_time_by_hand(nemo_client: NemoClient, nemo_emulator: LocalEmulator) -> None:
    """A clock that stands still is moved from the test's thread."""
    async with (await nemo_client.create_session()).send("what can you do?") as turn:
        await anext(turn)
        before = nemo_emulator.advance(0)
        assert (nemo_emulator.advance(20) - before).total_seconds() == 20
        assert [event async for event in turn]
    assert turn.reply.raw_text


async def test_film_is_real(
    nemo_client: NemoClient, nemo_emulator: LocalEmulator, tmp_path: Path
) -> None:
    """Films are small, and H.264 all the same."""
    av = pytest.importorskip("av")
    video = await nemo_client.generate("a two second film of a cat")
    with av.open(str(await video.save(tmp_path / "cat.mp4"))) as film:
        stream = film.streams.video[0]
        assert (stream.codec_context.name, stream.width, stream.height) == ("h264", 320, 180)


@pytest.mark.nemo_emulator(films=False)
async def test_no_film(nemo_client: NemoClient, nemo_emulator: LocalEmulator) -> None:
    """Without films, the stand-in has the length that was asked for and says what it is."""
    video = await nemo_client.generate("a two second film of a cat")
    assert video.duration == 2
    assert (await video.read()).startswith(b"no film")


def test_port_is_taken() -> None:
    """An emulator that cannot listen says so at once."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        local = LocalEmulator(port=taken.getsockname()[1])
        with pytest.raises(OSError, match="address already in use"), local:
            pass


def test_thread_ends(plain_suite: Suite) -> None:
    """After the test no thread of the emulator's is left."""
    result = plain_suite("""
async def test_film(nemo_client):
    await nemo_client.credits()
""")
    result.assert_outcomes(passed=1)
    assert "nemo-emulator" not in {thread.name for thread in threading.enumerate()}


NO_SOCKETS = """
import socket

class Blocked(RuntimeError):
    pass

class Guarded(socket.socket):
    def __new__(cls, family=-1, *args, **options):
        if family not in ALLOWED:
            raise Blocked("A test tried to use socket.socket.")
        return super().__new__(cls, family, *args, **options)

@pytest.fixture(autouse=True)
def no_sockets(monkeypatch):
    monkeypatch.setattr(socket, "socket", Guarded)
"""


@pytest.mark.parametrize("allowed", ["()", "(socket.AF_UNIX,)"])
def test_sockets_that_are_forbidden_are_told(plain_suite: Suite, allowed: str) -> None:
    """Under pytest-socket's --disable-socket the fixture fails with a sentence, and at once."""
    result = plain_suite(f"""{NO_SOCKETS}
ALLOWED = {allowed}
def test_it(no_sockets, nemo_emulator):
    pass
""")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["The emulator's thread has ended (Blocked: *--allow-unix-socket*"])
    result.stdout.no_fnmatch_line("*Traceback*")


DEAD = "The emulator's thread has ended"


def test_an_emulator_that_dies_is_told() -> None:
    """Whoever waits for a thread that dies, or asks it later, hears so in a sentence."""
    emulator = LocalEmulator(films=False)
    emulator.__enter__()
    thread = emulator._thread

    async def die() -> None:
        thread._loop.stop()
        await asyncio.Event().wait()

    acts: list[Callable[[], None]] = [
        lambda: thread.run(die()),
        emulator.expire_tokens,
        thread.stop,
    ]
    for act in acts:
        with pytest.raises(RuntimeError, match=DEAD):
            act()
