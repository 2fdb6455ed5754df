"""Starting, stopping, and what is left afterwards: nothing."""

import asyncio
import contextlib
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from waiting import until

from nemo_sdk.emulator import Clock, Emulator, __main__

from .conftest import ATTRIBUTION, Emulators, Sketch, message


def is_there(folder: str) -> bool:
    """Whether a folder exists."""
    return Path(folder).is_dir()


async def test_everything_is_gone_after_closing(emulators: Emulators) -> None:
    """No task, no file and no listener is left, however much was under way."""
    before = asyncio.all_tasks()
    emulator = Emulator(clock=Clock(manual=True))
    async with emulator:
        folder = emulator._folder
        assert folder is not None
        assert is_there(folder.name)
        headers = {"Authorization": f"Bearer {emulator.add_token()}"} | ATTRIBUTION
        emulator.faults.stall("balance")
        async with aiohttp.ClientSession(emulator.base_url, headers=headers) as http:
            path = "/api/tasks/me/with-session/nemo_agent"
            async with http.post(path, json={}) as response:
                session = (await response.json())["data"]["session_id"]
            turn = await http.post("/run_sse", json=message(session, "a cat"))
            stalled = asyncio.create_task(http.get("/api/credits/balance/simple"))
            await until(lambda: emulator.calls_of("balance"))
            async with asyncio.timeout(2):
                await emulator.aclose()
            with contextlib.suppress(aiohttp.ClientError):
                (await stalled).close()
            turn.close()
    assert not is_there(folder.name)
    assert asyncio.all_tasks() == before
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.ClientConnectorError):
            await http.get(emulator.base_url)


async def test_closing_stops_the_renderer(emulators: Emulators) -> None:
    """A film in the making is told to stop, and waited for."""
    ended = threading.Event()

    def endless(
        draft: Mapping[str, Any], target: Path, *, should_stop: Callable[[], bool], **_: Any
    ) -> Sketch:
        while not should_stop():
            time.sleep(0.005)
        ended.set()
        raise RuntimeError("stopped")

    api = await emulators(renderer=endless)
    await api.submit(await api.session())
    await until(lambda: api.emulator.renders["render_1"].status == "processing")
    await emulators.aclose()
    assert ended.is_set() or not api.emulator._service.renders.films._jobs


async def test_an_emulator_is_started_once() -> None:
    """A second start is refused; closing twice is not."""
    async with Emulator() as emulator:
        with pytest.raises(RuntimeError, match="make a new one"):
            await emulator.start()
    await emulator.aclose()


async def test_closing_without_a_start_does_nothing() -> None:
    """An emulator that never listened has nothing to close."""
    await Emulator().aclose()


async def test_a_taken_port_is_an_os_error() -> None:
    """Where the port is taken nothing is left open."""
    async with Emulator() as first:
        port = int(first.base_url.rpartition(":")[2])
        second = Emulator(port=port)
        with pytest.raises(OSError, match=str(port)):
            await second.start()
        assert second._folder is not None
        assert not is_there(second._folder.name)


async def test_ipv6_addresses_are_written_in_brackets() -> None:
    """A base URL with an IPv6 address can be used as it is."""
    try:
        emulator = Emulator(host="::1")
        await emulator.start()
    except OSError:
        pytest.skip("this machine has no IPv6")
    try:
        assert emulator.base_url.startswith("http://[::1]:")
    finally:
        await emulator.aclose()


async def test_two_emulators_side_by_side(emulators: Emulators) -> None:
    """Emulators share nothing: a token of one is unknown to the other."""
    one, other = await emulators(), await emulators()
    token = one.emulator.add_token()
    other.http.headers["Authorization"] = f"Bearer {token}"
    status, _ = await other.call("GET", "/api/credits/balance/simple")
    assert status == 401


async def test_the_command_prints_its_address_and_ends_on_ctrl_c() -> None:
    """`python -m nemo_sdk.emulator` prints its address, serves, and exits 0 without a traceback."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "nemo_sdk.emulator", "--port", "0", "--speed", "1000"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    url = (await process.stdout.readline()).decode().strip()
    async with aiohttp.ClientSession() as http, http.get(f"{url}/nowhere") as response:
        assert response.status == 404
    process.send_signal(signal.SIGINT)
    out, err = await process.communicate()
    assert (process.returncode, out) == (0, b"")
    assert err.decode() == f"Watch it in a browser: {url}/\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [(["--speed", "0"], "speed"), (["--host", "256.0.0.1"], "cannot start")],
)
def test_the_command_says_why_it_cannot_start(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A bad option or address is one line on stderr and exit code 1."""
    assert __main__.main(["--port", "0", *arguments]) == 1
    error = capsys.readouterr().err
    assert sentence in error
    assert len(error.splitlines()) == 1


def test_importing_the_emulator_loads_no_codecs() -> None:
    """PyAV and Pillow wait until a film is rendered or an upload is looked into."""
    code = "import sys, nemo_sdk.emulator; print({'av', 'PIL'} & set(sys.modules))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
