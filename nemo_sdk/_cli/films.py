"""`generate`: from a prompt to a film."""

import typer

from nemo_sdk import NemoClient
from nemo_sdk.models import Format, Quality

from .running import run
from .streams import text_of
from .targets import container_of, target_of
from .working import finish, jobs_of, leave, open_jobs, show_job

__all__ = ["generate"]


def generate(
    prompt: str,
    output: str | None,
    file: list[str] | None,
    language: str | None,
    format: Format | None,
    quality: Quality,
    *,
    take: int,
    detach: bool,
    emulator: bool,
) -> None:
    """Make a film of a prompt, or join the job that makes it."""
    if detach and emulator:
        raise typer.BadParameter(
            "--detach is for the service: an --emulator ends with the command."
        )
    prompt = text_of(prompt)
    container = container_of(output, format)
    target = target_of(output, prompt, container)
    store = jobs_of(emulator=emulator)

    async def work(client: NemoClient) -> None:
        async with open_jobs(client, store, target.path.parent, here=not detach) as jobs:
            job = await jobs.film(
                prompt,
                files=file or (),
                language=language,
                format=container,
                quality=quality,
                take=take,
                save_as=target.path if target.named else None,
            )
            if detach:
                leave(job, store)
            else:
                show_job(await finish(job, store), stays=not emulator)

    run(work, emulator=emulator)
