"""A host of agents: the official client, against the server as a process or within the test."""

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import psutil
from attrs import frozen
from conftest import sketch
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.types import CallToolResult, ResourceLink, TextContent

from nemo_sdk.emulator import Emulator

WORDS = "a cat in the snow"


class Gate:
    """A renderer that waits until it may: no film is done before the test wants one."""

    def __init__(self) -> None:
        self.open = threading.Event()

    def __call__(self, draft: Mapping[str, Any], target: Path, **more: Any) -> Any:
        self.open.wait()
        return sketch(draft, target, **more)


@frozen
class Host:
    """Starts servers, and knows what the service was asked to charge."""

    emulator: Emulator
    gate: Gate
    folder: Path
    env: Mapping[str, str]

    @asynccontextmanager
    async def server(self, *arguments: str) -> AsyncIterator[Client]:
        """A server as a process, and a client that talks to it."""
        command = ["-m", "nemo_sdk", "mcp", "--folder", str(self.folder), *arguments]
        server = StdioServerParameters(command=sys.executable, args=command, env=dict(self.env))
        async with Client(stdio_client(server)) as client:
            yield client

    async def charged(self) -> None:
        """Wait until the message has been charged."""
        await until(lambda: bool(self.emulator.charges))

    def kill(self) -> None:
        """Kill the servers and the workers, as a machine that loses its power does."""
        for process in [*_running(str(self.folder)), *self.workers()]:
            process.kill()

    def workers(self) -> list[psutil.Process]:
        """The processes that work on the jobs of this host."""
        return _running(str(Path(self.env["HOME"]) / ".config"))


def _running(argument: str) -> list[psutil.Process]:
    """The processes that were started with an argument like this one."""
    found = psutil.process_iter(["cmdline"])
    return [one for one in found if any(argument in word for word in one.info["cmdline"] or ())]


class Caller(Protocol):
    """Whoever calls tools."""

    async def call_tool(self, name: str, arguments: dict[str, Any], /) -> CallToolResult:
        """Call one."""
        ...


async def make(client: Caller) -> CallToolResult:
    """Ask for the film, and wait for it as an agent does."""
    answer = await client.call_tool("make_film", {"prompt": WORDS})
    while facts(answer)["status"] in {"waiting", "running"}:
        answer = await client.call_tool("film_status", {"job": facts(answer)["job"]})
    return answer


def facts(answer: CallToolResult) -> dict[str, Any]:
    """What an answer says as data."""
    told: dict[str, Any] | None = answer.structured_content
    assert told is not None
    return told


def text(answer: CallToolResult) -> str:
    """What an answer says in words."""
    return "\n".join(one.text for one in answer.content if isinstance(one, TextContent))


def links(answer: CallToolResult) -> list[str]:
    """The addresses that an answer points to."""
    return [str(one.uri) for one in answer.content if isinstance(one, ResourceLink)]


async def until(true: Callable[[], bool]) -> None:
    """Wait until something is so."""
    while not true():
        await asyncio.sleep(0.02)


def inherited() -> dict[str, str]:
    """The variables that a process needs to start at all."""
    return {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
