"""What a worker does: a film or an edit, from wherever it was left to its end."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from nemo_sdk import (
    Event,
    Generation,
    NemoClient,
    OutcomeUnknownError,
    Progress,
    Session,
    Turn,
    Video,
)
from nemo_sdk._concurrency.callbacks import settled
from nemo_sdk._concurrency.threads import in_thread
from nemo_sdk._generation.stages import Stages
from nemo_sdk._transfer.file_systems import StoredFile

from . import _replies
from ._files import to_upload
from ._identity import digests_of
from ._keeping import Keeping, Office, Overtaken
from ._record import Record
from ._saved import check_place, save
from ._stores import call

__all__ = ["Making", "video_of"]

_OF_VIDEOS = ("render_id", "session_id", "url", "duration", "size", "format")
_STEPS = 0.5
"""Seconds between two progresses of a film."""


class Making:
    """Has the service make a job's film or edit.

    Args:
        office: Whose job it is.
        keeping: Where everything is kept.
        files: The job's files as they were given, where that is known.
        on_event: Called with the events of an edit's turn.
    """

    def __init__(
        self,
        office: Office,
        keeping: Keeping,
        files: Sequence[Any],
        on_event: Callable[[Event], object] | None,
    ) -> None:
        self._office = office
        self._keeping = keeping
        self._files = files
        self._on_event = on_event
        self._given: Sequence[Any] = ()

    async def check(self) -> None:
        """See, before anything is sent, that a job that begins can be brought to its end.

        Raises:
            ValueError, OSError: A file to upload cannot be had, or has changed; or the film could
                not be saved. Nothing was charged.
            NemoError: The service would refuse a file.
        """
        if self._keeping.stands_at is None and self._record.video is None:
            for place in self._keeping.unsaved:
                await in_thread(check_place, place, self._record.save_in, self._record.words)
            self._given = await self._given_files()
            stored: list[Any] = [file for file in self._given if isinstance(file, StoredFile)]
            if stored:
                await self._office.client.check_files(*stored)

    async def make(self) -> None:
        """Make it; with what is known of the job, no message is sent twice.

        Raises:
            Overtaken: Another worker is further, or somebody ended the job.
            Exception: What has ended it.
        """
        try:
            await (self._film() if self._record.kind == "film" else self._edit())
        except OutcomeUnknownError:
            if not await self._goes_on_elsewhere():
                raise
            raise Overtaken from None

    async def save(self) -> None:
        """Save the film wherever it is wanted and does not lie yet."""
        while places := self._keeping.unsaved:
            facts = self._record.video
            saved = None
            if facts is not None:
                film = video_of(self._office.client, facts)
                saved = await save(film, places[0], self._record)
            await self._keeping.put(places[0], saved)

    @property
    def _record(self) -> Record:
        return self._keeping.record

    async def _film(self) -> None:
        if self._record.video is None:  # else it was made before, and not saved
            video = await self._video()
            await self._keeping.save(video={name: getattr(video, name) for name in _OF_VIDEOS})
        await self.save()

    async def _video(self) -> Video:
        generation = await self._generation()
        try:
            async with contextlib.aclosing(generation.progress(every=_STEPS)) as steps:
                async for step in steps:
                    self._step(step)
            return await generation
        finally:  # what the agent asks is told where no film came of it, too
            if generation.reply is not None:
                await self._keeping.write(reply=_replies.to_facts(generation.reply))

    async def _generation(self) -> Generation:
        record, client, note = self._record, self._office.client, self._keeping.note
        if self._keeping.stands_at is not None:
            return client.resume(self._keeping.stands_at, on_checkpoint=note)
        return client.generate(
            record.words,
            files=self._given,
            language=record.language,
            format=record.format,
            quality=record.quality,
            on_checkpoint=note,
        )

    async def _edit(self) -> None:
        stages = Stages(self._office.client.timing, "message")
        clock = asyncio.get_running_loop().time
        began = clock()
        async with self._turn(await self._session()) as turn:
            async for event in turn:
                stages.take(event, clock() - began)
                self._step(stages.now)
                if self._on_event is not None:
                    await settled(self._on_event(event))
        if turn.reply.recovered:
            await self._check_own_change()
        await self._keeping.save(reply=_replies.to_facts(turn.reply))

    async def _session(self) -> Session:
        record, client = self._record, self._office.client
        if record.session_id is not None:
            session = client.session(record.session_id)
        else:
            session = await client.create_session(text=record.words, language=record.language)
            await self._keeping.save(session_id=session.id)
        if self._keeping.stands_at is None and self._given:
            await self._keeping.save(stage="upload", message="Uploading the files")
            await session.upload(*self._given)
        return session

    def _turn(self, session: Session) -> Turn:
        if self._keeping.stands_at is not None:
            return session.resume(self._keeping.stands_at)
        return session.send(self._record.words, on_checkpoint=self._keeping.note)

    async def _check_own_change(self) -> None:
        """Refuse to take a change of the session for the answer, where it may be another job's.

        Raises:
            OutcomeUnknownError: Another job sent its message when this one had changed nothing.
        """
        mine = self._record
        for other in await call(self._office.store.list):
            if other.id != mine.id and _may_have_changed(other, mine):
                raise OutcomeUnknownError(
                    f"The answer was lost, and job {other.id} has changed the session since.",
                    checkpoint=mine.checkpoint,
                )

    async def _given_files(self) -> Sequence[Any]:
        """Return the files as they were given here, or as another process has noted them."""
        record = self._record
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

    async def _goes_on_elsewhere(self) -> bool:
        """Whether another worker may know the outcome that is not known here."""
        kept = await self._keeping.kept()
        if kept.checkpoint != self._keeping.stands_at:
            return True
        if self._keeping.is_sender or not kept.claimed_within(self._office.client.timing.turn):
            return False
        await asyncio.sleep(self._office.look)
        return True

    def _step(self, step: Progress) -> None:
        self._keeping.tell(
            attrs.evolve(
                self._record,
                stage=step.stage,
                fraction=max(step.fraction, self._record.fraction),
                message=step.message,
                tool=step.tool,
            )
        )


def _may_have_changed(other: Record, mine: Record) -> bool:
    """Whether another job sent a message to the session that another had not changed yet."""
    theirs, own = other.checkpoint, mine.checkpoint
    if theirs is None or own is None or theirs.session_id != own.session_id:
        return False
    was_over = other.ended and other.updated < mine.begun
    return theirs.draft_digest == own.draft_digest and not was_over


def video_of(client: NemoClient, facts: Mapping[str, Any]) -> Video:
    """Return the film of what is kept of it, also by another version of the library."""
    known = {name: facts.get(name) for name in _OF_VIDEOS}
    return client.video(**{name: value for name, value in known.items() if value is not None})
