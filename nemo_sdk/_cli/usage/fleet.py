"""`worker`."""

from typing import Annotated

import typer

from nemo_sdk._cli.app import command

__all__ = ["worker"]

Limit = int | None


@command(
    epilog="\b\nA fleet in three commands, the token in NEMO_TOKEN:\n"
    "  nemo-sdk worker --database postgresql://films@db/films --set-up\n"
    "  nemo-sdk worker --database postgresql://films@db/films --save-to films\n"
    "  nemo-sdk worker --database postgresql://films@db/films --list\n"
)
def worker(
    database: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            envvar="NEMO_DATABASE",
            help="postgresql://user:password@host/name; a password is safer in the variable.",
            show_default=False,
        ),
    ],
    save_to: Annotated[
        str | None,
        typer.Option(
            metavar="FOLDER",
            help="Films are saved there: a folder, or an address such as s3://bucket/films.",
            show_default=False,
        ),
    ] = None,
    at_once: Annotated[int, typer.Option(metavar="NUMBER", help="So many films at once.")] = 50,
    at_once_in_all: Annotated[
        Limit,
        typer.Option(metavar="NUMBER", help="So many at once of all workers.", show_default=False),
    ] = None,
    a_minute: Annotated[
        Limit,
        typer.Option(
            metavar="NUMBER", help="So many begun a minute by all workers.", show_default=False
        ),
    ] = None,
    queue: Annotated[
        str, typer.Option(metavar="NAME", help="The queue: one for each token has its limits.")
    ] = "films",
    drain: Annotated[
        float,
        typer.Option(metavar="SECONDS", help="Let films end so long when it is told to stop."),
    ] = 25.0,
    *,
    set_up: Annotated[
        bool, typer.Option("--set-up", help="Make the tables or bring them up to date, and end.")
    ] = False,
    check: Annotated[
        bool,
        typer.Option("--check", help="See that the database and its tables are there, and end."),
    ] = False,
    show: Annotated[
        bool, typer.Option("--list", help="List what runs, waits and failed, and end.")
    ] = False,
) -> None:
    """Work on the jobs that are begun in a database. SIGTERM ends it when its films are done."""
