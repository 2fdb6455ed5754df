"""`python -m nemo_sdk.jobs FOLDER ID`: works on one job of a folder until it has ended.

The service, the token and the clock come from the environment, as for every `NemoClient`.
"""

import asyncio
import sys
from contextlib import suppress
from signal import Signals

from nemo_sdk import NemoClient
from nemo_sdk.jobs import FileStore, Jobs


async def work(folder: str, id: str) -> str:
    """Work on a job; return how it has ended."""
    task = asyncio.current_task()
    for kill in (one for one in Signals if one.name in {"SIGTERM", "SIGHUP"}):
        with suppress(NotImplementedError):  # Windows has no such thing
            asyncio.get_running_loop().add_signal_handler(kill, task.cancel)  # type: ignore[union-attr]
    async with (
        NemoClient(anonymous_fallback=False) as client,
        Jobs(client, store=FileStore(folder)) as jobs,
    ):
        return (await jobs.run(id)).status


if __name__ == "__main__":
    sys.exit(asyncio.run(work(*sys.argv[1:])) not in {"done", "cancelled"})
