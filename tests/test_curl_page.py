"""The page for people who come from curl: both sides of each call are sent, and are the same."""

import asyncio
import inspect
import json
import re
import shutil
from ast import PyCF_ALLOW_TOP_LEVEL_AWAIT
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import nemo_sdk
from nemo_sdk import NemoClient, Session
from nemo_sdk.emulator import Call, Emulator

PAGE = Path(__file__).parents[1] / "docs" / "curl.md"
TEXT = PAGE.read_text("utf-8") if PAGE.exists() else ""  # the wheel is tested without
BLOCK = r"^```{}\n(.*?)^```"
ID = re.compile(r"render_\w+|[0-9a-f-]{32,36}|\d{6,}")
TOKEN = "nmv_usr_of_the_page"

pytestmark = pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")


class Section(NamedTuple):
    """One call: its heading, the command, and the Python beside it."""

    title: str
    command: str
    code: str


def sections() -> Iterator[Section]:
    """Each heading of the page that shows a call."""
    for part in TEXT.split("\n## ")[1:]:
        command, code = (blocks("bash", part), blocks("python", part))
        if command and code:
            yield Section(part.partition("\n")[0], command[0], code[0])


def blocks(language: str, text: str) -> list[str]:
    return re.findall(BLOCK.format(language), text, re.DOTALL | re.MULTILINE)


def shape(call: Call) -> dict[str, Any]:
    """What two calls of one kind have in common: where they go, what they hold, who they tell."""
    told = {name.lower() for name in call.headers}
    return {
        "endpoint": call.endpoint,
        "method": call.method,
        "path": ID.sub("<id>", call.path),
        "body": shape_of(call.body),
        "with a token": "authorization" in told,
        "who": {name for name in told if name.startswith("x-skill-")},
    }


def shape_of(body: Any) -> Any:
    """A body without the values that differ from call to call."""
    match body:
        case {"new_message": _}:
            return body | {"session_id": "<id>"}
        case {"sessionId": _}:
            return {name: body["output"] if name == "output" else "…" for name in body}
        case {"urls": _} | {"task_name": _}:
            return body
        case Mapping():
            return sorted(body)
        case list():  # a multipart body's parts
            return [part | {"size": "…"} for part in body]
        case _:
            return body or None


async def typed(command: str, folder: Path, **variables: str) -> None:
    """Type a command of the page, after the variables that they share."""
    script = f"{blocks('bash', TEXT)[0]}\n{command}"
    process = await asyncio.create_subprocess_exec(
        *("bash", "-ec", script),
        cwd=folder,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "CLIENT": "of-curl", **variables},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    assert process.returncode == 0, said.decode()


async def run(code: str, names: dict[str, Any]) -> None:
    waiting = eval(compile(code, str(PAGE), "exec", flags=PyCF_ALLOW_TOP_LEVEL_AWAIT), names)
    if inspect.isawaitable(waiting):
        await waiting


async def given(client: NemoClient, session: Session) -> tuple[dict[str, Any], dict[str, str]]:
    """What the commands and the Python of a section take for granted."""
    await session.ask("a two second film of a fox")
    render = await session.export()
    await render.wait()
    names: dict[str, Any] = {name: getattr(nemo_sdk, name) for name in nemo_sdk.__all__}
    names |= {"client": client, "session": session, "render": render}
    wanted = json.loads(blocks("json", TEXT)[0])
    wanted |= {"sessionId": session.id, "draft": (await session.state()).draft}
    Path("render.json").write_text(json.dumps(wanted))
    task = session.task_id or ""
    return names, {"TOKEN": TOKEN, "SESSION": session.id, "RENDER": render.id, "TASK": task}


@pytest.mark.parametrize("section", [*sections()], ids=lambda one: one.title)
async def test_both_sides_are_the_same_call(
    section: Section,
    emulator: Emulator,
    tmp_path: Path,
    clip: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the service gets of the command is what it gets of the library, as far as it matters."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NEMO_API_URL", emulator.base_url)
    clip.rename("holiday.mov")
    emulator.add_token(TOKEN, credits=1000)
    async with emulator.client(token=TOKEN) as client:
        session = await client.create_session()
        names, variables = await given(client, session)
        before = len(emulator.calls)
        await typed(section.command, tmp_path, NEMO_API_URL=emulator.base_url, **variables)
        (by_hand,) = emulator.calls[before:]
        assert by_hand.status in {200, 409}  # what is done cannot be cancelled
        await run(section.code, names)
    ours = [call for call in emulator.calls[before + 1 :] if call.endpoint == by_hand.endpoint]
    if section.title == "The film":  # the library takes the film's own address while that works
        ours = [call for call in emulator.calls[before + 1 :] if call.endpoint == "film"]
        assert ours
        return
    assert shape(by_hand) in [shape(call) for call in ours]


def test_every_call_is_on_the_page() -> None:
    """The endpoints of the emulator that a client calls: none is left out."""
    assert len([*sections()]) == 12
