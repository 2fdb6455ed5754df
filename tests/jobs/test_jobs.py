"""What a job promises: begun or joined, charged once, found again, ended on purpose."""

import asyncio
import json
import pickle
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import scripted
from conftest import FAST
from scripted import QUICK

from nemo_sdk import NemoClient, NothingToExportError, OutcomeUnknownError, Progress, Reply
from nemo_sdk.emulator import Emulator
from nemo_sdk.jobs import FileStore, Jobs, MemoryStore, Record, Store


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """Each kind of store."""
    return MemoryStore() if request.param == "memory" else FileStore(tmp_path / "jobs")


@pytest.fixture
async def jobs(client: NemoClient, store: Store, tmp_path: Path) -> AsyncIterator[Jobs]:
    """Jobs that are saved into a folder."""
    async with Jobs(client, store=store, save_to=tmp_path / "films") as made:
        yield made


async def test_a_film_is_made_and_saved(emulator: Emulator, jobs: Jobs, tmp_path: Path) -> None:
    """A job ends with its film in the folder, its reply, and what it cost."""
    job = await jobs.film("a cat in the snow")
    assert await job.wait() is job
    assert job.status == "done"
    assert isinstance(job.saved, Path)
    assert job.saved.parent == tmp_path / "films"
    assert job.saved.name.startswith("a cat in the snow")
    assert job.video is not None
    assert await job.video.read() == job.saved.read_bytes()
    assert isinstance(job.reply, Reply)
    assert (job.fraction, job.stage, job.spent, job.error) == (1.0, "done", 100, None)
    assert len(emulator.charges) == 1
    json.dumps(job.to_dict())


@pytest.mark.parametrize("kind", ["film", "edit"])
async def test_a_question_is_kept(emulator: Emulator, jobs: Jobs, kind: str) -> None:
    """What the agent asks is known after the job, also where no film came of it."""
    emulator.agent.asks("Which format?", ["16:9", "9:16"])
    job = await (jobs.film("a cat") if kind == "film" else jobs.edit(None, "a cat"))
    await job.wait()
    assert job.reply is not None
    (question,) = job.reply.questions
    assert (question.text, question.options) == ("Which format?", ("16:9", "9:16"))


async def test_the_same_again_is_the_same_job(emulator: Emulator, jobs: Jobs) -> None:
    """Who asks for what is being made, or was made, gets it, and nothing is charged."""
    first = await jobs.film("a cat in the snow")
    assert await jobs.film("a cat in the snow") is first
    await first.wait()
    later = await jobs.film("a cat in the snow")
    assert (later.id, later.status, later.saved) == (first.id, "done", first.saved)
    assert len(emulator.charges) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"take": 2},
        {"owner": "ann"},
        {"format": "mov"},
        {"quality": "low"},
        {"language": "de"},
        {"files": [scripted.PNG]},
    ],
    ids=str,
)
async def test_what_differs_is_another_job(jobs: Jobs, other: dict[str, Any]) -> None:
    """Owner, take, options and files belong to what a job is."""
    first = await jobs.film("a cat in the snow")
    second = await jobs.film("a cat in the snow", **other)
    assert first.id != second.id
    assert (await second.wait()).status == "done"


async def test_files_count_by_their_content(jobs: Jobs, tmp_path: Path) -> None:
    """A file that was moved is the same file, one that was changed is another."""
    here, there = tmp_path / "here.png", tmp_path / "there.png"
    here.write_bytes(scripted.PNG)
    there.write_bytes(scripted.PNG)
    first = await jobs.film("move it", files=[here])
    assert await jobs.film("move it", files=[there]) is first
    await first.wait()
    there.write_bytes(scripted.PNG + b"\0")
    assert (await jobs.film("move it", files=[there])).id != first.id


async def test_a_new_process_goes_on(
    emulator: Emulator, client: NemoClient, store: Store, tmp_path: Path
) -> None:
    """What was not done when its process ended is gone on with, and charged once."""
    async with Jobs(client, store=store) as jobs:
        job = await jobs.film("a cat in the snow")
        while job.checkpoint is None:
            await job.wait(0.01)
    assert job.status == "waiting"
    async with Jobs(client, store=store, save_to=tmp_path) as jobs:
        (again,) = await jobs.resume()
        await again.wait()
    assert (again.id, again.status) == (job.id, "done")
    assert again.saved is not None
    assert len(emulator.charges) == 1


async def test_two_workers_charge_once(
    emulator: Emulator, client: NemoClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a store cannot tell who works on a job, its message is still sent by one alone."""
    monkeypatch.delattr(FileStore, "hold")
    async with Jobs(client, store=store) as one, Jobs(client, store=store) as other:
        begun = await asyncio.gather(one.film("a fox"), other.film("a fox"))
        assert begun[0].id == begun[1].id
        ended = await asyncio.gather(*(job.wait() for job in begun))
    assert [job.status for job in ended] == ["done", "done"]
    assert len(emulator.charges) == 1


async def test_two_processes_share_one_folder(
    emulator: Emulator, client: NemoClient, tmp_path: Path
) -> None:
    """Who joins a job that another process works on follows it to its film."""
    stores = FileStore(tmp_path / "jobs"), FileStore(tmp_path / "jobs")
    async with Jobs(client, store=stores[0]) as one, Jobs(client, store=stores[1]) as other:
        first = await one.film("a fox")
        second = await other.film("a fox")
        await second.wait()
        assert second.status == "done"
        assert await first.wait() is first
    assert len(emulator.charges) == len(emulator.sessions) == 1


async def test_an_edit_is_sent_once(emulator: Emulator, jobs: Jobs) -> None:
    """An edit ends with the agent's reply; the same once more is the same."""
    film = await (await jobs.film("a cat in the snow")).wait()
    assert film.session_id is not None
    edit = await (await jobs.edit(film.session_id, "add lo-fi music")).wait()
    assert (edit.status, edit.session_id, edit.video) == ("done", film.session_id, None)
    assert edit.reply is not None
    assert "Lo-fi" in edit.reply.timeline.summary()
    await (await jobs.edit(film.session_id, "add lo-fi music")).wait()
    assert len(emulator.charges) == 2


async def test_an_edit_makes_its_session(emulator: Emulator, jobs: Jobs) -> None:
    """Without a session, the job has one made, in the language of the words."""
    edit = await (await jobs.edit(None, "一只猫走过雪林")).wait()
    assert edit.status == "done"
    assert edit.session_id is not None
    assert emulator.sessions[edit.session_id].language == "zh"


async def test_an_edit_cut_off_is_never_sent_again(
    emulator: Emulator, client: NemoClient, store: Store
) -> None:
    """A new process looks for what became of the message."""
    session = await client.create_session()
    emulator.script(scripted.text("done"), 5.0, draft=scripted.NEW, charge="edit")
    async with Jobs(client, store=store) as jobs:
        job = await jobs.edit(session.id, "make it new")
        while job.checkpoint is None:
            await job.wait(0.01)
    async with Jobs(client, store=store) as jobs:
        again = await jobs.edit(session.id, "make it new")
        await again.wait()
    assert again.status == "done"
    assert again.reply is not None
    assert len(emulator.calls_of("run_sse")) == 1


async def test_after_a_refusal_the_same_is_sent(emulator: Emulator, store: Store) -> None:
    """Out of credits: nothing was charged, and after topping up the same words begin anew."""
    token = emulator.add_token(credits=10, user_id="poor")
    async with (
        NemoClient(token, base_url=emulator.base_url, timing=FAST, token_store=None) as client,
        Jobs(client, store=store) as jobs,
    ):
        job = await (await jobs.film("a cat in the snow")).wait()
        assert job.status == "failed"
        assert type(job.error).__name__ == "InsufficientCreditsError"
        assert job.checkpoint is None
        emulator._service.accounts.who(f"Bearer {token}").available = 1000
        assert (await (await jobs.film("a cat in the snow")).wait()).status == "done"
    assert len(emulator.charges) == 1


@pytest.mark.parametrize("timing", [QUICK], ids=[""])
async def test_an_unknown_outcome_is_looked_for_again(emulator: Emulator, jobs: Jobs) -> None:
    """Who asks again has the state looked at again; the message is not sent a second time."""
    emulator.faults.cut("run_sse", effect=False)
    for _ in range(2):
        job = await (await jobs.film("a cat in the snow")).wait()
        assert job.status == "unknown"
        assert isinstance(job.error, OutcomeUnknownError)
    assert len(emulator.calls_of("run_sse")) == 1
    await (await jobs.film("a cat in the snow", take=2)).wait()
    assert len(emulator.calls_of("run_sse")) == 2


async def test_a_wait_that_ends_leaves_the_job(jobs: Jobs) -> None:
    """A timeout ends the wait."""
    job = await jobs.film("a cat in the snow")
    assert await job.wait(timeout=0) is job
    assert job.status in {"waiting", "running"}
    assert (await job.wait()).status == "done"


async def test_progress_grows_to_its_end(jobs: Jobs) -> None:
    """It never goes back, and its last step is that of the end."""
    job = await jobs.film("a cat in the snow")
    steps: list[Progress] = [step async for step in job.progress(every=0.01)]
    fractions = [step.fraction for step in steps]
    assert fractions == sorted(fractions)
    assert (steps[-1].stage, fractions[-1]) == ("done", 1.0)


async def test_who_works_on_nothing_runs_nothing(client: NemoClient) -> None:
    """That is said, and not waited for."""
    async with Jobs(client, store=MemoryStore(), at_once=0) as jobs:
        job = await jobs.film("a cat in the snow")
        with pytest.raises(ValueError, match="at_once=1 or more"):
            await jobs.run(job.id)


async def test_so_many_at_once(emulator: Emulator, client: NemoClient, store: Store) -> None:
    """Others wait, and are told how many are before them."""
    async with Jobs(client, store=store, at_once=1) as jobs:
        first, second, third = [await jobs.film(f"film {n}") for n in range(3)]
        while "before this one" not in third.message:
            await third.wait(0.01)
        assert (second.message, third.message) == (
            "Waiting (0 before this one)",
            "Waiting (1 before this one)",
        )
        ended = [await job.wait() for job in (first, second, third)]
    assert {job.status for job in ended} == {"done"}


async def test_an_owners_limit_holds_up_nobody_else(emulator: Emulator, store: Store) -> None:
    """Ann's second film waits for her first, Bob's does not."""
    emulator.faults.stall("run_sse")
    async with (
        NemoClient(base_url=emulator.base_url, timing=FAST) as client,
        Jobs(client, store=store, at_once=3, each=1) as jobs,
    ):
        first = await jobs.film("film 1", owner="ann")
        while not emulator.calls_of("run_sse"):
            await first.wait(0.01)
        second = await jobs.film("film 2", owner="ann")
        bobs = await jobs.film("film 3", owner="bob")
        assert (await bobs.wait()).status == "done"
        assert (second.status, second.stage) == ("waiting", "session")
        await first.cancel()
        assert (await second.wait()).status == "done"


async def test_a_cancelled_job_is_cancelled(emulator: Emulator, jobs: Jobs) -> None:
    """It ends here, and its render in the service."""
    job = await jobs.film("a cat in the snow")
    await job.cancel()
    assert job.status == "cancelled"
    assert (await job.wait()).status == "cancelled"
    assert await jobs.resume() == []
    assert [one.id for one in jobs.list("cancelled")] == [job.id]


async def test_cancelled_from_another_process(client: NemoClient, tmp_path: Path) -> None:
    """Whoever works on a job sees that somebody has cancelled it."""
    stores = FileStore(tmp_path / "jobs"), FileStore(tmp_path / "jobs")
    async with Jobs(client, store=stores[0]) as one, Jobs(client, store=stores[1]) as other:
        job = await one.film("a cat in the snow")
        await (await other.get(job.id)).cancel()
        assert (await job.wait()).status == "cancelled"


async def test_a_forgotten_job_begins_anew(emulator: Emulator, jobs: Jobs) -> None:
    """What is forgotten was never asked for."""
    job = await (await jobs.film("a cat in the snow")).wait()
    await jobs.forget(job.id)
    assert list(jobs.list()) == []
    with pytest.raises(LookupError, match=job.id):
        jobs.get(job.id)
    await (await jobs.film("a cat in the snow")).wait()
    assert len(emulator.charges) == 2


async def test_a_film_that_was_deleted_is_saved_again(emulator: Emulator, jobs: Jobs) -> None:
    """It is fetched once more, and nothing is charged."""
    job = await (await jobs.film("a cat in the snow")).wait()
    assert isinstance(job.saved, Path)
    job.saved.unlink()
    again = await (await jobs.film("a cat in the snow")).wait()
    assert again.saved == job.saved
    assert job.saved.is_file()
    assert len(emulator.charges) == 1


async def test_errors_are_the_same_in_every_process(
    emulator: Emulator, client: NemoClient, store: Store
) -> None:
    """What ended a job is the same error for whoever looks at it later."""
    emulator.script(scripted.text("I made nothing."))
    async with Jobs(client, store=store) as jobs:
        job = await (await jobs.film("nothing")).wait()
        later = jobs.get(job.id)
    assert job.status == later.status == "failed"
    assert isinstance(later.error, NothingToExportError)
    assert str(later.error) == str(job.error)
    assert str(pickle.loads(pickle.dumps(later.error))) == str(job.error)


async def test_lists_are_filtered(jobs: Jobs) -> None:
    """By status and by owner, in the order in which they were begun."""
    ann = await jobs.film("film 1", owner="ann")
    bob = await jobs.film("film 2", owner="bob")
    await asyncio.gather(ann.wait(), bob.wait())
    assert [job.id for job in jobs.list()] == [ann.id, bob.id]
    assert [job.id for job in jobs.list(owner="bob")] == [bob.id]
    assert [job.id for job in await jobs.list("done", "ann")] == [ann.id]
    assert list(jobs.list("failed")) == []
    unheard_of: Any = "finished"
    with pytest.raises(ValueError, match="no status 'finished': choose one of waiting, running"):
        jobs.list(unheard_of)


async def test_an_unknown_id_is_said_to_be_one(jobs: Jobs) -> None:
    """Getting or running a job that nobody began."""
    with pytest.raises(LookupError, match="film-0"):
        jobs.get("film-0")
    with pytest.raises(LookupError, match="film-0"):
        await jobs.run("film-0")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"words": " "}, "empty"),
        ({"words": "a cat", "format": "gif"}, "mp4"),
        ({"words": "a cat", "take": 0}, "take"),
    ],
    ids=str,
)
async def test_wrong_arguments_begin_nothing(jobs: Jobs, wrong: dict[str, Any], words: str) -> None:
    """They are refused before anything is kept or sent."""
    with pytest.raises(ValueError, match=words):
        await jobs.film(**wrong)
    assert list(jobs.list()) == []


async def test_jobs_are_entered_first(client: NemoClient) -> None:
    """Else nobody would end their work."""
    with pytest.raises(RuntimeError, match="async with"):
        await Jobs(client, store=MemoryStore()).film("a cat")


async def test_bytes_are_asked_for_again(client: NemoClient, store: Store) -> None:
    """Files that no other process can find are said to be missing, and nothing is charged."""
    async with Jobs(client, store=store, at_once=1) as jobs:
        await jobs.film("keep it busy")
        job = await jobs.film("move it", files=[scripted.PNG])
    async with Jobs(client, store=store) as jobs:
        again = next(one for one in await jobs.resume() if one.id == job.id)
        await again.wait()
        assert again.status == "failed"
        assert "with the files once more" in str(again.error)
        assert (await (await jobs.film("move it", files=[scripted.PNG])).wait()).status == "done"


async def test_a_store_of_coroutines(emulator: Emulator, client: NemoClient) -> None:
    """A store may be async: then what reads it is awaited."""

    class Async:
        def __init__(self) -> None:
            self._kept = MemoryStore()

        async def load(self, id: str) -> Record | None:
            return self._kept.load(id)

        async def list(self) -> list[Record]:
            return self._kept.list()

        async def save(self, record: Record) -> None:
            self._kept.save(record)

        async def claim(self, id: str, checkpoint: Any) -> bool:
            return self._kept.claim(id, checkpoint)

    async with Jobs(client, store=Async()) as jobs:
        job = await (await jobs.film("a cat in the snow")).wait()
        assert (await jobs.get(job.id)).status == "done"
        assert [one.id for one in await jobs.list("done")] == [job.id]
        with pytest.raises(LookupError):
            await jobs.get("film-0")
        await jobs.forget(job.id)
        assert list(await jobs.list()) == []
