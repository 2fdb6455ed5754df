"""What is done for a wish, from what is kept of it to its answer; all of it in one message."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import define

from nemo_sdk import (
    Checkpoint,
    Credits,
    DownloadError,
    NemoError,
    NothingToExportError,
    Progress,
    Reply,
    Session,
    SessionNotFoundError,
    UploadProgress,
    Video,
    classify_request,
)
from nemo_sdk.jobs import Job, Jobs

from ._book import Book, Chat, Wish
from ._room import Fetch, SlowDown
from ._screen import Screen
from ._words import bar, of_error, of_progress

__all__ = ["Work", "Worker"]

log = logging.getLogger("nemo_sdk")


@define(eq=False)
class Work:
    """A wish that is waiting or being fulfilled."""

    wish: Wish
    chat: Chat
    screen: Screen
    words: Mapping[str, str]
    """What the bot says, in the person's language."""
    fetch: Fetch | None = None
    job: Job | None = None
    restarted: bool = False

    @property
    def every(self) -> float:
        """Seconds between two edits."""
        return self.screen.room.limits.seconds

    async def tell(self, name: str, **facts: object) -> None:
        """Give the answer that the table has under a name."""
        await self.screen.tell(self.words[name].format(**facts))


class Worker:
    """Fulfils wishes.

    Args:
        jobs: What makes films and edits.
        book: Where wishes are kept.
    """

    def __init__(self, jobs: Jobs, book: Book) -> None:
        self._jobs = jobs
        self._client = jobs.client
        self._book = book

    async def do(self, work: Work) -> None:
        """Fulfil a wish."""
        try:
            await self.guarded(work, self._do)
        finally:
            await work.screen.close()

    async def guarded(self, work: Work, do: Callable[[Work], Awaitable[None]]) -> None:
        """Do something; where that fails, say so in words that are for people.

        Raises:
            Exception: The room cannot be reached.
        """
        try:
            await do(work)
        except SlowDown:
            raise
        except Exception as error:
            if not isinstance(error, NemoError | ValueError):
                log.exception("something failed in the bot")
            if isinstance(error, SessionNotFoundError):
                work.chat.session_id = None
            if work.screen.is_lit:
                await work.tell("failed")
            await work.screen.say_beside(of_error(work.words, error))

    async def cancel(self, work: Work) -> None:
        """End a wish in the service as well, as far as that can be."""
        if work.job is not None:
            work.chat.session_id = work.job.session_id or work.chat.session_id
            await work.job.cancel()
        if work.wish.render is not None:
            with contextlib.suppress(NemoError):
                kept = Checkpoint.from_json(work.wish.render)
                await self._client.render(kept.render_id or "").cancel()

    async def look(self, work: Work) -> None:
        """Tell what is in the film."""
        if work.chat.session_id is None:
            await work.tell("nothing_yet")
            return
        state = await self._client.session(work.chat.session_id).state()
        await work.screen.tell(state.timeline.summary())

    async def tell_credits(self, work: Work) -> None:
        """Tell what is left."""
        match await self._client.credits():
            case Credits(available, frozen) if frozen:
                await work.tell("credits_reserved", available=available, frozen=frozen)
            case Credits(available):
                await work.tell("credits", available=available)

    async def _do(self, work: Work) -> None:
        if work.restarted:
            said = "restarted" if work.wish.words else "restarted_without_words"
            await work.tell(said, words=work.wish.words)
        elif work.wish.kind != "new":
            await work.screen.show(work.words["moment"])
        match work.wish.kind:
            case "film":
                await self._film(work)
            case "message":
                await self._message(work)
            case "export":
                await self._export(work)
            case "upload":
                await self._upload(work)
            case "new":
                work.chat.session_id = None
                work.chat.options = []
                await work.tell("new")

    async def _film(self, work: Work) -> None:
        job = await self._job(work)
        if job.reply is not None and job.reply.questions:
            await self._answer(work, job.reply)
        elif job.error is not None:
            raise job.error
        elif job.video is not None:
            await self._send(work, job.video)

    async def _message(self, work: Work) -> None:
        if work.wish.render is None:
            job = await self._job(work)
            if job.error is not None:
                raise job.error
            if job.reply is None:
                return
            await self._answer(work, job.reply)
            made = job.reply.changes or "export" in job.reply.actions
            if not (made and job.reply.timeline.exportable):
                return
        await self._export(work)

    async def _job(self, work: Work) -> Job:
        """Have the job of a wish done: begun here, or found again, and charged once."""
        files = await self._files(work) if work.job is None else ()
        job = work.job or await self._begun(work, files)
        if work.wish.job != job.id:
            work.wish.job = job.id
            await self._book.save(work.chat)
        await self._follow(work, job.progress(every=work.every))
        work.chat.session_id = job.session_id or work.chat.session_id
        if job.status == "cancelled":
            await work.tell("cancelled")
        return job

    async def _begun(self, work: Work, files: Sequence[Path]) -> Job:
        """Begin a job; who is cancelled meanwhile gets away when it is known, and can be ended."""
        wish = work.wish
        options: dict[str, Any] = {"files": files, "owner": wish.person, "take": wish.take}
        beginning = asyncio.ensure_future(
            self._jobs.film(wish.words, **options)
            if wish.kind == "film"
            else self._jobs.edit(work.chat.session_id, wish.words, **options)
        )
        try:
            job: Job = await asyncio.shield(beginning)
        except asyncio.CancelledError:
            await asyncio.wait([beginning])
            work.job = None if beginning.exception() else beginning.result()
            raise
        work.job = job
        return job

    async def _answer(self, work: Work, reply: Reply) -> None:
        """Tell what the agent says, or asks: what the person says next is the answer."""
        lines = [reply.text] if reply.silent else [reply.text, *reply.changes]
        await work.screen.tell("\n".join(lines).strip() or work.words["done"])
        work.chat.options = [one for asked in reply.questions[:1] for one in asked.options]

    async def _upload(self, work: Work) -> None:
        files = await self._files(work)
        if files:
            await self._client.check_files(*files)
        session = await self._session(work)
        done = await session.handle(
            work.wish.words, files=files, on_event=lambda event: self._show_upload(work, event)
        )
        names = ", ".join(one.filename for one in getattr(done, "files", ()))
        await work.tell("uploaded", names=names or work.words["your_file"])

    async def _show_upload(self, work: Work, event: object) -> None:
        match event:
            case UploadProgress(sent, int(total)) if 0 < sent < total:
                line = of_progress(work.words, str(event), "upload")
                await work.screen.show(f"{bar(sent / total)}\n{line}")

    async def _session(self, work: Work) -> Session:
        chat = work.chat
        if chat.session_id is None:
            made = await self._client.create_session(language=work.wish.language)
            chat.session_id = made.id
            await self._book.save(chat)
        return self._client.session(chat.session_id)

    async def _files(self, work: Work) -> Sequence[Path]:
        """Return the files that came with a message, fetched when it is their turn."""
        wish = work.wish
        if wish.has_files and not wish.files:
            if work.fetch is None:
                raise ValueError(work.words["send_again"])
            folder = await self._book.folder_for(wish)
            try:
                wish.files = [str(path) for path in await work.fetch(folder)]
            except ValueError:  # with a sentence for the person
                raise
            except Exception as error:
                log.warning("the room %s does not give a file: %s", work.chat.key, error)
                raise ValueError(work.words["not_fetched"]) from error
            await self._book.save(work.chat)
        return [Path(one) for one in wish.files]

    async def _export(self, work: Work) -> None:
        """Send the film as it is now: rendered for free, and not twice."""
        if work.wish.render is None:
            if work.chat.session_id is None:
                raise NothingToExportError("Nothing was said here yet.")
            wanted = classify_request(work.wish.words)
            kind, quality = wanted.format or "mp4", wanted.quality or "high"
            session = self._client.session(work.chat.session_id)
            if work.wish.kind == "export" and work.wish.has_files:
                await session.upload(*await self._files(work))
            render = await session.export(format=kind, quality=quality)
            await self._keep(
                work,
                Checkpoint(
                    "render",
                    session_id=session.id,
                    render_id=render.id,
                    renders=1,
                    format=kind,
                    quality=quality,
                ),
            )
        generation = self._client.resume(
            Checkpoint.from_json(work.wish.render or ""),
            on_checkpoint=lambda kept: self._keep(work, kept),
        )
        try:
            await self._follow(work, generation.progress(every=work.every))
            video = await generation
        finally:
            await generation.cancel()
        await self._send(work, video)

    async def _keep(self, work: Work, checkpoint: Checkpoint) -> None:
        work.wish.render = checkpoint.to_json()
        await self._book.save(work.chat)

    async def _follow(self, work: Work, steps: AsyncGenerator[Progress, None]) -> None:
        """Show how far something is, as often as the platform lets us."""
        async with contextlib.aclosing(steps):
            async for step in steps:
                line = of_progress(work.words, step.message, step.stage)
                if line and step.stage != "done":
                    told = work.wish.kind == "message" and step.stage != "render"
                    await work.screen.show(line if told else f"{bar(step.fraction)}\n{line}")

    async def _send(self, work: Work, video: Video) -> None:
        """Send a film, or the way to it where the platform does not take it."""
        room = work.screen.room
        if (video.size or 0) > room.limits.bytes:
            await self._send_link(work, video)
            return
        try:
            await work.screen.patiently(lambda: work.screen.room.show(video))
        except (SlowDown, DownloadError):
            raise
        except Exception as error:
            log.warning("the room %s does not take a film: %s", room.key, error)
            await self._send_link(work, video)
            return
        await work.screen.tell_below(f"{bar(1.0)}\n{of_progress(work.words, '', 'done')}")

    async def _send_link(self, work: Work, video: Video) -> None:
        link = work.words["link"].format(url=video.url)
        await work.screen.say_beside(link if video.url else work.words["no_link"])
