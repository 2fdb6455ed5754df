"""The skill that agents read: valid, short, and each of its commands works."""

import asyncio
import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import skills_ref
from conftest import sketch
from pseudo_terminal import nemo
from typer.main import get_command

from nemo_sdk import Attribution
from nemo_sdk._cli.app import app
from nemo_sdk._cli.commands import run
from nemo_sdk.emulator import Emulator

SKILL = Path(__file__).parents[1] / "examples" / "skill" / "SKILL.md"
if not SKILL.exists():
    pytest.skip("the wheel is tested without the examples", allow_module_level=True)

SPEED = 50.0
CUT_OFF = 120 / SPEED
"""What many hosts give a command: two minutes, of the emulator's time."""
BLOCK = re.compile(r"^```bash\n(.*?)^```", re.DOTALL | re.MULTILINE)


@pytest.fixture
def installed(home: Path) -> Path:
    """The skill where a host has it."""
    folder = home / ".cursor" / "skills" / "nemo-video"
    shutil.copytree(SKILL.parent, folder)
    return folder


def test_the_skill_is_short_and_says_who_it_is(installed: Path) -> None:
    """An agent reads all of it each time; its headers are those that the service wants."""
    assert len(SKILL.read_text("utf-8").splitlines()) <= 80
    assert Attribution.from_skill(installed) == Attribution("nemo-video", "1.0.0", "cursor")


def test_the_skill_is_valid(installed: Path) -> None:
    """For the validator of the format's authors."""
    assert skills_ref.validate(installed) == []


def test_the_skill_knows_every_command() -> None:
    """What the command line can do, an agent is told of, but what is for programmers."""
    assert callable(run)  # its module has the commands join the application
    named = set(re.findall(r"nemo-sdk ([a-z]+)", SKILL.read_text("utf-8")))
    for_programmers = {"emulator", "record", "worker"}
    assert named == set(get_command(app).commands) - for_programmers  # type: ignore[attr-defined]


@pytest.mark.parametrize("before", [True, False])
async def test_an_option_names_the_skill(installed: Path, emulator: Emulator, before: bool) -> None:
    """It stands before a command or after it."""
    option = ["--skill", str(installed / "SKILL.md")]
    line = [*option, "credits"] if before else ["credits", *option]
    assert (await nemo(*line, NEMO_API_URL=emulator.base_url)).code == 0
    sent = emulator.calls_of("balance")[-1].headers
    assert (sent["X-Skill-Source"], sent["X-Skill-Version"]) == ("nemo-video", "1.0.0")
    assert sent["X-Skill-Platform"] == "cursor"


async def test_an_option_that_names_no_skill_is_refused(tmp_path: Path) -> None:
    """Before anything is sent under another name."""
    code, _, err = await nemo("credits", "--skill", str(tmp_path / "SKILL.md"))
    assert code == 1 and "SKILL.md" in err


async def test_an_agent_does_all_that_the_skill_says(
    installed: Path, clip: Path, home: Path, tmp_path: Path
) -> None:
    """Command by command, each cut off after two minutes: three messages are charged, once each."""
    clip.rename(tmp_path / "holiday.mov")
    async with Emulator(speed=SPEED, renderer=sketch) as emulator:
        shell = Shell(tmp_path, installed, emulator)
        for line in lines():
            await shell.run(line)
        assert [charge.user_id for charge in emulator.charges] == ["agent"] * 3
        sent = [call.headers for call in emulator.calls if "Authorization" in call.headers]
        assert {one["X-Skill-Source"] for one in sent} == {"nemo-video"}
        assert {one["X-Skill-Platform"] for one in sent} == {"cursor"}
    assert (tmp_path / "cat.mp4").stat().st_size and (tmp_path / "cat2.mp4").stat().st_size


def lines() -> Iterator[str]:
    """The skill's commands, in its order."""
    for block in BLOCK.finditer(SKILL.read_text("utf-8")):
        yield from block[1].splitlines()


class Shell:
    """Runs commands as an agent does: puts in what it was told before, and is impatient."""

    def __init__(self, folder: Path, skill: Path, emulator: Emulator) -> None:
        self._folder = folder
        self._known = {"FOLDER": str(skill), "JOB": "", "SESSION": ""}
        self._env = {
            **os.environ,
            "NEMO_API_URL": emulator.base_url,
            "NEMO_TOKEN": emulator.add_token(user_id="agent"),
            "NEMO_TIMING_SCALE": str(1 / SPEED),
        }

    async def run(self, line: str) -> None:
        """Run a line; one that is cut off is run again, word for word, with more time."""
        line = re.sub(r"FOLDER|JOB|SESSION", lambda name: self._known[name[0]], line)
        if line.startswith("export "):
            name, _, value = line.removeprefix("export ").partition("=")
            self._env[name] = value
            return
        patience = CUT_OFF
        while (told := await self._told(line, patience)) is None:
            patience *= 2
        self._learn(told)

    async def _told(self, line: str, patience: float) -> str | None:
        command, *arguments = shlex.split(line)
        assert command == "nemo-sdk"
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "nemo_sdk", *arguments),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=self._folder,
            env=self._env,
        )
        telling = asyncio.ensure_future(process.communicate())
        await asyncio.wait([telling], timeout=patience)
        if not telling.done():
            process.kill()
            await telling
            return None
        out, _ = await telling
        assert process.returncode == 0, out.decode()
        return out.decode()

    def _learn(self, told: str) -> None:
        for name, pattern in (("JOB", r"\b(film-\w+)"), ("SESSION", r"\b(?:session|chat) (\d+)")):
            if found := re.search(pattern, told):
                self._known[name] = found[1]
