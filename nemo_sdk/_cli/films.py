"""`generate`: from a prompt to a film."""

from contextlib import nullcontext
from typing import Annotated

import typer

from nemo_sdk import NemoClient
from nemo_sdk.models import Checkpoint

from .app import command
from .journal import Entry, Journal
from .making import Keeper, finish
from .options import Format, Output, Quality, WithEmulator
from .running import run, service_address
from .streams import text_of
from .targets import container_of, target_of

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
    '  nemo-sdk generate "一只猫走过雪林" --language zh --quality medium -o cat.webm\n'
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
    emulator: WithEmulator = False,
) -> None:
    """Make a video of a prompt and save it. Costs about 100 credits.

    Without -o, the film is named after the prompt, and replaces nothing. After Ctrl-C, 'nemo-sdk
    resume' goes on with it, and it is not charged again.
    """
    prompt = text_of(prompt)
    container = container_of(output, format)
    target = target_of(output, prompt, container)
    entry = Entry(
        Checkpoint(prompt=prompt), str(target.path), target.named, service=service_address()
    )
    journal = None if emulator else Journal()
    keeper = Keeper(entry, journal)

    async def work(client: NemoClient) -> None:
        generation = client.generate(
            prompt,
            files=file or (),
            language=language,
            format=container,
            quality=quality,
            on_checkpoint=keeper,
        )
        await finish(client, generation, entry, keeper)

    with journal.running(entry) if journal else nullcontext():
        run(work, emulator=emulator)
