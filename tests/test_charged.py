"""What errors say of a charge, and of the way on, beside what the emulator has charged."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import get_args

import attrs
import pytest
from scripted import NEW, QUICK, call, text

import nemo_sdk
from nemo_sdk import Generation, NemoClient, NemoError, Video, exceptions
from nemo_sdk._advice import Next
from nemo_sdk.emulator import Emulator

DOCS = Path(__file__).parents[1] / "docs" / "reliability.md"
SOON = attrs.evolve(QUICK, render=0.5, quiet=0.4)
Break = Callable[[Emulator], object]


@pytest.fixture
async def client(emulator: Emulator) -> AsyncIterator[NemoClient]:
    """A client that gives up soon."""
    async with NemoClient(base_url=emulator.base_url, timing=SOON, max_retries=1) as made:
        yield made


def answer(endpoint: str, status: int, code: int = 0, times: int | None = None) -> Break:
    body = b'{"code": %d, "message": "no"}' % code if code else b"{}"
    return lambda emulator: emulator.faults.answer(
        endpoint, status=status, body=body, times=times, effect=False
    )


def lost(endpoint: str, *, effect: bool) -> Break:
    return lambda emulator: emulator.faults.reset(endpoint, effect=effect, times=None, after=-1)


def said(*steps: object) -> Break:
    return lambda emulator: emulator.script(*steps, draft=None, charge="answer")  # type: ignore[arg-type]


ENDS: dict[str, tuple[Break, str, str, str, str]] = {
    # what breaks: its error, what it says was charged, what to do, and where it stands
    "no session": (answer("create_session", 503), "ServerError", "no", "wait", "session"),
    "no network": (
        lost("create_session", effect=False),
        "TransportError",
        "no",
        "call_again",
        "session",
    ),
    "out of credits": (
        answer("run_sse", 200, 2001),
        "InsufficientCreditsError",
        "no",
        "register",
        "session",
    ),
    "402 of a message": (
        answer("run_sse", 402),
        "InsufficientCreditsError",
        "no",
        "register",
        "session",
    ),
    "too many": (answer("run_sse", 429), "RateLimitError", "no", "wait", "session"),
    "lost before it came": (
        lost("run_sse", effect=False),
        "OutcomeUnknownError",
        "maybe",
        "resume",
        "message",
    ),
    "agent failed": (
        lambda emulator: emulator.script(call("cut"), {"errorCode": "X", "errorMessage": "oh"}),
        "TurnError",
        "maybe",
        "resume",
        "message",
    ),
    "answered only": (
        said(text("How long?")),
        "NothingToExportError",
        "maybe",
        "send_message",
        "message",
    ),
    "render fails": (
        lambda emulator: emulator.fail_renders(2),
        "RenderFailedError",
        "yes",
        "resume",
        "render",
    ),
    "402 of the export": (
        answer("submit_render", 402),
        "ExportBlockedError",
        "yes",
        "register",
        "render",
    ),
    "403 of the export": (
        answer("submit_render", 403),
        "ExportBlockedError",
        "yes",
        "register",
        "render",
    ),
    "export cannot be reached": (
        lost("submit_render", effect=False),
        "RenderError",
        "yes",
        "resume",
        "render",
    ),
    "render cannot be seen": (
        answer("render_status", 500),
        "RenderError",
        "yes",
        "resume",
        "render",
    ),
}


@pytest.mark.parametrize(("late", "charged"), [("render_status", "yes"), ("run_sse", "no")])
async def test_a_token_that_is_rejected_on_the_way_is_to_be_checked(
    emulator: Emulator, late: str, charged: str
) -> None:
    """Whoever has a valid one again goes on."""
    async with NemoClient(
        emulator.add_token(), base_url=emulator.base_url, timing=SOON, anonymous_fallback=False
    ) as client:
        answer(late, 401, 1010)(emulator)
        error = await failed(client.generate("a cat", language="en"))
        assert (type(error).__name__, error.charged) == ("AuthenticationError", charged)
        assert error.next == "check_token"
        emulator.faults.clear()
        assert error.checkpoint is not None
        assert isinstance(await client.resume(error.checkpoint), Video)
    assert len(emulator.charges) == 1


async def failed(generation: Generation) -> NemoError:
    with pytest.raises(NemoError) as raised:
        await generation
    assert raised.value is generation.error
    return raised.value


@pytest.mark.parametrize("what", ENDS)
async def test_an_end_tells_what_was_charged_and_goes_on(
    emulator: Emulator, client: NemoClient, what: str
) -> None:
    """Every error that ends a generation is true about the charge, and its checkpoint works."""
    break_it, kind, charged, step, stage = ENDS[what]
    break_it(emulator)
    generation = client.generate("a cat", language="en")
    error = await failed(generation)
    assert (type(error).__name__, error.charged, error.next) == (kind, charged, step)
    charges = len(emulator.charges)
    assert charges == {"no": 0, "yes": 1}.get(charged, charges)
    assert error.checkpoint == generation.checkpoint
    assert error.checkpoint is not None
    assert error.checkpoint.stage == stage
    assert "client.resume(error.checkpoint)" in str(error)
    assert_no_circle(error)
    emulator.faults.clear()
    if charged != "maybe":
        assert isinstance(await client.resume(error.checkpoint), Video)
        assert len(emulator.charges) == 1


def assert_no_circle(error: BaseException) -> None:
    """Neither causes nor contexts come back to where they began."""

    def walk(one: BaseException, above: tuple[int, ...]) -> None:
        assert id(one) not in above
        for lower in (one.__cause__, one.__context__):
            if lower is not None:
                walk(lower, (*above, id(one)))

    walk(error, ())


async def test_a_cancelled_render_is_made_anew_by_resume(
    emulator: Emulator, client: NemoClient
) -> None:
    """Who goes on after a cancelled render wants another."""
    patient = client.generate("a cat", language="en")
    async for event in patient:
        if isinstance(event, nemo_sdk.RenderProgress):
            await client.render(patient.checkpoint.render_id or "").cancel()
            break
    error = await failed(patient)
    assert (type(error).__name__, error.charged, error.next) == (
        "RenderCancelledError",
        "yes",
        "resume",
    )
    assert error.checkpoint is not None
    assert isinstance(await client.resume(error.checkpoint), Video)
    assert len(emulator.charges) == 1


async def test_who_is_ended_by_others_knows_where_it_stands(
    emulator: Emulator, client: NemoClient
) -> None:
    """A generation that others cancelled, or whose client was closed, has its checkpoint too."""
    emulator.script(text("One."), 500.0, text("Two."), draft=NEW, charge="generation")
    generation = client.generate("a cat", language="en")
    async for event in generation:
        if isinstance(event, nemo_sdk.TextDelta):
            await generation.cancel()
            break
    error = await failed_of_others(generation)
    assert (error.charged, error.next) == ("maybe", "resume")
    assert error.checkpoint == generation.checkpoint


async def failed_of_others(generation: Generation) -> NemoError:
    with pytest.raises(NemoError) as raised:
        await generation
    return raised.value


@pytest.mark.parametrize("when", ["before", "meanwhile"])
async def test_a_turn_in_a_client_that_is_closed_may_be_charged(
    emulator: Emulator, client: NemoClient, when: str
) -> None:
    """A turn that is ended with its client says where to look; one that never began, nothing."""
    emulator.script(text("One."), 500.0, text("Two."), draft=NEW, charge="edit")
    session = await client.create_session()
    if when == "before":
        await client.aclose()
    asking = asyncio.create_task(session.ask("make it"))
    while when == "meanwhile" and not emulator.charges:
        await asyncio.sleep(0.002)
    await client.aclose()
    with pytest.raises(NemoError, match="closed") as raised:
        await asking
    error = raised.value
    charged, step = {"before": ("no", "open_client"), "meanwhile": ("maybe", "resume")}[when]
    assert (error.charged, error.next) == (charged, step)
    assert (error.checkpoint is None) is (when == "before")


async def test_an_error_of_the_callers_has_the_checkpoint_too(client: NemoClient) -> None:
    """What a callback of the caller's raises is gone on with, too."""

    def full(checkpoint: nemo_sdk.Checkpoint) -> None:
        if checkpoint.stage == "message":
            raise OSError("no space left")

    generation = client.generate("a cat", language="en", on_checkpoint=full)
    with pytest.raises(OSError, match="no space left") as raised:
        await generation
    assert raised.value.checkpoint == generation.checkpoint  # type: ignore[attr-defined]


async def session_export_blocked(client: NemoClient, emulator: Emulator) -> Awaitable[object]:
    emulator.script(text("Done."), draft=NEW, charge="edit")
    session = await client.create_session()
    await session.ask("make it")
    answer("submit_render", 403)(emulator)
    return session.export()


async def test_a_blocked_export_of_a_session_says_where_to_register(
    emulator: Emulator, client: NemoClient
) -> None:
    """The message behind an export was charged, and an anonymous user can lift the refusal."""
    export = await session_export_blocked(client, emulator)
    with pytest.raises(nemo_sdk.ExportBlockedError, match="/register") as raised:
        await export
    assert (raised.value.charged, raised.value.next) == ("yes", "register")


def documented() -> dict[str, str]:
    """The table of docs/reliability.md: what each error is said to mean for a charge."""
    rows = re.findall(r"^\| (`.*?) \| (.*?) \|", DOCS.read_text("utf-8"), re.MULTILINE)
    return {
        name: charged.partition(" ")[0].strip(":,;")
        for errors, charged in rows
        for name in re.findall(r"`(\w+Error)`", errors)
        if hasattr(nemo_sdk, name)
    }


def kinds() -> dict[str, type[NemoError]]:
    return {
        name: kind
        for name, kind in vars(exceptions).items()
        if isinstance(kind, type) and issubclass(kind, NemoError)
    }


def test_the_documented_charges_are_the_codes() -> None:
    """What a row says of an error holds for it and its kinds, but for those with their own row."""
    told = documented()
    for kind in kinds().values():
        above = [one.__name__ for one in kind.__mro__ if one.__name__ in told]
        assert kind is NemoError or told[above[0]] == kind.charged, kind


def test_each_thing_to_do_is_documented() -> None:
    """The page has each word that `error.next` can be."""
    page = DOCS.read_text("utf-8")
    assert [word for word in get_args(Next) if f"| `{word}` |" not in page] == []
