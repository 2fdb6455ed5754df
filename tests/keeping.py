"""Jobs that a process before the test has left in the home of the test."""

from typing import Any

from conftest import FAST

from nemo_sdk import Checkpoint, NemoClient
from nemo_sdk.emulator import Emulator
from nemo_sdk.jobs import FileStore, Record


def keep(name: str, checkpoint: Checkpoint, service: str = "", **facts: Any) -> Record:
    """Have a film kept that was begun, and whose maker has died."""
    record = Record(
        f"film-{name}",
        words=checkpoint.prompt,
        session_id=checkpoint.session_id,
        service=service,
        **facts,
    )
    FileStore().save(record)
    if checkpoint.stage == "message":
        FileStore().claim(record.id, checkpoint)
    return record


def kept() -> list[Record]:
    """Return what is kept of all jobs, those that are done left out."""
    return [record for record in FileStore().list() if record.status != "done"]


async def made(emulator: Emulator) -> Checkpoint:
    """Have a film made whose maker dies before it hears of it."""
    noted: list[Checkpoint] = []
    async with NemoClient(base_url=emulator.base_url, timing=FAST) as client:
        await client.generate("a fox", on_checkpoint=noted.append)
    return next(one for one in noted if one.stage == "message")
