"""What calls need is there before the first of them: no import, and no file, is missed later."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import sketch

from nemo_sdk.emulator import Emulator

TESTS = Path(__file__).parents[1]

WALK = """
import asyncio, builtins, json, sys
import nemo_sdk
from nemo_sdk import NemoClient, NemoError, Timing

address, saved = sys.argv[1:]
missed = []

class NoMore:
    def find_spec(self, name, path=None, target=None):
        missed.append(name)
        raise OSError(24, "Too many open files")

def after_the_message(checkpoint):
    if checkpoint.stage == "message":
        sys.meta_path.insert(0, NoMore())

async def main():
    timing = Timing().scaled(0.01)
    async with NemoClient(base_url=address, timing=timing, token_store=None) as client:
        try:
            video = await client.generate("a cat", on_checkpoint=after_the_message)
            await video.save(saved)
            outcome = "Video"
        except NemoError as error:
            outcome = type(error).__name__, str(error)
        except BaseException as error:
            outcome = "raw", repr(error)
    print(json.dumps([outcome, missed]))

asyncio.run(main())
"""

CROWD = """
import asyncio, json, resource, sys
from nemo_sdk import NemoClient, NemoError, Timing

address, token, limit = sys.argv[1], sys.argv[2], int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))

async def main():
    async def one():
        try:
            await client.generate("a cat", language="en")
        except NemoError as error:
            return [type(error).__name__, error.charged, str(error)]
        except BaseException as error:
            return ["raw", "", repr(error)]
        return ["Video", "yes", ""]

    timing = Timing(render_poll=0.05, backoff=0.01)
    async with NemoClient(
        token, base_url=address, timing=timing, token_store=None, max_retries=0
    ) as client:
        print(json.dumps(await asyncio.gather(*(one() for _ in range(60)))))

asyncio.run(main())
"""


async def _run(program: str, *arguments: str) -> Any:
    """Run a program in an interpreter of its own, and return what it prints as JSON."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program, *arguments), stdout=subprocess.PIPE
    )
    out, _ = await process.communicate()
    return json.loads(out)


FAULTS = {
    "none": (),
    "reset": (("reset", "run_sse"), ("reset", "render_status"), ("reset", "submit_render")),
    "500": (("answer", "state"), ("answer", "render_status"), ("answer", "film")),
    "429": (("answer", "render_status"),),
}


@pytest.mark.parametrize("kind", FAULTS)
async def test_nothing_is_imported_once_the_message_may_be_charged(
    emulator: Emulator, tmp_path: Path, kind: str
) -> None:
    """From the message to the saved film, also where things fail, no module is loaded."""
    for fault, endpoint in FAULTS[kind]:
        if fault == "reset":
            emulator.faults.reset(endpoint, effect=True)
        else:
            emulator.faults.answer(endpoint, status=int(kind), body=b"{}")
    outcome, missed = await _run(WALK, emulator.base_url, str(tmp_path / "film.mp4"))
    assert (outcome, missed) == ("Video", [])


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such limit")
async def test_where_files_run_out_every_generation_ends_in_an_error_of_ours() -> None:
    """Its words name the limit and what to do, and it is true about the charge."""
    async with Emulator(credits=100_000, speed=1000, renderer=sketch) as emulator:
        token = emulator.add_token(credits=100_000)
        emulator.faults.delay("create_session", 500, times=None)  # all of them wait at once
        ends = await _run(CROWD, emulator.base_url, token, "40")
        charges = len(emulator.charges)
    kinds = {kind for kind, _, _ in ends}
    assert "raw" not in kinds
    assert kinds - {"Video"}, "the limit was not reached"
    for kind, _, words in ends:
        if kind != "Video":
            assert "limit of open files (40)" in words
            assert "max_connections" in words
    assert sum(charged == "yes" for _, charged, _ in ends) == charges
