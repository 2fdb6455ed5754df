"""The store in PostgreSQL: one compare-and-set a checkpoint, and ends that stay."""

import asyncio
import contextlib
from typing import Any
from unittest.mock import Mock

import pytest
from attrs import evolve

from nemo_sdk import NemoClient, NemoError
from nemo_sdk.emulator import Emulator
from nemo_sdk.fleet import PostgresStore, _database
from nemo_sdk.jobs import Jobs, Record, Status

from .fixtures import message


async def test_setting_up_again_adds_nothing(dsn: str) -> None:
    """Who sets up at once, or once more, changes nothing that is there."""
    async with PostgresStore(dsn) as one, PostgresStore(dsn) as other:
        added = await asyncio.gather(one.set_up(), other.set_up())
        assert sorted(map(bool, added)) == [False, True]
        await one.save(Record("film-1", words="a cat"))
        assert await other.set_up() == []
        assert [record.words for record in await other.list()] == ["a cat"]


async def test_a_database_without_tables_says_what_to_do(dsn: str) -> None:
    """The first error tells how to set up."""
    async with PostgresStore(dsn) as store:
        with pytest.raises(NemoError, match="--set-up"):
            await store.load("film-1")


async def test_who_is_frozen_in_a_transaction_holds_nobody_up(
    dsn: str, store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its locks are let go of, and what it was at is undone and done again."""
    monkeypatch.setattr("nemo_sdk.fleet._database.IDLE", 100)
    await store.save(Record("film-1"))
    locked, done = asyncio.Event(), asyncio.Event()

    async def freeze(connection: Any) -> None:
        await connection.execute("UPDATE nemo_jobs SET owner = 'frozen'")
        if not locked.is_set():
            locked.set()
            await done.wait()

    async with PostgresStore(dsn) as frozen:
        freezing = asyncio.create_task(frozen.database.transaction(freeze))
        await locked.wait()
        await store.save(Record("film-1", words="saved"))
        done.set()
        await freezing
    found = await store.load("film-1")
    assert found is not None and found.words == "saved"


@pytest.mark.parametrize("dsn", ["nonsense", "host=a password"])
def test_what_is_no_address_is_refused_without_telling_it(dsn: str) -> None:
    """A password that was typed wrongly is not shown."""
    with pytest.raises(ValueError, match="address of a database") as caught:
        PostgresStore(dsn)
    assert dsn not in str(caught.value)


async def test_one_of_many_claims(store: PostgresStore) -> None:
    """Of many who claim a job's message at once, one has it, and again when it asks again."""
    for number in range(20):
        name = f"film-{number}"
        await store.save(Record(name))
        marks = [f"{worker}" for worker in range(8)]
        got = await asyncio.gather(*(store.claim(name, message(mark)) for mark in marks))
        assert got.count(True) == 1
        winner = message(marks[got.index(True)])
        kept = await store.load(name)
        assert kept is not None and kept.checkpoint == winner
        assert kept.claimed_within(60)
        assert await store.claim(name, winner)
        await store.cancel(name)
        assert not await store.claim(name, winner)


async def test_one_of_many_goes_on(store: PostgresStore) -> None:
    """Each later checkpoint, too, is set by who has seen the one before, and by one alone."""
    await store.save(Record("film-1"))
    seen = message("first")
    assert await store.claim("film-1", seen)
    renders = [evolve(seen, stage="render", render_id=f"{n}", mark=f"{n}") for n in range(8)]
    got = await asyncio.gather(*(store.advance("film-1", seen, one) for one in renders))
    assert got.count(True) == 1
    winner = renders[got.index(True)]
    assert await store.advance("film-1", seen, winner), "an answer that was lost is asked for again"
    assert not await store.advance("film-1", seen, None)
    assert not await store.claim("film-1", message("late"))
    kept = await store.load("film-1")
    assert kept is not None and kept.checkpoint == winner


async def test_a_claim_is_given_back_by_who_has_it(store: PostgresStore) -> None:
    """After a refusal the message may be claimed anew."""
    await store.save(Record("film-1"))
    await store.claim("film-1", message("first"))
    assert not await store.advance("film-1", message("other"), None)
    assert await store.advance("film-1", message("first"), None)
    assert await store.claim("film-1", message("other"))


async def test_what_has_ended_is_not_claimed(store: PostgresStore) -> None:
    """Cancelling comes before the message, or the message before the cancelling: never both."""
    for number in range(100):
        name = f"film-{number}"
        await store.save(Record(name))
        free, mine = await asyncio.gather(store.cancel(name), store.claim(name, message("first")))
        assert free is not mine
        assert await store.cancel(name) is None
        kept = await store.load(name)
        assert kept is not None and kept.status == "cancelled"
    assert await store.cancel("film-none") is None


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        ("unknown", "running", "unknown"),
        ("unknown", "done", "done"),
        ("failed", "done", "done"),
        ("cancelled", "done", "done"),
        ("done", "unknown", "done"),
        ("done", "cancelled", "done"),
        ("done", "waiting", "done"),
        ("cancelled", "failed", "cancelled"),
        ("running", "waiting", "waiting"),
    ],
)
async def test_which_end_stays(
    store: PostgresStore, first: Status, second: Status, kept: Status
) -> None:
    """Done replaces any other end; who goes on with what has ended begins a new round."""
    record = Record("film-1", status=first)
    await store.save(record)
    await store.save(evolve(record, status=second))
    found = await store.load("film-1")
    assert found is not None and found.status == kept
    await store.save(found.again())
    again = await store.load("film-1")
    assert again is not None and (again.status, again.round) == ("waiting", 2)
    await store.save(evolve(record, status="failed"))
    assert await store.load("film-1") == again


async def test_progress_does_not_fall(store: PostgresStore) -> None:
    """Of two who tell how far they are, the one that is further is shown."""
    record = Record("film-1", status="running")
    for fraction in (0.2, 0.6, 0.4):
        await store.save(evolve(record, fraction=fraction))
    found = await store.load("film-1")
    assert found is not None and found.fraction == 0.6


async def test_jobs_are_found_by_status_and_owner(client: NemoClient, store: PostgresStore) -> None:
    """The database looks for them, and counts them: nobody reads all that ever was."""
    kept: list[tuple[Status, str]] = [("done", "ann"), ("failed", "ann"), ("done", "bob")]
    for number, (status, owner) in enumerate(kept):
        await store.save(Record(f"film-{number}", words="a cat", status=status, owner=owner))
    await store.database.rows("UPDATE nemo_jobs SET record = '' WHERE id = 'film-0'")
    assert [one.id for one in await store.find("done", "bob")] == ["film-2"]
    assert [one.id for one in await store.find(owner="bob")] == ["film-2"]
    assert await store.counts() == {"done": 2, "failed": 1}
    async with Jobs(client, store=store) as jobs:
        assert [job.id for job in await jobs.list("failed")] == ["film-1"]


async def test_what_begins_at_once_shares_its_connections(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many first calls open one pool; after closing, the next ones open another."""
    made = Mock(side_effect=_database._new_pool)
    monkeypatch.setattr(_database, "_new_pool", made)
    store = PostgresStore(dsn)
    for times in (1, 2):
        await asyncio.gather(*(store.database.rows("SELECT 1") for _ in range(20)))
        await store.aclose()
        assert made.call_count == times


OWNERS = ["a\0b", "a\ud800b", "x" * 2001, 5, None]


@pytest.mark.parametrize("owner", OWNERS, ids=ascii)
async def test_an_owner_that_the_database_cannot_keep(
    emulator: Emulator, client: NemoClient, store: PostgresStore, owner: Any
) -> None:
    """It is refused in words of ours, and has no jobs."""
    async with Jobs(client, store=store) as jobs:
        with pytest.raises(ValueError, match="owner must be a text of at most"):
            await jobs.film("a cat", owner=owner)
        assert owner is None or await jobs.list(owner=owner) == []
        with pytest.raises(LookupError, match="There is no job"):
            await jobs.get("a\0b")
    assert not emulator.charges


async def test_a_cancellation_that_a_pool_has_lost_is_heard_all_the_same(
    store: PostgresStore,
) -> None:
    """Python 3.11's `wait_for` does that, with which pools wait; who is cancelled would go on."""
    begun = asyncio.Event()

    async def deaf(_: object) -> str:
        begun.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        return "done"

    working = asyncio.create_task(store.database.work(deaf))
    await begun.wait()
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
