"""What the tools answer: a text that says all of it, a link to the film, and the same as data."""

import mimetypes
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from mcp.types import CallToolResult, ContentBlock, ResourceLink, TextContent

from nemo_sdk import Account, Credits, Upload
from nemo_sdk.jobs import Job

from ._data import Answer, Balance, Film, Films, Uploaded, film_of
from ._failures import Failure, failure_of

__all__ = [
    "balance_answer",
    "exported_answer",
    "failed_answer",
    "films_answer",
    "job_answer",
    "uploaded_answer",
]


def job_answer(job: Job) -> CallToolResult:
    """Return all that is known of a job."""
    film = film_of(job)
    lines = list(_job_lines(film))
    if film.status == "done":
        lines += _done_lines(job, film)
    elif film.error is None:
        lines += _way_on_lines(film)
    return _answer(lines, film, job.saved, is_error=film.error is not None)


def exported_answer(session_id: str, path: Path, timeline: str) -> CallToolResult:
    """Return a session's film."""
    film = Film(
        status="done", stage="done", fraction=1.0, session=session_id, path=str(path),
        timeline=timeline, spent=0.0,
    )  # fmt: skip
    lines = [f"The film of session {session_id} is saved: {path}", timeline, "This was free."]
    return _answer(lines, film, path)


def failed_answer(error: Exception, kind: type[Answer]) -> CallToolResult:
    """Return what went wrong, and what to do, in the shape of a tool's answers."""
    failure = failure_of(error)
    return _answer(_failure_lines(failure), kind(error=failure), is_error=True)


def films_answer(jobs: Iterable[Job]) -> CallToolResult:
    """Return what is known of several jobs."""
    films = [film_of(job) for job in jobs]
    lines = [
        f"{one.job}: {one.status}: {one.words} (session {one.session}; {one.path or 'no file'})"
        for one in films
    ]
    return _answer(lines or ["There are no films yet: make_film makes one."], Films(films=films))


def uploaded_answer(session_id: str, upload: Upload) -> CallToolResult:
    """Return where files are now."""
    names = [file.filename for file in upload.files]
    words = (
        f"Uploaded into session {session_id}: {', '.join(names)}. This was free. Say what to make "
        f"of it: edit_film(session_id={session_id!r}, words=…)"
    )
    return _answer([words], Uploaded(session=session_id, files=names))


def balance_answer(credits: Credits, account: Account) -> CallToolResult:
    """Return credits, and whose they are."""
    whose = f"{account.kind} account" + (f" {account.user_id}" if account.user_id else "")
    words = f"{credits.available:g} credits to spend, {credits.frozen:g} reserved: {whose}."
    balance = Balance(
        available=credits.available, frozen=credits.frozen, total=credits.total,
        account=account.kind, user=account.user_id,
    )  # fmt: skip
    return _answer([words], balance)


def _job_lines(film: Film) -> Iterator[str]:
    yield f"Job {film.job}: {film.status}."
    if film.path:
        yield f"The film is saved: {film.path}"
    if film.reply:
        yield f"The agent says: {film.reply}"
    if film.timeline:
        yield film.timeline
    yield from film.changes
    if film.spent is not None:
        yield f"Credits taken: {film.spent:g}."
    if film.error is not None:
        yield from _failure_lines(film.error)
        if film.session:
            yield f"Its session: {film.session}."


def _done_lines(job: Job, film: Film) -> Iterator[str]:
    if job.reply is not None and not job.reply.timeline.exportable:
        yield f"There is no film yet. Go on: edit_film(session_id={film.session!r}, words=…)."
    elif job.record.kind == "edit":
        yield f"Save the film, which is free: export_film(session_id={film.session!r})."
    elif film.session:
        yield f"Change it: edit_film(session_id={film.session!r}, words=…)."
    yield "The same arguments give this same job; to make it once more, say take=2."


def _way_on_lines(film: Film) -> Iterator[str]:
    if film.status == "cancelled":
        yield "It was ended by the person."
        return
    yield f"It is at {film.fraction:.0%} ({film.stage}), and goes on by itself."
    yield f"Wait for it: film_status(job={film.job!r}). Nothing is charged for that."


def _failure_lines(failure: Failure) -> list[str]:
    return [f"{failure.kind}: {failure.message}", failure.advice, f"Charged: {failure.charged}."]


def _answer(
    lines: Iterable[str], data: Answer, path: Path | str | None = None, *, is_error: bool = False
) -> CallToolResult:
    content: list[ContentBlock] = [TextContent(type="text", text="\n".join(filter(None, lines)))]
    if path is not None:
        content.append(_link(path))
    facts: dict[str, Any] = data.model_dump(mode="json")
    return CallToolResult(content=content, structured_content=facts, is_error=is_error)


def _link(path: Path | str) -> ResourceLink:
    uri = path.as_uri() if isinstance(path, Path) else path
    name = Path(path).name
    kind, _ = mimetypes.guess_type(name)
    return ResourceLink(type="resource_link", uri=uri, name=name, mime_type=kind or "video/mp4")
