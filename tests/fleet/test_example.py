"""The example as a person runs it: in two terminals; and the command that lists."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from nemo_sdk.fleet import PostgresStore
from nemo_sdk.jobs import Record

EXAMPLES = Path(__file__).parents[2] / "examples" / "fleet"


async def output(*command: str, **environment: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *command),
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    assert process.returncode == 0, out.decode()
    return out.decode()


@pytest.fixture
async def fleet(dsn: str, tmp_path: Path) -> AsyncIterator[Path]:
    """The folder of a fleet that `start.py` has started."""
    folder = tmp_path / "fleet"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(EXAMPLES / "start.py"), str(folder)),
        env={**os.environ, "NEMO_DATABASE": dsn},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert b"--list" in await process.stdout.readline()
    yield folder
    process.terminate()
    await process.communicate()
    assert process.returncode == 0


async def test_two_terminals(fleet: Path) -> None:
    """Films are begun in one process and made by the workers of another."""
    told = await output(str(EXAMPLES / "begin.py"), "a fox", "a ship", NEMO_FLEET=str(fleet))
    assert told.count("done: ") == 2
    assert len(list((fleet / "films").glob("*.mp4"))) == 2


async def test_the_command_sets_up_and_lists(dsn: str, home: Path) -> None:
    """What runs, waits and failed is told with its reason, and what is done is counted."""
    command = ("-m", "nemo_sdk", "worker")
    environment: Mapping[str, str] = {"NEMO_DATABASE": dsn, "NEMO_TOKEN": "t", "HOME": str(home)}
    assert "The tables are there" in await output(*command, "--set-up", **environment)
    assert "0 steps" in await output(*command, "--set-up", **environment)
    assert "are there" in await output(*command, "--check", **environment)
    assert "There is no job." in await output(*command, "--list", **environment)
    async with PostgresStore(dsn) as store:
        error = {"kind": "InsufficientCreditsError", "message": "no credits are left"}
        await store.save(Record("film-1", words="a fox", status="failed", error=error))
        await store.save(Record("film-2", words="a ship"))
        await store.save(Record("film-3", words="a dog", status="done"))
    told = await output(*command, "--list", **environment)
    assert "done 1, failed 1, waiting 1" in told
    assert "no credits are left" in told
    assert "film-3" not in told


async def test_a_database_that_is_not_there_is_said(home: Path) -> None:
    """One line tells what is wrong, and nothing of a password."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "nemo_sdk", "worker", "--set-up"),
        env={
            **os.environ,
            "NEMO_DATABASE": "postgresql://a:secret@127.0.0.1:1/films",
            "HOME": str(home),
        },
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate()
    assert process.returncode == 1
    assert b"The database cannot be used" in errors
    assert b"secret" not in errors
