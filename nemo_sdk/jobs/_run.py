"""One run of a job: from what is kept of it to its end, wherever it was left."""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import attrs

from nemo_sdk import (
    Checkpoint,
    Credits,
    Event,
    Generation,
    NemoClient,
    NemoError,
    OutcomeUnknownError,
    Progress,
    Session,
    Turn,
    Video,
    __version__,
)
from nemo_sdk._concurrency.callbacks import settled
from nemo_sdk._generation.stages import Stages

from . import _errors, _replies
from ._files import to_upload
from ._identity import digests_of
from ._job import Job
from ._queue import Queue
from ._rate_limit import unhurried
from ._record import Record, Status, now
from ._saved import save, stamp_of
from ._stores import Store, advance, call

__all__ = ["Office", "Run", "video_of"]

log = logging.getLogger("nemo_sdk")
_ELSEWHERE = {"cancelled", "done"}
"""What somebody else can have made of a job that is worked on here."""
_OF_VIDEOS = ("render_id", "session_id", "url", "duration", "size", "format")
_STEPS = 0.5
"""Seconds between two progresses of a film."""


class Office(Protocol):
    """What a run needs of those who gave it out."""

    client: NemoClient
    store: Store
    queue: Queue
    look: float

    async def read(self, id: str) -> Record | None: ...
    async def write(self, record: Record) -> None: ...
    async def wanted(self, record: Record, save_as: str | None) -> Record: ...
    def hold(self, id: str) -> contextlib.AbstractAsyncContextManager[bool]: ...


class _Refused(Exception):  # noqa: N818 - no error: somebody else sends
    """Not to be sent here: another worker has claimed the message, or somebody ended the job."""


class Run:
    """Works on a job in a task of its own, until it has ended or is stopped.

    Args:
        office: Whose run it is.
        job: The job; it is told of everything.
        files: Its files as they were given, where that is known.
        on_event: Called with the events of an edit's turn.
    """

    def __init__(
        self,
        office: Office,
        job: Job,
        files: Sequence[Any],
        on_event: Callable[[Event], object] | None,
    ) -> None:
        self.job = job
        self._office = office
        self._files = files
        self._on_event = on_event
        self._place = job.record.save_as, job.record.save_in
        self._mark = secrets.token_hex(8)
        self._is_cancelled = False
        self._is_sender = False
        self._writing = asyncio.Lock()
        self._changed = asyncio.Event()
        self.task = asyncio.create_task(self._work())

    async def changed(self) -> None:
        """Wait until there is something new, or the run has ended."""
        news = asyncio.create_task(self._changed.wait())
        try:
            await asyncio.wait({news, self.task}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            news.cancel()

    async def stop(self) -> None:
        """End the work, not the job."""
        self.task.cancel()
        await asyncio.wait([self.task])

    async def cancel(self) -> None:
        """End the job."""
        self._is_cancelled = True
        await self.stop()
        if not self.job.record.ended:  # it had not begun
            await self._save(status="cancelled")

    async def _work(self) -> None:
        try:
            await self._follow_or_make()
        except Exception as error:  # the store's own: whoever waits is told
            log.warning("job %s: %s", self.job.id, error)
            facts = _errors.to_facts(error)
            self._tell(attrs.evolve(self.job.record, status="failed", error=facts))

    async def _follow_or_make(self) -> None:
        while not self.job.record.ended:
            async with self._office.hold(self.job.id) as mine:
                if mine:
                    await self._wait_and_make()
                    return
            await asyncio.sleep(self._office.look)
            self._tell(await self._as_asked(await self._kept()))

    async def _wait_and_make(self) -> None:
        try:
            async with self._office.queue.place(self.job.owner, self._stand_in_line) as alone:
                kept = await self._kept()  # as whoever held it before has left it
                self._tell(await self._as_asked(kept))
                if kept.status == "done" and not self.job.record.ended:  # and saved elsewhere
                    await self._office.write(self.job.record)
                if not self.job.record.ended:
                    await self._make(alone)
        except asyncio.CancelledError:
            if not self.job.record.ended:
                await self._save(status="cancelled" if self._is_cancelled else "waiting")
            raise

    async def _make(self, alone: Callable[[], bool]) -> None:
        await self._save(status="running", message="Starting")
        watching = asyncio.create_task(self._watch())
        try:
            before = await self._balance()
            make = self._film if self.job.record.kind == "film" else self._edit
            await unhurried(make, self._office, self._say)
            spent = await self._spent(before, alone) if self._is_sender else self.job.spent
        except OutcomeUnknownError as error:
            await self._end("unknown", error)
        except Exception as error:  # whatever it is: whoever waits is told
            await self._end("failed", error)
        else:
            await self._save(status="done", stage="done", fraction=1.0, spent=spent)
        finally:
            watching.cancel()

    async def _film(self) -> None:
        record = self.job.record
        if record.video is None:
            video = await self._video()
            await self._save(video=_facts_of(video))
        else:  # made before, and not saved
            video = video_of(self._office.client, record.video)
        if (saved := await save(video, record)) is not None:
            await self._save(saved=saved, stamp=await stamp_of(saved))

    async def _video(self) -> Video:
        while True:
            generation = await self._generation()
            try:
                async with contextlib.aclosing(generation.progress(every=_STEPS)) as steps:
                    async for step in steps:
                        self._step(step)
                return await generation
            except _Refused:
                await self._take_over()
            except OutcomeUnknownError:
                if not await self._goes_on_elsewhere():
                    raise
            finally:  # what the agent asks is told where no film came of it, too
                if generation.reply is not None:
                    await self._save(reply=_replies.to_facts(generation.reply))

    async def _generation(self) -> Generation:
        record, client = self.job.record, self._office.client
        if record.checkpoint is not None:
            return client.resume(record.checkpoint, on_checkpoint=self._note)
        return client.generate(
            record.words,
            files=await self._given_files(),
            language=record.language,
            format=record.format,
            quality=record.quality,
            on_checkpoint=self._note,
        )

    async def _edit(self) -> None:
        stages = Stages(self._office.client.timing, "message")
        clock = asyncio.get_running_loop().time
        began = clock()
        while True:
            try:
                async with self._turn(await self._session()) as turn:
                    async for event in turn:
                        stages.take(event, clock() - began)
                        self._step(stages.now)
                        if self._on_event is not None:
                            await settled(self._on_event(event))
            except _Refused:
                await self._take_over()
            except OutcomeUnknownError:
                if not await self._goes_on_elsewhere():
                    raise
            else:
                await self._save(reply=_replies.to_facts(turn.reply))
                return

    async def _session(self) -> Session:
        record, client = self.job.record, self._office.client
        if record.session_id is not None:
            session = client.session(record.session_id)
        else:
            session = await client.create_session(text=record.words, language=record.language)
            await self._save(session_id=session.id)
        if record.checkpoint is None and (files := await self._given_files()):
            await self._save(stage="upload", message="Uploading the files")
            await session.upload(*files)
        return session

    def _turn(self, session: Session) -> Turn:
        record = self.job.record
        if record.checkpoint is not None:
            return session.resume(record.checkpoint)
        return session.send(record.words, on_checkpoint=self._note)

    async def _given_files(self) -> Sequence[Any]:
        """Return the files as they were given here, or as another process has noted them."""
        record = self.job.record
        if record.unnamed_files and not self._files:
            raise ValueError(
                "This job has files that were given as bytes or open files, which cannot be found "
                "again. Nothing was charged: ask for the same with the files once more."
            )
        files = self._files or record.files
        if record.digests and await digests_of(files) != record.digests:
            raise ValueError(
                "A file of this job has changed since it was asked for. Nothing was charged: ask "
                "for it as it is now."
            )
        return [to_upload(file) for file in files]

    async def _note(self, checkpoint: Checkpoint) -> None:
        """Take a checkpoint, before the call that it names: only who has the claim may send."""
        try:
            await self._keep(checkpoint)
        except asyncio.CancelledError:
            if checkpoint.stage == "message":
                await self._give_back()
            raise

    async def _give_back(self) -> None:
        """Give a claim back that was made here: who is stopped before the call sends nothing."""
        store, kept = self._office.store, (await self._kept()).checkpoint
        if kept is not None and kept.mark == self._mark:
            await advance(store, self.job.id, kept, None)
            self._tell(attrs.evolve(self.job.record, checkpoint=None))

    async def _keep(self, checkpoint: Checkpoint) -> None:
        store, record = self._office.store, self.job.record
        session_id = checkpoint.session_id or record.session_id
        kept: Checkpoint | None = None  # nothing was charged, or not any more
        if checkpoint.stage == "message":
            kept = attrs.evolve(checkpoint, mark=self._mark)
            if await self._ended_elsewhere() or not await call(store.claim, record.id, kept):
                raise _Refused
            self._is_sender = True
        else:
            if checkpoint.stage == "render":
                kept = attrs.evolve(checkpoint, mark=secrets.token_hex(8))
            if not await advance(store, record.id, record.checkpoint, kept):
                raise _Refused
        await self._save(checkpoint=kept, session_id=session_id)

    async def _take_over(self) -> None:
        """Go on from where another worker is, without sending."""
        kept = await self._kept()
        nothing_to_follow = kept.ended and kept.checkpoint is None
        if kept.status in _ELSEWHERE or nothing_to_follow:
            self._give_up(kept)
            await asyncio.sleep(0)  # here it ends
        self._tell(attrs.evolve(kept, status="running"))

    async def _goes_on_elsewhere(self) -> bool:
        """Whether another worker may know the outcome that is not known here; if so, follow it."""
        seen, kept = self.job.record.checkpoint, await self._kept()
        if kept.checkpoint == seen:
            if self._is_sender or not kept.claimed_within(self._office.client.timing.turn):
                return False
            await asyncio.sleep(self._office.look)
        await self._take_over()
        return True

    async def _watch(self) -> None:
        """Keep what is new, and end the work where somebody else has ended the job."""
        kept = self.job.record
        while True:
            await asyncio.sleep(self._office.look)
            try:
                others = await self._ended_elsewhere()
            except Exception as error:  # the store's own, whatever it is: it may be for a moment
                log.warning("job %s cannot be looked at: %s", self.job.id, error)
                continue
            if others is not None:
                self._give_up(others)
                return
            if self.job.record is not kept:
                await self._save()
                kept = self.job.record

    async def _kept(self) -> Record:
        """Return what the store knows of the job; one that was forgotten is cancelled."""
        kept = await self._office.read(self.job.id)
        return attrs.evolve(self.job.record, status="cancelled") if kept is None else kept

    async def _as_asked(self, kept: Record) -> Record:
        """Return a record with the film's place as it was asked for here."""
        save_as, save_in = self._place
        placed = attrs.evolve(
            kept, save_as=save_as or kept.save_as, save_in=save_in or kept.save_in
        )
        return await self._office.wanted(placed, save_as)

    async def _ended_elsewhere(self) -> Record | None:
        """Return the job as somebody else has cancelled or made it; None while nobody has."""
        kept = await self._kept()
        return kept if kept.status in _ELSEWHERE else None

    def _give_up(self, others: Record) -> None:
        self._tell(others)
        self.task.cancel()

    async def _balance(self) -> Credits | None:
        try:
            return await self._office.client.credits()
        except NemoError:
            return None

    async def _spent(self, before: Credits | None, alone: Callable[[], bool]) -> float | None:
        """Return what has left the account; None where it may have been for something else."""
        after = await self._balance()
        if before is None or after is None or not alone():
            return None
        return (before.available + before.frozen) - (after.available + after.frozen)

    def _stand_in_line(self, before: int) -> None:
        self._say(f"Waiting ({before} before this one)")

    def _say(self, message: str) -> None:
        self._tell(attrs.evolve(self.job.record, message=message))

    def _step(self, step: Progress) -> None:
        self._tell(
            attrs.evolve(
                self.job.record,
                stage=step.stage,
                fraction=max(step.fraction, self.job.fraction),
                message=step.message,
            )
        )

    async def _end(self, status: Status, error: Exception) -> None:
        log.info("job %s: %s: %s", self.job.id, status, error)
        await self._save(status=status, error=_errors.to_facts(error))

    async def _save(self, **facts: Any) -> None:
        """Keep what is known now, and then tell whoever waits."""
        facts |= {"updated": now(), "version": __version__}
        async with self._writing:
            try:
                if (others := await self._ended_elsewhere()) is not None:
                    self._give_up(others)
                    return
                await self._office.write(attrs.evolve(self.job.record, **facts))
            except (
                Exception
            ) as error:  # the store's own; what must not be lost, the claim, is kept by itself
                log.warning("job %s cannot be kept: %s", self.job.id, error)
            self._tell(attrs.evolve(self.job.record, **facts))

    def _tell(self, record: Record) -> None:
        self.job.take(record)
        self._changed.set()
        self._changed = asyncio.Event()


def video_of(client: NemoClient, facts: Mapping[str, Any]) -> Video:
    """Return the film of what is kept of it, also by another version of the library."""
    known = {name: facts.get(name) for name in _OF_VIDEOS}
    return client.video(**{name: value for name, value in known.items() if value is not None})


def _facts_of(video: Video) -> dict[str, Any]:
    return {name: getattr(video, name) for name in _OF_VIDEOS}
