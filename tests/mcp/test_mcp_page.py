"""The page on agents: what it says of hosts and tools is true."""

import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("mcp.server", reason="the extra mcp is not installed")

from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp_host import facts, inherited

from nemo_sdk.emulator import Emulator

PAGE = (Path(__file__).parents[2] / "docs" / "agents.md").read_text("utf-8")
LOADS = {"json": json.loads, "toml": tomllib.loads}
BLOCK = re.compile(r"^```(json|toml)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def configured() -> list[dict[str, Any]]:
    """What each host is told to start."""
    told = [LOADS[kind](text) for kind, text in BLOCK.findall(PAGE)]
    return [server for one in told for servers in one.values() for server in servers.values()]


@pytest.mark.parametrize("server", configured(), ids=["json", "vscode", "codex"])
async def test_a_host_can_start_what_it_is_told(
    server: dict[str, Any], emulator: Emulator, home: Path
) -> None:
    """The command as it stands there, with the account that it names."""
    emulator.add_token(server["env"]["NEMO_TOKEN"], credits=7)
    assert server["command"] == "nemo-sdk"
    env = {**inherited(), "HOME": str(home), "NEMO_API_URL": emulator.base_url, **server["env"]}
    command = ["-m", "nemo_sdk", *server["args"]]
    started = StdioServerParameters(command=sys.executable, args=command, env=env)
    async with Client(stdio_client(started)) as client:
        balance = facts(await client.call_tool("credits", {}))
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert (balance["available"], balance["account"]) == (7, "own")
    table = dict(re.findall(r"^\| `(\w+)\((.*?)\)`", PAGE, re.MULTILINE))
    assert {name: set(words.split(", ")) - {""} for name, words in table.items()} == {
        name: set(tool.input_schema["properties"]) for name, tool in tools.items()
    }
