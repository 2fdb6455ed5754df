"""A command's job: begun or joined, followed to its end, and told of."""

import contextlib
import os
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from attrs import evolve

from nemo_sdk import NemoClient
from nemo_sdk.exceptions import NemoError
from nemo_sdk.jobs import FileStore, Job, Jobs, MemoryStore, Store, detach

from .lines import one_line
from .saving import change_of, show_film
from .shell_words import words_of
from .terminal import terminal
from .way_on import NOWHERE, WayOn

__all__ = ["facts_of_job", "finish", "jobs_of", "leave", "open_jobs", "show_job"]

_UNKNOWN = (
    "Look at it with 'nemo-sdk state {session}'. Once a film is there, 'nemo-sdk resume {id}' "
    "saves it; 'nemo-sdk cancel --forget {id}' gives it up."
)
_ASKED = "Answer it: nemo-sdk chat {session}. Then 'nemo-sdk resume {id}' saves the film."
_GONE = "It was saved as {path}, and is not there any more: 'nemo-sdk resume {id}' saves it again."


def jobs_of(*, emulator: bool) -> Store:
    """Return where a command's jobs are kept: an emulator of its own takes them along."""
    return MemoryStore() if emulator else FileStore()


@contextlib.asynccontextmanager
async def open_jobs(
    client: NemoClient, store: Store, folder: Path | None = None, *, here: bool = True
) -> AsyncIterator[Jobs]:
    """Give jobs that are worked on here, or left to a process of their own."""
    async with Jobs(client, store=store, save_to=folder, at_once=int(here)) as jobs:
        yield jobs


def _begin(job: Job, store: Store) -> None:
    """Say which job it is, before anything is charged, and how to go on with it."""
    if not terminal.live:  # who watches sees the bar, and at a stop how to go on
        terminal.note(f"Job {job.id}", "job", id=job.id, status=job.status)
    terminal.way_on = WayOn(f"Go on with it: nemo-sdk resume {job.id}", _facts(job))
    if isinstance(store, FileStore) and not os.path.exists(store.folder / f"{job.id}.json"):  # noqa: PTH110
        terminal.warn(f"{store.folder} cannot be written: this job ends with the command.")
        terminal.way_on = NOWHERE


async def finish(job: Job, store: Store, *, quietly: bool = False) -> Job:
    """Follow a job to its end.

    Args:
        job: The job.
        store: Where it is kept.
        quietly: Whether its events are shown in place of how far it is.

    Raises:
        Exception: What has ended it.
    """
    _begin(job, store)
    try:
        if quietly:
            await job.wait()
        else:
            await terminal.follow(job.progress(every=0.2))
    except BaseException:
        terminal.way_on = evolve(terminal.way_on, facts=_facts(job))  # its session is known by now
        raise
    terminal.way_on = _way_on(job)
    if job.error is not None:
        raise job.error
    if job.status == "cancelled":
        raise NemoError(f"Job {job.id} was cancelled.")
    return job


def leave(job: Job, store: Store) -> None:
    """Have a process of its own work on a job, and say which it is.

    Raises:
        OSError: No process can be started.
    """
    if job.status != "done" and isinstance(store, FileStore):
        detach(store, job.id)
    words = f"{job.id} is being worked on. Wait for it: nemo-sdk job {job.id} --wait 60"
    terminal.result("job", facts_of_job(job), words)


def show_job(job: Job, *, stays: bool = True) -> None:
    """Print a job: its film or reply where it is done, else how far it is.

    Args:
        job: The job.
        stays: Whether its session is there after the command.
    """
    saved, video = job.saved, job.video
    if saved is not None and video is not None and job.status == "done" and not _is_gone(job):
        then = change_of(video) if stays else ""
        show_film(video, saved, job.spent, then=then, job=job.id)
        return
    terminal.result("job", facts_of_job(job), "\n".join(_lines(job)))


def facts_of_job(job: Job) -> dict[str, Any]:
    """Return what scripts are told of a job."""
    record = job.record
    facts = {name: getattr(record, name) for name in ("id", "kind", "status", "stage", "fraction")}
    known = {name: getattr(record, name) for name in ("message", "words", "owner", "session_id")}
    reply = job.reply
    return {
        **facts,
        **known,
        "begun": record.begun,
        "path": record.saved,
        "gone": _is_gone(job),
        "spent": job.spent,
        "text": None if reply is None else reply.text,
        "timeline": None if reply is None else reply.timeline.summary(),
        "error": None if job.error is None else _error(job.error),
    }


def _is_gone(job: Job) -> bool:
    """Whether a film was saved as a file, and does not lie there any more."""
    return isinstance(job.saved, Path) and not os.path.exists(job.saved)  # noqa: PTH110 - never raises


def _error(error: BaseException) -> Mapping[str, Any]:
    facts = {"kind": type(error).__name__, "message": str(error)}
    if isinstance(error, NemoError):
        facts |= {"charged": error.charged, "next": error.next}
    return facts


def _lines(job: Job) -> list[str]:
    lines = [f"{job.id}  {job.status}  {one_line(job.words)}"]
    if job.status in {"waiting", "running"} and job.message:
        lines.append(f"[{job.fraction:4.0%}] {job.message}")
    if job.reply is not None:
        lines += [job.reply.text, job.reply.timeline.summary()]
    if job.error is not None:
        lines += [words_of(job.error), _way_on(job).words]
    if _is_gone(job):
        lines.append(_GONE.format(path=job.saved, id=job.id))
    if job.session_id is not None:
        lines.append(f"In session {job.session_id}.")
    return [line for line in lines if line]


def _way_on(job: Job) -> WayOn:
    if job.status == "unknown":
        return WayOn(_UNKNOWN.format(id=job.id, session=job.session_id), _facts(job))
    if job.status == "failed" and isinstance(job.error, NemoError) and job.error.next == "answer":
        return WayOn(_ASKED.format(id=job.id, session=job.session_id), _facts(job))
    if job.status == "failed" and (job.checkpoint is not None or job.video is not None):
        return WayOn(f"Go on with it: nemo-sdk resume {job.id}", _facts(job))
    return NOWHERE


def _facts(job: Job) -> dict[str, str]:
    session = {} if job.session_id is None else {"session_id": job.session_id}
    return {"resume": job.id, **session}
