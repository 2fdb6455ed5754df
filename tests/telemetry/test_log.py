"""The log: a line for each call, NEMO_LOG, and no secret in it."""

import asyncio
import logging
import os
import re
import sys
from pathlib import Path

import pytest
from aioresponses import aioresponses
from conftest import FAST

from nemo_sdk import NemoClient, OutcomeUnknownError
from nemo_sdk.emulator import Emulator

PROGRAM = """
import asyncio
from nemo_sdk import NemoClient, OutcomeUnknownError
async def main():
    async with NemoClient("nmv_usr_secret", anonymous_fallback=False) as client:
        for _ in range(2):
            try:
                NemoClient()
                await client.create_session()
            except Exception:
                pass
asyncio.run(main())
"""


async def run(**environment: str) -> str:
    """Run a small program that makes calls, and return what it says on standard error."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PROGRAM),
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **environment},
    )
    _, err = await process.communicate()
    return err.decode()


async def test_each_call_is_one_line(client: NemoClient, caplog: pytest.LogCaptureFixture) -> None:
    """Each call logs method, path, status and duration: reads at debug, the others at info."""
    with caplog.at_level(logging.DEBUG, "nemo_sdk"):
        await client.credits()
        session = await client.create_session()
        await session.ask("hello")
    lines = [(record.levelname, record.getMessage()) for record in caplog.records]
    patterns = [
        ("INFO", r"POST /api/auth/anonymous-token: 200 in \d+\.\d{3} s"),
        ("DEBUG", r"GET /api/credits/balance/simple: 200 in \d+\.\d{3} s"),
        ("INFO", r"POST /api/tasks/me/with-session/nemo_agent: 200 in \d+\.\d{3} s"),
        ("INFO", r"POST /run_sse: 200 in \d+\.\d{3} s"),
        ("DEBUG", rf"GET /api/state/nemo_agent/me/{session.id}/latest: 200 in \d+\.\d{{3}} s"),
    ]
    assert [level for level, _ in lines] == [level for level, _ in patterns]
    assert all(
        re.fullmatch(pattern, line) for (_, pattern), (_, line) in zip(patterns, lines, strict=True)
    )


async def test_a_line_names_the_request(
    http: aioresponses, caplog: pytest.LogCaptureFixture
) -> None:
    """Where the service names the request, so does the line, up to a readable length."""
    url = "http://127.0.0.1:1/api/credits/balance/simple"
    http.get(url, payload={"available": 1}, headers={"x-request-id": "r-17"})
    http.get(url, payload={"available": 1}, headers={"X-Request-ID": "x" * 5000})
    async with NemoClient("t", base_url="http://127.0.0.1:1", timing=FAST) as client:
        with caplog.at_level(logging.DEBUG, "nemo_sdk"):
            await client.credits()
            await client.credits()
    first, second = caplog.messages
    assert first.endswith(" s, request r-17")
    assert len(second) < 200


async def test_failures_are_lines_too(
    emulator: Emulator, client: NemoClient, caplog: pytest.LogCaptureFixture
) -> None:
    """Each attempt that fails has its line, with the status or the kind of error."""
    emulator.faults.answer("balance", status=503)
    emulator.faults.refuse("run_sse")
    with caplog.at_level(logging.DEBUG, "nemo_sdk"):
        await client.credits()
        session = await client.create_session()
        with pytest.raises(OutcomeUnknownError):
            await session.ask("hello")
    outcomes = [line.partition(": ")[2].split(" ")[0] for line in caplog.messages]
    assert outcomes[:5] == ["200", "503", "200", "200", "TransportError"]


async def test_nothing_secret_is_logged(
    emulator: Emulator, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither tokens nor prompts nor signed addresses nor bodies are in the log."""
    emulator_with_links = Emulator(speed=1000, film_url_lifetime=1e9, renderer=emulator.renderer)
    with caplog.at_level(logging.DEBUG, "nemo_sdk"):
        async with (
            emulator_with_links as service,
            NemoClient(base_url=service.base_url, timing=FAST) as client,
        ):
            video = await client.generate("a purple fox")
            await video.save(tmp_path / "fox.mp4")
    assert video.url and "Signature=" in video.url
    assert any("/films/" in line for line in caplog.messages)
    for secret in ("nmv_usr", "Bearer", "purple", "Signature", "{"):
        assert secret not in caplog.text
    assert max(map(len, caplog.messages)) < 200


async def test_without_nemo_log_there_is_silence(emulator: Emulator) -> None:
    """By default nothing is written, and the logger has no handler that writes."""
    assert await run(NEMO_API_URL=emulator.base_url) == ""


async def test_nemo_log_shows_the_calls_once(emulator: Emulator) -> None:
    """NEMO_LOG=info shows what has an effect, a line each however many clients there are."""
    lines = (await run(NEMO_API_URL=emulator.base_url, NEMO_LOG="INFO")).splitlines()
    assert len(lines) == 2
    assert all("nemo_sdk INFO POST /api/tasks" in line for line in lines)
    assert "secret" not in "".join(lines)


@pytest.mark.parametrize("level", ["off", "0", " "])
async def test_nemo_log_can_be_off(emulator: Emulator, level: str) -> None:
    """NEMO_LOG set to nothing or off is silence."""
    assert await run(NEMO_API_URL=emulator.base_url, NEMO_LOG=level) == ""


def test_a_wrong_level_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A level that there is not is refused with those that there are."""
    monkeypatch.setenv("NEMO_LOG", "loud")
    with pytest.raises(ValueError, match="set NEMO_LOG to debug, info, warning or error"):
        NemoClient("t")


OWN_HANDLERS = {
    "of all loggers": "logging.basicConfig()",
    "of all loggers, on standard output": "logging.basicConfig(stream=sys.stdout)",
    "of another kind": "logging.getLogger().addHandler(Other())",
    "of this library": "logging.getLogger('nemo_sdk').addHandler(logging.StreamHandler())",
}
SHOWN = """
import logging, sys
from nemo_sdk import NemoClient
class Other(logging.Handler):
    def emit(self, record):
        print(record.getMessage())
{before}
NemoClient("t")
{after}
logging.getLogger("nemo_sdk").info("a line")
"""


async def shown(before: str = "", after: str = "") -> str:
    """Return what a program with handlers of its own shows of the log."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", SHOWN.format(before=before, after=after)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "NEMO_LOG": "'info'"},
    )
    return (await process.communicate())[0].decode()


@pytest.mark.parametrize("handler", OWN_HANDLERS.values(), ids=OWN_HANDLERS)
async def test_lines_are_not_doubled(handler: str) -> None:
    """A program that shows the log itself shows each line once, in its own form."""
    for told in (await shown(before=handler), await shown(after=handler)):
        assert told.count("a line") == 1
        assert " nemo_sdk INFO " not in told


@pytest.mark.parametrize(
    "handler",
    ["logging.basicConfig(filename='/dev/null')", "logging.getLogger().addHandler(Other('ERROR'))"],
)
async def test_what_nobody_sees_does_not_count(handler: str) -> None:
    """A handler that keeps lines in a file, or takes only errors, leaves NEMO_LOG its work."""
    assert (await shown(before=handler)).count(" nemo_sdk INFO a line") == 1
