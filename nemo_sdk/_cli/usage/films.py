"""`generate`."""

from typing import Annotated

import typer

from nemo_sdk._cli.app import command
from nemo_sdk._cli.options import Detach, Format, Output, Quality, Take, WithEmulator

__all__ = ["generate"]

Files = Annotated[
    list[str] | None,
    typer.Option(
        "--file",
        "-f",
        metavar="FILE",
        help="A file or an address to make it of; may be repeated.",
        show_default=False,
    ),
]


@command(
    epilog="\b\nExamples:\n"
    '  nemo-sdk generate "a cat walking through a snowy forest" -o cat.mp4\n'
    '  nemo-sdk generate "cut these to ten seconds" -f a.mov -f https://host/b.mp4\n'
    '  nemo-sdk generate "一只猫走过雪林" --quality medium -o cat.webm\n'
    "  nemo-sdk generate - < prompt.txt\n"
    '  nemo-sdk --json generate "a fox" | jq -r .path\n'
)
def generate(
    prompt: Annotated[
        str,
        typer.Argument(
            metavar="PROMPT",
            help="What the video is to show; '-' reads it from standard input.",
            show_default=False,
        ),
    ],
    output: Output = None,
    file: Files = None,
    language: Annotated[
        str | None,
        typer.Option(
            metavar="CODE",
            help="The agent's language, such as en; by default the prompt's.",
            show_default=False,
        ),
    ] = None,
    format: Format = None,
    quality: Quality = "high",
    *,
    take: Take = 1,
    detach: Detach = False,
    emulator: WithEmulator = False,
) -> None:
    """Make a video of a prompt and save it. Costs about 100 credits.

    Without -o, the film is named after the prompt, and replaces nothing. The same command again
    joins the one before: it is not charged again, also after it was stopped or killed.
    """
