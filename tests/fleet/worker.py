"""A worker of the fleet as a process of its own, which may be killed or frozen at any instant.

`python worker.py <base URL> <database> <folder> <at once> [without]`; the token is in NEMO_TOKEN.
`without` takes the compare-and-set away: whoever wants to send does.
"""

import asyncio
import logging
import signal
import sys

from nemo_sdk import Checkpoint, NemoClient, Timing
from nemo_sdk.fleet import PostgresStore, Worker

TIMING = Timing(
    turn=20,
    quiet=15,
    rate_limit_wait=0.1,
    render_poll=3,
    recovery=(0.3, 0.3, 0.6, 1, 2),
    backoff=0.01,
    backoff_max=0.05,
)
BEAT, STALLED, DRAIN = 0.8, 3.0, 1.0


class Unguarded(PostgresStore):
    """Keeps what it is given last."""

    async def claim(self, id: str, checkpoint: Checkpoint | None) -> bool:
        """Let everybody send."""
        await super().claim(id, None)
        return checkpoint is None or await super().claim(id, checkpoint)

    async def advance(self, id: str, seen: Checkpoint, checkpoint: Checkpoint | None) -> bool:
        """Let everybody go on."""
        return await self.claim(id, checkpoint)


async def main(base_url: str, dsn: str, folder: str, at_once: str, *how: str) -> None:
    """Work until SIGTERM."""
    kind = Unguarded if how else PostgresStore
    async with (
        NemoClient(base_url=base_url, timing=TIMING, token_store=None) as client,
        kind(dsn, patience=60, size=4) as store,
    ):
        worker = Worker(
            client,
            store,
            save_to=folder,
            at_once=int(at_once),
            drain=DRAIN,
            stalled=STALLED,
            beat=BEAT,
        )
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, worker.stop)
        await worker.run()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    asyncio.run(main(*sys.argv[1:]))
