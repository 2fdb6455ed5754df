"""The options and arguments that several commands have."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, get_args

import typer

from nemo_sdk.models import Format as FormatName
from nemo_sdk.models import Quality as QualityName

__all__ = [
    "FORMATS",
    "Debug",
    "Detach",
    "Format",
    "Json",
    "Output",
    "Quality",
    "Quiet",
    "SessionId",
    "SessionOrNew",
    "Skill",
    "Take",
    "WithEmulator",
    "beginning_with",
    "one_of",
]

FORMATS: tuple[FormatName, ...] = get_args(FormatName)
_QUALITIES: tuple[QualityName, ...] = get_args(QualityName)


def beginning_with(choices: tuple[str, ...]) -> Callable[[str], list[str]]:
    """Return what completes a choice."""

    def complete(incomplete: str) -> list[str]:
        return [choice for choice in choices if choice.startswith(incomplete.lower())]

    return complete


def one_of(kind: str, choices: tuple[str, ...]) -> Callable[[str], str]:
    """Return what takes a choice in any case."""

    def choice(text: str) -> str:
        if text.lower() in choices:
            return text.lower()
        raise typer.BadParameter(f"There is no {kind} {text!r}: choose one of {', '.join(choices)}")

    return choice


Json = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")]
Debug = Annotated[bool, typer.Option("--debug", help="Log each call on standard error.")]
Skill = Annotated[
    Path | None,
    typer.Option(
        metavar="PATH",
        help="The skill that a call comes from: its SKILL.md or folder; else NEMO_SKILL.",
        show_default=False,
    ),
]
Output = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="The file to save the film as, or a folder for it.",
        show_default=False,
    ),
]
Format = Annotated[
    FormatName | None,
    typer.Option(
        metavar="FORMAT",
        help="mp4, mov, avi, webm or mkv; by default what the output's name ends with, or mp4.",
        autocompletion=beginning_with(FORMATS),
        parser=one_of("format", FORMATS),
        show_default=False,
    ),
]
Quality = Annotated[
    QualityName,
    typer.Option(
        metavar="QUALITY",
        help="low, medium or high.",
        autocompletion=beginning_with(_QUALITIES),
        parser=one_of("quality", _QUALITIES),
    ),
]
Take = Annotated[
    int,
    typer.Option(metavar="NUMBER", min=1, help="2, 3, …: the same once more; it is charged again."),
]
Detach = Annotated[
    bool,
    typer.Option(
        "--detach", help="Return at once; a process of its own goes on, and 'job' tells of it."
    ),
]
WithEmulator = Annotated[
    bool,
    typer.Option("--emulator", help="Use an emulator of the service, started for this command."),
]
SessionId = Annotated[
    str, typer.Argument(metavar="SESSION", help="The session's id.", show_default=False)
]
SessionOrNew = Annotated[
    str,
    typer.Argument(
        metavar="SESSION", help="The session's id, or 'new' for a new one.", show_default=False
    ),
]
