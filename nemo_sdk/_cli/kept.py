"""`jobs`, `job`, `resume`, `cancel`: what was begun, found again."""

from contextlib import nullcontext, suppress
from pathlib import Path

import typer

from nemo_sdk import NemoClient
from nemo_sdk.jobs import FileStore, Job, Jobs, Status

from .lines import moment, one_line
from .running import run
from .targets import container_of, target_of
from .terminal import terminal
from .working import facts_of_job, finish, open_jobs, show_job

__all__ = ["cancel", "ids", "job", "jobs", "resume"]


def ids(incomplete: str) -> list[tuple[str, str]]:
    """Return the jobs whose ids begin like that, with what they were asked for."""
    return [
        (record.id, one_line(record.words))
        for record in FileStore().list()
        if record.id.startswith(incomplete)
    ]


def jobs(status: Status | None) -> None:
    """List what was begun here."""

    async def work(client: NemoClient) -> None:
        async with open_jobs(client, FileStore()) as kept:
            found = [one for one in reversed(kept.list(status)) if not one.record.old]
            words = "\n".join(map(_line, found)) or "There is no job."
            terminal.result("jobs", {"jobs": [facts_of_job(one) for one in found]}, words)

    run(work)


def job(name: str, wait: float) -> None:
    """Tell of one job, or wait for its end first."""

    async def work(client: NemoClient) -> None:
        async with open_jobs(client, FileStore()) as kept:
            found = find(kept, name)
            if wait and not found.record.ended:
                await found.wait(wait)
            show_job(found)

    run(work)


def resume(name: str | None, output: str | None, *, last: bool) -> None:
    """Go on with one job, or with all that nobody works on."""
    if name is not None and last:
        raise typer.BadParameter("Give an ID or --last, not both.")
    if output is not None and name is None and not last:
        raise typer.BadParameter("Say which job: give its ID, or --last.")

    async def work(client: NemoClient) -> None:
        store = FileStore()
        async with open_jobs(client, store, Path.cwd()) as kept:
            if name is None and not last:
                await _go_on_with_all(kept)
                return
            found = _last(kept) if name is None else find(kept, name)
            await _go_on(kept, store, found, output)

    run(work, strict=True)


def cancel(name: str, *, forget: bool) -> None:
    """End a job, or drop it."""

    async def work(client: NemoClient) -> None:
        store = FileStore()
        async with open_jobs(client, store) as kept:
            if forget and _is_damaged(kept, store, name):
                await kept.forget(name)
                terminal.result("forgotten", {"id": name}, f"Forgotten: {name}")
                return
            found = find(kept, name)
            with suppress(OSError) if forget else nullcontext():  # what is damaged can be dropped
                await found.cancel()
            if forget:
                await kept.forget(found.id)
            how = "Forgotten" if forget else found.status.capitalize()
            words = f"{how}: {found.id}, {one_line(found.words)}"
            terminal.result("forgotten" if forget else "job", facts_of_job(found), words)

    run(work)


def find(kept: Jobs, name: str) -> Job:
    """Return the one job whose id is or begins with a name.

    Raises:
        LookupError: There is none, or more than one.
    """
    kind, _, letters = name.rpartition("-")
    fits = [
        one
        for one in kept.list()
        if letters and one.id.rpartition("-")[2].startswith(letters) and one.id.startswith(kind)
    ]
    found = [one for one in fits if name in {one.id, one.id.rpartition("-")[2]}] or fits
    if len(found) == 1:
        return found[0]
    what = f"More than one job begins with {name!r}" if found else f"There is no job {name!r}"
    raise LookupError(f"{what}: 'nemo-sdk jobs' lists them.")


def _is_damaged(kept: Jobs, store: FileStore, id: str) -> bool:
    """Whether a job has a file, and cannot be read."""
    known = {one.id for one in kept.list()}
    return id not in known and id in {file.stem for file in store.folder.glob("*.json")}


def _last(kept: Jobs) -> Job:
    left = [one for one in kept.list() if one.status not in {"done", "cancelled"}]
    if not left:
        raise LookupError("There is no job to go on with.")
    return left[-1]


async def _go_on(kept: Jobs, store: FileStore, found: Job, output: str | None) -> None:
    container_of(output, found.record.format)
    place = None
    if output is not None:
        place = target_of(output, found.words, found.record.format).path
    running = await kept.go_on(found.id, save_as=place)
    show_job(await finish(running, store))


async def _go_on_with_all(kept: Jobs) -> None:
    going = await kept.resume()
    for one in going:
        await one.wait()
    words = "\n".join(map(_line, going)) or "There is no job to go on with."
    terminal.result("jobs", {"jobs": [facts_of_job(one) for one in going]}, words)


def _line(one: Job) -> str:
    return f"{one.id}  {moment(one.record.begun)}  {one.status:9}  {one_line(one.words)}"
