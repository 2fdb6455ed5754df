"""The real client, over pipes: whatever host and machine do, a film is charged once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

pytest.importorskip("mcp.server", reason="the extra mcp is not installed")

from mcp.shared.exceptions import MCPError
from mcp.types import CallToolResult
from mcp_host import WORDS, Gate, Host, facts, inherited, make, until

from nemo_sdk.emulator import Emulator


@pytest.fixture
async def host(tmp_path: Path, home: Path) -> AsyncIterator[Host]:
    """A host beside an emulator whose films wait for the test."""
    gate = Gate()
    async with Emulator(speed=1000, renderer=gate) as emulator:
        env = {
            **inherited(),
            "HOME": str(home),
            "NEMO_TOKEN": emulator.add_token(credits=1000),
            "NEMO_API_URL": emulator.base_url,
            "NEMO_TIMING_SCALE": "0.01",
        }
        host = Host(emulator, gate, tmp_path / "films", env)
        yield host
        gate.open.set()
        await until(lambda: not host.workers())


async def timeout_and_retry(host: Host) -> CallToolResult:
    """The client gives up, which is a cancel, and asks again."""
    async with host.server() as client:
        with pytest.raises(MCPError):
            await client.call_tool("make_film", {"prompt": WORDS}, 0.5)
        asking = asyncio.create_task(make(client))
        await host.charged()
        host.gate.open.set()
        return await asking


async def cancel(host: Host) -> CallToolResult:
    """The person stops the agent once the message has left, and asks again."""
    async with host.server() as client:
        asking = asyncio.create_task(make(client))
        await host.charged()
        asking.cancel()
        await asyncio.wait([asking])
        host.gate.open.set()
        return await make(client)


async def two_identical_calls(host: Host) -> CallToolResult:
    """The agent asks twice at once."""
    host.gate.open.set()
    async with host.server() as client:
        one, other = await asyncio.gather(make(client), make(client))
    assert facts(one)["job"] == facts(other)["job"]
    return one


async def two_servers(host: Host) -> CallToolResult:
    """Two windows of a host, with a server each."""
    host.gate.open.set()
    async with host.server() as client, host.server() as another:
        one, other = await asyncio.gather(make(client), make(another))
    assert facts(one)["path"] == facts(other)["path"]
    return one


async def killed_at_work(host: Host) -> None:
    async with host.server() as client:
        asking = asyncio.create_task(make(client))
        await host.charged()
        host.kill()
        await asking


async def sigkill_and_restart(host: Host) -> CallToolResult:
    """Server and worker die; the agent of the next session waits for the job that it knows."""
    with pytest.raises(Exception):  # noqa: B017, PT011 - the pipe breaks somewhere
        await killed_at_work(host)
    host.gate.open.set()
    async with host.server() as client:
        (film,) = facts(await client.call_tool("list_films", {}))["films"]
        assert film["status"] in {"waiting", "running"}
        await client.call_tool("film_status", {"job": film["job"]})
        return await make(client)


async def host_leaves_and_comes_back(host: Host) -> CallToolResult:
    """The window is closed in the middle: the film is saved all the same."""
    async with host.server() as client:
        asking = asyncio.create_task(make(client))
        await host.charged()
        asking.cancel()
    host.gate.open.set()
    await until(lambda: not host.workers())
    assert [path.name for path in host.folder.iterdir()] == [f"{WORDS}.mp4"]
    async with host.server() as client:
        (film,) = facts(await client.call_tool("list_films", {}))["films"]
        assert film["status"] == "done"
        return await make(client)


SCENARIOS = [
    *(timeout_and_retry, cancel, two_identical_calls),
    *(two_servers, sigkill_and_restart, host_leaves_and_comes_back),
]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
async def test_a_film_is_charged_once(
    host: Host, scenario: Callable[[Host], Awaitable[CallToolResult]]
) -> None:
    """Each ends with the film in the folder and one charge."""
    answer = await scenario(host)
    assert facts(answer)["status"] == "done", answer
    assert Path(facts(answer)["path"]).parent == host.folder
    assert Path(facts(answer)["path"]).stat().st_size
    assert len(host.emulator.charges) == 1


async def test_the_skill_is_named_by_server_and_worker(host: Host, tmp_path: Path) -> None:
    """`--skill` tells the service who calls, whoever makes the call."""
    skill = tmp_path / ".clawhub" / "SKILL.md"
    skill.parent.mkdir()
    skill.write_text("---\nname: films\nmetadata:\n  version: 1.10\n---\n")
    host.gate.open.set()
    async with host.server("--skill", str(skill)) as client:
        assert facts(await client.call_tool("credits", {}))["account"] == "own"
        assert facts(await make(client))["status"] == "done"
    sent = [call.headers for call in host.emulator.calls if "Authorization" in call.headers]
    assert {one["X-Skill-Source"] for one in sent} == {"films"}
    assert {one["X-Skill-Version"] for one in sent} == {"1.10"}
    assert {one["X-Skill-Platform"] for one in sent} == {"clawhub"}
