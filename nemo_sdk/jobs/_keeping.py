"""What is known of a job that is worked on here: kept in the store, told to whoever waits."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import attrs

from nemo_sdk import Checkpoint, NemoClient, __version__
from nemo_sdk._concurrency.threads import in_thread

from . import _errors
from ._job import Desk, Job
from ._record import Record, now
from ._saved import stamp_of
from ._stores import Store, advance, call, ends_claims

__all__ = ["Keeping", "Office", "Overtaken"]

log = logging.getLogger("nemo_sdk")
_ELSEWHERE = {"cancelled", "done"}
"""What somebody else can have made of a job that is worked on here."""
_STEPS = ("stage", "fraction", "message", "tool")
"""What of a record says how far it is."""


class Office(Desk, Protocol):
    """What those who work on a job need of who gave it out."""

    client: NemoClient
    store: Store
    look: float

    async def change(
        self, id: str, how: Callable[[Record | None], Awaitable[Record] | Record]
    ) -> Record:
        """Change what is kept of a job."""
        ...

    @property
    def wanted(self) -> Callable[[Record, str | None], Record]:
        """Gives the record of a film that is to be saved again, or the record as it is."""
        ...


class Overtaken(Exception):  # noqa: N818 - no error: somebody else goes on with it
    """Not to be gone on with here: another worker is further, or somebody ended the job."""


class Keeping:
    """Keeps what one worker knows of a job, and has others told.

    Args:
        office: Who gave the job out.
        job: The job; it is told of everything.

    Attributes:
        stands_at: The checkpoint that the work here goes on from. What is read of another
            worker's later steps is told, and is no leave to go on from them.
    """

    def __init__(self, office: Office, job: Job) -> None:
        self.job = job
        self.record = job.record
        self.is_sender = False
        self.stands_at = job.record.checkpoint
        self._office = office
        self._save_in = job.record.save_in
        self._jobs = {job.record.save_as: job}
        self._saved: dict[str | None, str | None] = {}
        self._is_closed = False
        self._mark = secrets.token_hex(8)
        self._writing = asyncio.Lock()
        self._changed = asyncio.Event()

    @property
    def changed(self) -> asyncio.Event:
        """What is set when there is something new."""
        return self._changed

    def join(self, save_as: str | None) -> Job | None:
        """Return the job for who wants its film in a file, too; None where it has ended."""
        if self._is_closed or self.record.ended:
            return None
        return self.job if save_as is None else self._wish(save_as)

    @property
    def unsaved(self) -> list[str | None]:
        """The files that the film is still to be saved as; None is a name made of its words."""
        is_film = self.record.kind == "film"
        return [place for place in self._jobs if is_film and place not in self._saved]

    async def put(self, place: str | None, saved: str | None) -> None:
        """Take note of the path or address that the film was saved at."""
        self._saved[place] = saved
        if saved is not None and place == self._last:
            await self.save(saved=saved, stamp=await stamp_of(saved))

    async def kept(self) -> Record:
        """Return what the store knows of the job."""
        return self._as_kept(await self._office.read(self.job.id))

    async def take(self, kept: Record) -> None:
        """Go on from what is kept: to save a film that is done wherever it was asked for here."""
        self.stands_at = kept.checkpoint
        record = placed = attrs.evolve(
            kept,
            save_as=self._last or kept.save_as,
            save_in=self._save_in or kept.save_in,
        )
        for place in self.unsaved if kept.status == "done" else ():
            seen = await in_thread(self._office.wanted, placed, place)
            if seen.status == "done":  # it lies there, whoever has saved it
                self._saved[place] = kept.saved
            else:
                record = seen
        self.tell(record)

    async def is_over(self) -> bool:
        """Whether somebody else has cancelled the job, or made it."""
        return self._is_over(await self.kept())

    async def save(self, **facts: Any) -> None:
        """Keep what is new, and go on.

        Raises:
            Overtaken: Somebody else has ended the job.
        """
        if not await self.write(**facts):
            raise Overtaken

    async def write(self, **facts: Any) -> bool:
        """Keep what is new and tell whoever waits; False where somebody else has ended the job."""
        facts |= {"updated": now(), "version": __version__}
        kept = mine = attrs.evolve(self.record, **facts)

        def put_on_top(found: Record | None) -> Record:
            nonlocal kept, mine
            kept = self._as_kept(found)
            mine = self._merged(kept, facts)
            return mine

        async with self._writing:
            try:
                await self._office.change(self.job.id, put_on_top)
            except Overtaken:
                await self.take(kept)
                return False
            except Exception as error:  # the store's own; the claim, not to be lost, is kept apart
                log.warning("job %s cannot be kept: %s", self.job.id, error)
            self.tell(self._with_steps(mine, facts))
        return True

    async def note(self, checkpoint: Checkpoint) -> None:
        """Take a checkpoint, before the call that it names: only who has the claim may send.

        Raises:
            Overtaken: Another worker has the claim, or the job was ended.
        """
        try:
            await self._keep(checkpoint)
        except asyncio.CancelledError:
            if checkpoint.stage == "message":
                await self._give_back()
            raise

    def told_to(self, job: Job) -> Record:
        """Return what somebody who has the job is to know."""
        return job.record if job in self._jobs.values() else self.job.record

    def fail(self, error: Exception) -> None:
        """Tell whoever waits that the work broke down; what is kept stays as it is."""
        self.tell(attrs.evolve(self.record, status="failed", error=_errors.to_facts(error)))

    def tell(self, record: Record) -> None:
        """Tell whoever waits: each of the file that he asked for."""
        self.record = record
        for place, job in self._jobs.items():
            job.take(self._as_asked(place))
        self._changed.set()
        self._changed = asyncio.Event()

    @property
    def _last(self) -> str | None:
        """The file that was asked for last: what is kept tells of that."""
        return next(reversed(self._jobs))

    def _as_asked(self, place: str | None) -> Record:
        if place == self._last and place not in self._saved:
            return self.record
        return attrs.evolve(self.record, save_as=place, saved=self._saved.get(place))

    def _wish(self, place: str) -> Job:
        if place not in self._jobs:
            self._jobs[place] = Job(self._office, attrs.evolve(self.record, save_as=place))
            self.record = attrs.evolve(self.record, save_as=place, saved=None, stamp=None)
        return self._jobs[place]

    def _with_steps(self, mine: Record, facts: dict[str, Any]) -> Record:
        """Return what was kept, with the steps that were told while it was written."""
        told = self.record
        if told.fraction < mine.fraction:
            return mine
        steps = {name: getattr(told, name) for name in _STEPS if name not in facts}
        return attrs.evolve(mine, **steps)

    def _as_kept(self, kept: Record | None) -> Record:
        """Return what is kept; a job that was forgotten is cancelled."""
        return attrs.evolve(self.record, status="cancelled") if kept is None else kept

    def _is_over(self, kept: Record) -> bool:
        return kept.status in _ELSEWHERE and kept.round >= self.record.round

    def _merged(self, kept: Record, facts: dict[str, Any]) -> Record:
        """Return what is known here, and elsewhere.

        Raises:
            Overtaken: The job is over.
        """
        if self._is_over(kept):
            raise Overtaken
        if kept.save_as is not None:
            self._wish(kept.save_as)  # somebody has asked for it elsewhere meanwhile
        mine = attrs.evolve(self.record, **facts)
        if mine.status == "done" and self.unsaved:
            mine = attrs.evolve(mine, status="running")
        self._is_closed = mine.status == "done"
        checkpoint = _further(mine.checkpoint, kept.checkpoint)
        session_id = mine.session_id if checkpoint is None else checkpoint.session_id
        return attrs.evolve(
            mine,
            checkpoint=checkpoint,
            session_id=session_id or kept.session_id,
            round=max(mine.round, kept.round),
            fraction=max(mine.fraction, kept.fraction),
            claimed=kept.claimed,
            video=mine.video or kept.video,
        )

    async def _keep(self, checkpoint: Checkpoint) -> None:
        store, record = self._office.store, self.record
        session_id = checkpoint.session_id or record.session_id
        kept: Checkpoint | None = None  # nothing was charged, or not any more
        if checkpoint.stage == "message":
            kept = attrs.evolve(checkpoint, mark=self._mark)
            if not await call(store.claim, record.id, kept):
                raise Overtaken
            self.is_sender = True
        else:
            if checkpoint.stage == "render":
                kept = attrs.evolve(checkpoint, mark=secrets.token_hex(8))
            if not await advance(store, record.id, self.stands_at, kept):
                raise Overtaken
        self.stands_at = kept
        if checkpoint.stage == "message" and ends_claims(store):
            # Nothing that can wait comes in between: killed there, nobody knows whether it left.
            self.tell(attrs.evolve(self.record, checkpoint=kept, session_id=session_id))
            return
        if await self.write(checkpoint=kept, session_id=session_id):
            return
        if checkpoint.stage == "message":  # it was ended before it left
            await advance(store, record.id, kept, None)
        raise Overtaken

    async def _give_back(self) -> None:
        """Give a claim back that was made here: who is stopped before the call sends nothing."""
        kept = (await self.kept()).checkpoint
        if kept is not None and kept.mark == self._mark:
            await advance(self._office.store, self.job.id, kept, None)
            self.stands_at = None
            self.tell(attrs.evolve(self.record, checkpoint=None))


def _further(mine: Checkpoint | None, kept: Checkpoint | None) -> Checkpoint | None:
    """Return which of two checkpoints of a job is the later; the claim says of which session."""
    if mine is None or kept is None:
        return mine or kept
    if mine.session_id != kept.session_id:
        return kept
    return kept if kept.stage == "render" and mine.stage != "render" else mine
