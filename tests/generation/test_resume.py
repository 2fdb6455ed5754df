"""Checkpoints: given before each call that has an effect, and enough to go on from."""

from collections.abc import AsyncIterator
from pathlib import Path

import attrs
import pytest
from scripted import NEW, OLD, PNG, QUICK, text

from nemo_sdk import (
    APIError,
    Checkpoint,
    NemoClient,
    NothingToExportError,
    OutcomeUnknownError,
    RenderFailedError,
    Video,
)
from nemo_sdk.emulator import Emulator

EFFECTS = {
    "session": "create_session",
    "upload": "upload",
    "message": "run_sse",
    "render": "submit_render",
}


@pytest.fixture
async def client(emulator: Emulator) -> AsyncIterator[NemoClient]:
    """A client that gives up soon, with a registered user's token."""
    token = emulator.add_token()
    async with NemoClient(token, base_url=emulator.base_url, timing=QUICK) as made:
        yield made


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A file to upload."""
    (tmp_path / "cat.png").write_bytes(PNG)
    return tmp_path / "cat.png"


async def _checkpoints(
    emulator: Emulator, client: NemoClient, picture: Path
) -> tuple[dict[str, Checkpoint], Video]:
    """Make a film, and return its checkpoints by their stages."""
    emulator.script(text("Done."), draft=NEW, charge="generation")
    kept: dict[str, Checkpoint] = {}

    def keep(checkpoint: Checkpoint) -> None:
        kept[checkpoint.stage] = Checkpoint.from_json(checkpoint.to_json())

    video = await client.generate("a cat", files=[picture], language="en", on_checkpoint=keep)
    return kept, video


async def test_a_checkpoint_comes_before_each_effect(
    emulator: Emulator, client: NemoClient, picture: Path
) -> None:
    """When a stage is noted, its call has not been made, and all before it have."""
    made: list[tuple[str, list[int]]] = []

    async def look(checkpoint: Checkpoint) -> None:
        counts = [len(emulator.calls_of(endpoint)) for endpoint in EFFECTS.values()]
        made.append((checkpoint.stage, counts))

    await client.generate("use it", files=[picture], language="en", on_checkpoint=look)
    assert made == [
        ("session", [0, 0, 0, 0]),
        ("upload", [1, 0, 0, 0]),
        ("message", [1, 1, 0, 0]),
        ("render", [1, 1, 1, 0]),
    ]


async def test_checkpoints_know_where_they_stand(
    emulator: Emulator, client: NemoClient, picture: Path
) -> None:
    """Ids appear as they become known, the render's before it is submitted."""
    kept, video = await _checkpoints(emulator, client, picture)
    assert kept["session"].session_id is None
    assert kept["upload"].session_id == kept["render"].session_id == video.session_id
    assert kept["message"].draft_digest == ""
    assert kept["message"].files == (str(picture),)
    assert (kept["render"].render_id, kept["render"].renders) == (video.render_id, 1)


@pytest.mark.parametrize(("stage", "endpoint"), EFFECTS.items())
async def test_a_failing_on_checkpoint_stops_before_the_effect(
    emulator: Emulator, client: NemoClient, picture: Path, stage: str, endpoint: str
) -> None:
    """What could not be noted is not done; the caller's own error comes out."""

    def fail(checkpoint: Checkpoint) -> None:
        if checkpoint.stage == stage:
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="disk is full"):
        await client.generate("use it", files=[picture], language="en", on_checkpoint=fail)
    assert emulator.calls_of(endpoint) == []


async def test_a_timeout_of_on_checkpoint_is_the_callers(
    emulator: Emulator, client: NemoClient
) -> None:
    """A TimeoutError from the caller's function is not taken for the render's deadline."""

    def fail(checkpoint: Checkpoint) -> None:
        if checkpoint.stage == "render":
            raise TimeoutError("the database was too slow")

    with pytest.raises(TimeoutError, match="database"):
        await client.generate("a cat", language="en", on_checkpoint=fail)


@pytest.mark.parametrize("stage", ["session", "upload"])
async def test_going_on_before_the_message_begins_anew(
    emulator: Emulator, client: NemoClient, picture: Path, stage: str
) -> None:
    """Nothing was charged yet: a new session, the files again, one message."""
    checkpoint = Checkpoint(
        stage="upload" if stage == "upload" else "session",
        prompt="use it",
        session_id="123" if stage == "upload" else None,
        files=(str(picture),),
    )
    assert isinstance(await client.resume(checkpoint), Video)
    assert [len(emulator.calls_of(endpoint)) for endpoint in EFFECTS.values()] == [1, 1, 1, 1]


@pytest.mark.parametrize("stage", ["message", "render"])
async def test_going_on_after_the_message_sends_none(
    emulator: Emulator, client: NemoClient, picture: Path, stage: str
) -> None:
    """The film comes from what was charged; a render that is there is not made again."""
    kept, video = await _checkpoints(emulator, client, picture)
    stages: list[str] = []
    resumed = client.resume(
        kept[stage], on_checkpoint=lambda checkpoint: stages.append(checkpoint.stage)
    )
    again = await resumed
    assert (len(emulator.calls_of("run_sse")), len(emulator.charges)) == (1, 1)
    assert again.url is not None
    if stage == "message":
        assert resumed.reply is not None
        assert resumed.reply.recovered
        assert stages == ["render"]
    else:
        assert again.render_id == video.render_id
        assert stages == []


async def test_going_on_waits_for_work_under_way(emulator: Emulator, client: NemoClient) -> None:
    """A generation that is still at work is followed to its end."""
    emulator.script(20.0, text("One."), 30.0, text("Two."), draft=NEW, charge="generation")
    emulator.faults.reset("run_sse", after=0)
    emulator.faults.refuse("state", times=None)
    generation = client.generate("a cat", language="en")
    with pytest.raises(OutcomeUnknownError):
        await generation
    emulator.faults.clear()
    assert isinstance(await client.resume(generation.checkpoint), Video)
    assert len(emulator.charges) == 1


async def test_a_message_that_was_never_sent_stays_unknown(
    emulator: Emulator, client: NemoClient
) -> None:
    """Where the state does not change, nothing is sent again, and the error says so."""
    session = await client.create_session()
    checkpoint = Checkpoint(stage="message", prompt="a cat", session_id=session.id, draft_digest="")
    with pytest.raises(OutcomeUnknownError, match="not known") as raised:
        await client.resume(checkpoint)
    assert raised.value.checkpoint == checkpoint
    assert emulator.calls_of("run_sse") == []


async def test_the_checkpoint_of_a_lost_turn_knows_the_older_draft(
    emulator: Emulator, client: NemoClient
) -> None:
    """Going on from an edit's error waits for another draft than the one before it."""
    session = await client.create_session()
    emulator.script(text("Done."), draft=OLD)
    await session.ask("make it")
    emulator.faults.cut("run_sse", effect=False)
    with pytest.raises(OutcomeUnknownError) as raised:
        await session.ask("make it longer")
    checkpoint = raised.value.checkpoint
    assert checkpoint is not None
    with pytest.raises(OutcomeUnknownError):
        await client.resume(checkpoint)
    emulator.sessions[session.id].change({"draft": NEW})
    video = await client.resume(checkpoint)
    assert emulator.renders[video.render_id].draft == NEW


async def test_a_render_that_never_arrived_is_submitted_under_its_id(
    emulator: Emulator, client: NemoClient, picture: Path
) -> None:
    """An id that the service does not know is asked for first, and then used."""
    kept, _ = await _checkpoints(emulator, client, picture)
    lost = attrs.evolve(kept["render"], render_id="render_lost")
    asked = len(emulator.calls_of("render_status"))
    video = await client.resume(lost)
    assert video.render_id == "render_lost"
    assert "render_lost" in emulator.calls_of("render_status")[asked].path
    assert len(emulator.calls_of("submit_render")) == 2


async def test_a_render_is_had_though_its_session_is_gone(
    emulator: Emulator, client: NemoClient, picture: Path
) -> None:
    """A render that is known needs no session any more."""
    kept, video = await _checkpoints(emulator, client, picture)
    emulator.faults.answer("state", status=404, times=None)
    again = await client.resume(kept["render"])
    assert again.render_id == video.render_id


async def test_a_render_that_failed_for_good_is_repeated_by_whoever_resumes_it(
    emulator: Emulator, client: NemoClient, picture: Path
) -> None:
    """The process before this one counts, and each resume may render once more: it is free."""
    emulator.fail_renders(1)
    kept, video = await _checkpoints(emulator, client, picture)
    assert kept["render"].renders == 2
    first = attrs.evolve(kept["render"], render_id=next(iter(emulator.renders)), renders=1)
    assert (await client.resume(first)).render_id not in {first.render_id, video.render_id}
    assert (await client.resume(attrs.evolve(first, renders=2))).url
    emulator.fail_renders(1)
    before = len(emulator.renders)
    with pytest.raises(RenderFailedError):
        await client.resume(attrs.evolve(first, renders=2))
    assert len(emulator.renders) == before + 1
    assert len(emulator.charges) == 1


async def test_a_draft_that_is_gone_is_nothing_to_export(
    emulator: Emulator, client: NemoClient, picture: Path
) -> None:
    """Neither the render nor a draft is there: a clear error, and no empty render."""
    kept, video = await _checkpoints(emulator, client, picture)
    emulator.sessions[video.session_id or ""].change({"draft": None})
    with pytest.raises(NothingToExportError):
        await client.resume(attrs.evolve(kept["render"], render_id="render_lost"))


async def test_another_account_cannot_tell(
    emulator: Emulator, client: NemoClient, picture: Path
) -> None:
    """With another token the session is unknown: said, and nothing is sent."""
    kept, _ = await _checkpoints(emulator, client, picture)
    stranger = emulator.add_token(user_id="stranger")
    async with NemoClient(stranger, base_url=emulator.base_url, timing=QUICK) as other:
        with pytest.raises(OutcomeUnknownError):
            await other.resume(kept["message"])
        with pytest.raises(APIError):
            await other.resume(kept["render"])
    assert len(emulator.calls_of("run_sse")) == 1


def test_files_without_names_cannot_be_gone_on_with() -> None:
    """Bytes are gone with the process that held them: refused with a sentence."""
    checkpoint = Checkpoint(prompt="a cat", unnamed_files=True)
    with pytest.raises(ValueError, match="cannot be found again"):
        NemoClient().resume(checkpoint)


async def test_files_without_names_do_not_matter_once_uploaded(
    emulator: Emulator, client: NemoClient
) -> None:
    """After the message they are in the session."""
    generation = client.generate("use it", files=[PNG], language="en")
    await generation
    assert generation.checkpoint.unnamed_files
    assert isinstance(await client.resume(generation.checkpoint), Video)


@pytest.mark.parametrize(
    "checkpoint",
    [
        Checkpoint(stage="message"),
        Checkpoint(stage="render", session_id="1"),
        Checkpoint(stage="render", session_id="..", render_id="r"),
        Checkpoint(stage="message", session_id="1\n2"),
    ],
)
def test_a_checkpoint_without_its_ids_is_refused(checkpoint: Checkpoint) -> None:
    """What cannot be gone on with is refused before anything is sent."""
    with pytest.raises((TypeError, ValueError), match="checkpoint's"):
        NemoClient().resume(checkpoint)
