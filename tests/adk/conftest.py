"""Starts the real ADK API server; these tests run in the session `adk` alone, which installs it."""

import json
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve, frozen
from clocks import FAST

from nemo_sdk import NemoClient

_SERVER = Path(__file__).parent / "server"
TIMING = evolve(FAST, still_working=12, render_poll=3, recovery=(3, 6, 6, 6, 6))

if find_spec("google") is None or find_spec("google.adk") is None:
    collect_ignore_glob = ["*"]


@frozen
class AdkServer:
    """A running server, and the folder of its one agent."""

    base_url: str
    folder: Path

    def script(self, turns: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        """Tell the agent what to yield: the steps of each turn, under its message."""
        (self.folder / "script.json").write_text(json.dumps(turns), "utf-8")


@pytest.fixture(scope="session")
def adk_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AdkServer]:
    """The server as google-adk has it, in a process of its own."""
    agents = tmp_path_factory.mktemp("agents")
    shutil.copytree(_SERVER / "nemo_agent", agents / "nemo_agent")
    command = [sys.executable, str(_SERVER / "serve.py"), str(agents)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        base_url = process.stdout.readline().strip()
        yield AdkServer(base_url, agents / "nemo_agent")
        process.terminate()


@pytest.fixture
async def adk_client(adk_server: AdkServer) -> AsyncIterator[NemoClient]:
    """The library, speaking to the real server."""
    async with NemoClient("a-token", base_url=adk_server.base_url, timing=TIMING) as client:
        yield client
