"""What the tools answer, in words and as data, with the real client within the test."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

pytest.importorskip("mcp.server", reason="the extra mcp is not installed")

from attrs import frozen
from conftest import FAST
from mcp import Client
from mcp.types import CallToolResult
from mcp_host import WORDS, Gate, facts, links, make, text, until

from nemo_sdk import NemoClient
from nemo_sdk.emulator import Emulator
from nemo_sdk.mcp import Studio, serve_http, server_of

TOOLS = {
    "make_film": {"prompt", "files", "format", "quality", "language", "take"},
    "edit_film": {"session_id", "words", "files", "take"},
    "export_film": {"session_id", "format", "quality"},
    "film_status": {"job"},
    "list_films": set[str](),
    "upload_media": {"files", "session_id"},
    "credits": set[str](),
}


def name_account(monkeypatch: pytest.MonkeyPatch, emulator: Emulator) -> None:
    """Have server and workers use an account of the emulator's."""
    monkeypatch.setenv("NEMO_TOKEN", emulator.add_token(credits=1000))
    monkeypatch.setenv("NEMO_API_URL", emulator.base_url)
    monkeypatch.setenv("NEMO_TIMING_SCALE", "0.01")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "films"
    place.mkdir()
    return place


@pytest.fixture
async def studio(
    emulator: Emulator, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Studio]:
    """The server's work, for the account that the environment names to its workers, too."""
    name_account(monkeypatch, emulator)
    async with NemoClient(timing=FAST) as client, Studio(client, folder) as made:
        yield made


@frozen
class Agent:
    """Connects anew for each call: nothing belongs to a connection."""

    studio: Studio

    async def call_tool(self, *call: Any, **more: Any) -> CallToolResult:
        async with Client(server_of(self.studio)) as client:
            return await client.call_tool(*call, **more)


@pytest.fixture
def agent(studio: Studio) -> Agent:
    return Agent(studio)


async def test_hosts_see_what_there_is(studio: Studio) -> None:
    """Each tool forbids other arguments, says what it answers, and what it does."""
    async with Client(server_of(studio)) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert {name: set(tool.input_schema["properties"]) for name, tool in tools.items()} == TOOLS
    for tool in tools.values():
        assert tool.description and tool.output_schema
        assert tool.input_schema["additionalProperties"] is False
    hints = {name: tool.annotations for name, tool in tools.items() if tool.annotations}
    assert {name for name in hints if hints[name].read_only_hint} == {"list_films", "credits"}
    assert {name for name in hints if hints[name].destructive_hint} == {"edit_film"}
    joined = {name for name in hints if hints[name].idempotent_hint}
    assert joined == {"make_film", "edit_film", "film_status"}


async def test_a_film_from_words_to_an_export(
    agent: Agent, emulator: Emulator, folder: Path
) -> None:
    """Made, changed and saved: each answer has the film, what it cost, and the next tool."""
    answer = await make(agent)
    film = facts(answer)
    path = folder / f"{WORDS}.mp4"
    assert (film["status"], film["path"], film["error"]) == ("done", str(path), None)
    assert film["fraction"] == 1.0 and film["spent"] > 0 and film["timeline"]
    assert links(answer) == [path.as_uri()]
    for told in (str(path), film["session"], film["timeline"], "edit_film", "take=2"):
        assert told in text(answer)
    wish = {"session_id": film["session"], "words": "add lo-fi music at 30 percent"}
    edited = await agent.call_tool("edit_film", wish)
    assert facts(edited)["status"] == "done" and facts(edited)["changes"]
    assert "export_film" in text(edited)
    saved = await agent.call_tool("export_film", {"session_id": film["session"], "format": "webm"})
    assert Path(facts(saved)["path"]).suffix == ".webm" and links(saved)
    assert facts(await agent.call_tool("edit_film", wish))["job"] == facts(edited)["job"]
    assert len(emulator.charges) == 2
    listed = facts(await agent.call_tool("list_films", {}))["films"]
    assert [one["job"] for one in listed] == [facts(edited)["job"], film["job"]]


async def test_files_are_made_a_film_of(agent: Agent, clip: Path, folder: Path) -> None:
    """A name is from the folder, and a session for them is made where there is none."""
    clip.rename(folder / "holiday.mov")
    answer = await agent.call_tool("upload_media", {"files": ["holiday.mov"]})
    assert facts(answer)["files"] == ["holiday.mov"]
    link = (folder / "holiday.mov").as_uri()
    again = await agent.call_tool("upload_media", {"files": [link]})
    assert facts(again)["session"] == facts(answer)["session"]  # what a host repeats is one upload


async def test_an_edit_that_made_nothing_has_nothing_to_save(
    agent: Agent, clip: Path, folder: Path
) -> None:
    """Where the timeline is empty, the tool that would be refused is not named."""
    clip.rename(folder / clip.name)
    session = facts(await agent.call_tool("upload_media", {"files": [clip.name]}))["session"]
    asked = {"session_id": session, "words": "what can you do?"}
    told = text(await agent.call_tool("edit_film", asked))
    assert "There is no film yet. Go on: edit_film(" in told
    assert "export_film" not in told


@pytest.mark.parametrize(
    "name", ["../secret.mp4", "/etc/hostname", "link.mp4", "~/secret.mp4", "file:///etc/hostname"]
)
@pytest.mark.parametrize("tool", ["make_film", "edit_film", "upload_media"])
async def test_nothing_outside_the_folder_is_taken(
    agent: Agent, emulator: Emulator, folder: Path, tool: str, name: str
) -> None:
    """Not by a path, nor by a link; and nothing is charged."""
    (folder.parent / "secret.mp4").write_bytes(b"secret")
    (folder / "link.mp4").symlink_to(folder.parent / "secret.mp4")
    words = {"make_film": {"prompt": WORDS}, "edit_film": {"session_id": "1", "words": "cut"}}
    answer = await agent.call_tool(tool, {"files": [name], **words.get(tool, {})})
    assert answer.is_error and str(folder) in text(answer)
    assert facts(answer)["error"]["charged"] == "no"
    assert emulator.charges == []


async def test_no_session_is_made_for_a_file_that_cannot_be(
    agent: Agent, emulator: Emulator, folder: Path
) -> None:
    """It is looked at before the service is called."""
    (folder / "notes.txt").write_text("no film")
    answer = await agent.call_tool("upload_media", {"files": ["notes.txt"]})
    assert answer.is_error and not emulator.sessions


async def test_a_folder_that_cannot_be_is_told_before_anything_is_charged(
    agent: Agent, emulator: Emulator, folder: Path
) -> None:
    """A file stands where the folder is to be."""
    folder.rmdir()
    folder.write_text("no folder")
    answer = await agent.call_tool("make_film", {"prompt": WORDS})
    assert answer.is_error and str(folder) in text(answer)
    assert emulator.charges == []


async def test_an_export_that_was_removed_is_made_again(agent: Agent, folder: Path) -> None:
    """The same film is rendered once, as long as its file is there."""
    session = {"session_id": facts(await make(agent))["session"]}
    path = Path(facts(await agent.call_tool("export_film", session))["path"])
    assert facts(await agent.call_tool("export_film", session))["path"] == str(path)
    path.unlink()
    again = Path(facts(await agent.call_tool("export_film", session))["path"])
    assert again.stat().st_size and again.parent == folder


async def test_an_unknown_argument_is_refused(agent: Agent, emulator: Emulator) -> None:
    """It is named, and nothing is made that was not asked for."""
    answer = await agent.call_tool("make_film", {"prompt": WORDS, "seconds": 3})
    assert answer.is_error and "seconds" in text(answer)
    assert emulator.charges == []


@pytest.mark.parametrize(
    ("words", "tool"),
    [("export", "export_film"), ("导出", "export_film"), ("credits", "credits")],
)
async def test_words_that_are_free_are_not_sent(
    agent: Agent, emulator: Emulator, words: str, tool: str
) -> None:
    """The service's agent would charge for them; the answer names the tool that does it."""
    answer = await agent.call_tool("edit_film", {"session_id": "1", "words": words})
    assert answer.is_error and tool in text(answer)
    assert emulator.charges == []


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        ("film_status", {"job": "film-000000000000"}, "There is no job"),
        ("film_status", {"job": "../../secret"}, "pattern"),
        ("make_film", {"prompt": " "}, "Change the arguments"),
        ("make_film", {"prompt": WORDS, "files": ["missing.mp4"]}, "missing.mp4"),
        ("make_film", {"prompt": WORDS, "take": 0}, "take"),
        ("export_film", {"session_id": "999"}, "session"),
    ],
)
async def test_what_went_wrong_is_said(
    agent: Agent, tool: str, arguments: dict[str, Any], words: str
) -> None:
    """In the words of who knows, and with what to do."""
    answer = await agent.call_tool(tool, arguments)
    assert answer.is_error and words in text(answer)
    assert answer.structured_content is None or facts(answer)["error"]["message"]


async def test_a_job_that_failed_says_what_to_do(
    agent: Agent, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker's error arrives whole: next, and whether it was charged."""
    monkeypatch.setenv("NEMO_TOKEN", emulator.add_token(credits=1))
    answer = await make(agent)
    assert answer.is_error
    error = facts(answer)["error"]
    assert (error["kind"], error["next"]) == ("InsufficientCreditsError", "top_up")
    assert error["charged"] == "no" and error["advice"] in text(answer)


async def test_credits_say_whose(agent: Agent) -> None:
    """Two accounts are not mixed up."""
    answer = await agent.call_tool("credits", {})
    assert (facts(answer)["available"], facts(answer)["account"]) == (1000, "own")
    assert "own account" in text(answer)


@pytest.mark.parametrize("anonymous", [False, True])
async def test_an_anonymous_account_pays_only_where_one_was_named(
    emulator: Emulator, folder: Path, anonymous: bool
) -> None:
    """Hosts drop NEMO_TOKEN: without a word, films would be another account's."""
    async with (
        NemoClient(base_url=emulator.base_url, timing=FAST) as client,
        Studio(client, folder, anonymous=anonymous) as studio,
        Client(server_of(studio)) as agent,
    ):
        answer = await agent.call_tool("credits", {})
        film = None if anonymous else await agent.call_tool("make_film", {"prompt": WORDS})
        listed = facts(await agent.call_tool("list_films", {}))["films"]
    if film is None:
        assert facts(answer)["account"] == "anonymous"
    else:
        assert answer.is_error and film.is_error and "NEMO_TOKEN" in text(film)
        assert (listed, emulator.charges) == ([], [])  # nothing waits for somebody else to pay


@pytest.fixture
def gate() -> Gate:
    """Holds the films of an emulator back."""
    return Gate()


@pytest.fixture
async def slow(gate: Gate) -> AsyncIterator[Emulator]:
    """An emulator whose films wait for the test."""
    async with Emulator(speed=1000, renderer=gate) as emulator:
        yield emulator
        gate.open.set()


async def test_an_answer_comes_in_time_and_progress_grows(
    slow: Emulator, gate: Gate, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A film that takes longer goes on; the answer says how to wait for it."""
    told: list[float] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        told.append(progress)

    name_account(monkeypatch, slow)
    async with (
        NemoClient(timing=FAST) as client,
        Studio(client, folder, patience=1) as studio,
        Client(server_of(studio)) as agent,
    ):
        answer = await agent.call_tool("make_film", {"prompt": WORDS})
        film = facts(answer)
        assert not answer.is_error and film["status"] in {"waiting", "running"}
        assert f"film_status(job='{film['job']}')" in text(answer)
        await until(lambda: bool(slow.charges))
        gate.open.set()
        while film["status"] != "done":
            job = {"job": film["job"]}
            film = facts(await agent.call_tool("film_status", job, progress_callback=hear))
    assert told == sorted(set(told)) and all(0 < one <= 1 for one in told)


async def test_a_server_does_not_show_what_another_folder_has(
    agent: Agent, emulator: Emulator, tmp_path: Path
) -> None:
    """Jobs belong to a folder, whose paths alone an answer may have."""
    job = facts(await make(agent))["job"]
    async with (
        NemoClient(timing=FAST) as client,
        Studio(client, tmp_path / "other") as studio,
        Client(server_of(studio)) as other,
    ):
        assert facts(await other.call_tool("list_films", {}))["films"] == []
        assert (await other.call_tool("film_status", {"job": job})).is_error
    assert len(emulator.charges) == 1


def test_standard_output_is_the_protocol_alone(tmp_path: Path) -> None:
    """A host that closes the pipe at once has read nothing, and the server has ended."""
    command = [sys.executable, "-m", "nemo_sdk", "mcp", "--folder", str(tmp_path)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True)
    assert done.stdout == b""


async def test_http_off_this_machine_wants_a_token(studio: Studio) -> None:
    """Else anybody in the network could spend the person's credits."""
    with pytest.raises(ValueError, match="token"):
        await serve_http(studio, 0, host="0.0.0.0")


@asynccontextmanager
async def served(studio: Studio, token: str | None) -> AsyncIterator[str]:
    """The server's address, while it listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    serving = asyncio.create_task(serve_http(studio, port, token=token))
    try:
        while not await _listens(port):
            assert not serving.done()
            await asyncio.sleep(0.02)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        serving.cancel()
        await asyncio.wait([serving])


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def test_http_serves_this_machine(studio: Studio) -> None:
    """The real client, and no page of a browser under another name of this machine."""
    async with served(studio, None) as address:
        async with Client(address) as client:
            assert facts(await client.call_tool("credits", {}))["account"] == "own"
        async with aiohttp.ClientSession() as http:
            strange = {"Host": "evil.example"}
            async with http.post(address, json={}, headers=strange) as answer:
                assert answer.status == 421


async def test_http_lets_in_who_knows_the_token(studio: Studio) -> None:
    """And nobody else."""
    async with served(studio, "secret") as address, aiohttp.ClientSession() as http:
        for headers in ({}, {"Authorization": "Bearer other"}, {"Authorization": "secret"}):
            async with http.post(address, json={}, headers=headers) as answer:
                assert answer.status == 401
        known = {"Authorization": "Bearer secret"}
        async with http.post(address, json={}, headers=known) as answer:
            assert answer.status not in {401, 404}
