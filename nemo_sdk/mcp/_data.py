"""What the tools answer as data: hosts are told its schema."""

from pydantic import BaseModel, Field

from nemo_sdk.jobs import Job

from ._failures import Failure, failure_of

__all__ = ["Answer", "Balance", "Film", "Films", "Uploaded", "film_of"]


class Answer(BaseModel):
    """What any tool answers; where nothing came of it, the rest is as it is by default."""

    error: Failure | None = Field(default=None, description="What went wrong, if something did.")


class Film(Answer):
    """A film, or an edit, as far as it is."""

    job: str | None = Field(default=None, description="What film_status takes.")
    status: str = Field(
        default="failed", description="waiting, running, done, failed, unknown or cancelled."
    )
    stage: str = Field(default="", description="session, upload, message, render or done.")
    fraction: float = Field(default=0.0, description="How far it is, 0 to 1.")
    words: str = Field(default="", description="What was asked for.")
    session: str | None = Field(default=None, description="What edit_film and export_film take.")
    path: str | None = Field(default=None, description="The film's file.")
    reply: str = Field(default="", description="What the service's agent answered.")
    timeline: str = Field(default="", description="The film's tracks.")
    changes: list[str] = Field(default_factory=list, description="What an edit changed.")
    spent: float | None = Field(default=None, description="Credits taken; null where not known.")


class Films(Answer):
    """Films and edits."""

    films: list[Film] = Field(default_factory=list, description="The last ones first.")


class Uploaded(Answer):
    """Files in a session."""

    session: str | None = Field(default=None, description="What edit_film takes.")
    files: list[str] = Field(default_factory=list, description="The files' names.")


class Balance(Answer):
    """An account's credits."""

    available: float | None = Field(default=None, description="What can be spent.")
    frozen: float | None = Field(default=None, description="What work in progress reserves.")
    total: float | None = Field(default=None, description="The two together.")
    account: str | None = Field(
        default=None, description="Whose: own (of the token that was given) or anonymous."
    )
    user: str | None = Field(default=None, description="The user's id, where it is known.")


def film_of(job: Job) -> Film:
    """Return what is known of a job as data."""
    reply = job.reply
    return Film(
        job=job.id,
        status=job.status,
        stage=job.stage,
        fraction=job.fraction,
        words=job.words,
        session=job.session_id,
        path=None if job.saved is None else str(job.saved),
        reply="" if reply is None else reply.text,
        timeline="" if reply is None else reply.timeline.summary(),
        changes=[] if reply is None else list(reply.changes),
        spent=job.spent,
        error=None if job.error is None else failure_of(job.error),
    )
