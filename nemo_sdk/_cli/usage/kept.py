"""`jobs`, `job`, `resume`, `cancel`."""

from typing import Annotated

import typer

from nemo_sdk._cli.app import command
from nemo_sdk._cli.options import Output, beginning_with, one_of

__all__ = ["STATUSES", "cancel", "job", "jobs", "resume"]

STATUSES = ("waiting", "running", "done", "failed", "unknown", "cancelled")


def _ids(incomplete: str) -> list[tuple[str, str]]:
    """Return the jobs whose ids begin like that, with what they were asked for."""
    from nemo_sdk._cli.kept import ids  # noqa: PLC0415 - help does without

    return ids(incomplete)


JobId = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        help="A job's id; its first letters are enough.",
        show_default=False,
        autocompletion=_ids,
    ),
]


@command()
def jobs(
    status: Annotated[
        str | None,
        typer.Option(
            metavar="STATUS",
            help="waiting, running, done, failed, unknown or cancelled.",
            autocompletion=beginning_with(STATUSES),
            parser=one_of("status", STATUSES),
            show_default=False,
        ),
    ] = None,
) -> None:
    """List the films and edits that were begun here.

    Those that are done are listed for seven days.
    """


@command()
def job(
    name: JobId,
    wait: Annotated[
        float, typer.Option(metavar="SECONDS", min=0, help="Wait for its end, so long at most.")
    ] = 0,
) -> None:
    """Tell how far a job is, or what came of it."""


@command()
def resume(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="ID",
            help="A job's id; its first letters are enough. Without one: all that nobody works on.",
            show_default=False,
            autocompletion=_ids,
        ),
    ] = None,
    output: Output = None,
    *,
    last: Annotated[bool, typer.Option("--last", help="The latest one.")] = False,
) -> None:
    """Go on with jobs that were stopped, or have failed. Nothing is charged twice."""


@command()
def cancel(
    name: JobId,
    *,
    forget: Annotated[
        bool, typer.Option("--forget", help="Drop it: asking for the same begins anew.")
    ] = False,
) -> None:
    """End a job, its render as well. A message that has left stays charged."""
