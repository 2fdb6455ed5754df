"""What the command line says of itself: help, wrong usage, completion."""

import asyncio
import inspect
import json
import os
import re
import subprocess
import sys
from importlib import import_module
from typing import get_args

import pytest
from keeping import keep
from pseudo_terminal import nemo
from rich.cells import cell_len

from nemo_sdk import Checkpoint
from nemo_sdk._cli.app import COMMANDS, load
from nemo_sdk._cli.usage.kept import STATUSES
from nemo_sdk.jobs import Status

LOADED = """
import json, sys
from nemo_sdk._cli.commands import run
sys.argv = ["nemo-sdk", *sys.argv[1:]]
try:
    run()
finally:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""

NO_MORE = """
import sys
from nemo_sdk._cli import app, commands

class NoMore:
    def find_spec(self, name, path=None, target=None):
        if not name.startswith("encodings."):
            raise OSError(24, "Too many open files", name)

def and_then_no_more(*options, begin=app.begin):
    work = begin(*options)
    sys.meta_path.insert(0, NoMore())
    return work

app.begin = and_then_no_more
sys.argv = ["nemo-sdk", *sys.argv[1:]]
commands.run()
"""

HEAVY = {"aiohttp", "rich", "pydantic", "nemo_sdk._client", "nemo_sdk.jobs"}

LISTED = re.compile(r"^  ([a-z]+)  ", re.MULTILINE)


async def test_the_bare_command_is_its_help() -> None:
    """`nemo-sdk` alone is no error."""
    bare, asked = await nemo(), await nemo("--help")
    assert bare == asked
    assert (bare.code, bare.err) == (0, "") and "\n  generate  " in bare.out


@pytest.mark.parametrize("command", ["generate", "upload", "edit"])
async def test_help_shows_examples(command: str) -> None:
    """The help of the commands that take most has examples that can be copied."""
    code, out, _ = await nemo(command, "--help")
    assert code == 0 and f"\n    nemo-sdk {command} " in out


async def test_help_fits_and_has_no_types() -> None:
    """In 80 columns nothing of it is broken, and arguments are named without Python's types."""
    commands = LISTED.findall((await nemo("--help")).out)
    assert len(commands) == 15
    for words in ([], *([command] for command in commands)):
        lines = (await nemo(*words, "--help")).out.splitlines()
        assert [
            line for line in lines if cell_len(line) > 80 or "<str" in line or "<list" in line
        ] == []


async def test_help_shows_what_every_command_takes() -> None:
    """--json, --quiet and --debug are options of each command."""
    _, out, _ = await nemo("credits", "-h")
    assert "  --json  " in out and "  -q, --quiet  " in out and "  --debug  " in out


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["generate"], "Missing argument 'PROMPT'. See 'nemo-sdk generate --help'."),
        (["credits", "--nope"], "No such option: --nope. See 'nemo-sdk credits --help'."),
        (["generat"], "No such command 'generat'. Did you mean 'generate'? See 'nemo-sdk --help'."),
    ],
)
async def test_wrong_usage_is_code_2(arguments: list[str], line: str) -> None:
    """Wrong usage ends with code 2 and a line that names the help."""
    assert await nemo(*arguments) == (2, "", f"error: {line}\n")


@pytest.mark.parametrize(
    ("words", "answers"),
    [
        (["ex"], ["export"]),
        (["export", "1", "--quality", ""], ["low", "medium", "high"]),
        (["generate", "x", "--format", "=", "m"], ["mp4", "mov", "mkv"]),
        (["generate", "--format", "=", "mp4", "x", "--quality", "h"], ["high"]),
        (["credits", "--js"], ["--json"]),
        (["resume", "film-ab"], ["film-abc123"]),
    ],
)
async def test_bash_completes(words: list[str], answers: list[str]) -> None:
    """Bash's completion answers with commands, options, choices, and generations to resume."""
    keep("abc123", Checkpoint(prompt="a fox"))
    typed = "\n".join(["nemo-sdk", *words])
    ended = await nemo(
        _NEMO_SDK_COMPLETE="complete_bash", COMP_WORDS=typed, COMP_CWORD=str(len(words))
    )
    assert ended == (0, "\n".join(answers) + "\n", "")


async def test_zsh_shows_the_prompts_of_generations() -> None:
    """An id says little: where a shell can show more, the prompt stands beside it."""
    keep("abc123", Checkpoint(prompt="a fox"))
    _, out, _ = await nemo(
        _NEMO_SDK_COMPLETE="complete_zsh", _TYPER_COMPLETE_ARGS="nemo-sdk resume film-ab"
    )
    assert '"film-abc123":"a fox"' in out


@pytest.mark.parametrize("name", COMMANDS)
def test_lists_say_of_a_command_what_its_help_begins_with(name: str) -> None:
    """Lists do not load commands: what they say is kept beside the names."""
    command = load(name)
    _, told = COMMANDS[name]
    assert command.name == name
    assert f"{' '.join(command.help.split())} ".startswith(f"{told} ")


async def ended(program: str, *arguments: str, **environment: str) -> tuple[str, list[str]]:
    """What a program prints, and the lines that it says beside."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program, *arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "NO_COLOR": "1", **environment},
    )
    out, err = await process.communicate()
    return out.decode(), err.decode().splitlines()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--version"],
        ["--help"],
        ["--json", "credits", "-h"],
        *([name, "--help"] for name in COMMANDS),
    ],
)
async def test_help_loads_no_library(arguments: list[str]) -> None:
    """Help and version need no aiohttp, nothing that draws bars, and nothing that checks values."""
    out, err = await ended(LOADED, *arguments)
    assert "nemo-sdk" in out
    assert not set(json.loads(err[-1])) & HEAVY


@pytest.mark.parametrize(
    ("typed", "answers"),
    [(["generat"], ["generate"]), (["export", "1", "--quality", "h"], ["high"])],
)
async def test_completion_loads_no_library(typed: list[str], answers: list[str]) -> None:
    """The completion of commands, options and choices needs none of it either."""
    words = {"COMP_WORDS": "\n".join(["nemo-sdk", *typed]), "COMP_CWORD": str(len(typed))}
    out, err = await ended(LOADED, _NEMO_SDK_COMPLETE="complete_bash", **words)
    assert out.split() == answers
    assert not set(json.loads(err[-1])) & (HEAVY - {"pydantic"})


@pytest.mark.parametrize("name", COMMANDS)
def test_what_a_command_takes_is_what_its_work_takes(name: str) -> None:
    """A command's usage and its work are two functions of one name and the same arguments."""
    usage = inspect.unwrap(load(name).callback)
    module = import_module(usage.__module__.replace("._cli.usage.", "._cli."))
    work = getattr(module, usage.__name__)
    assert list(inspect.signature(usage).parameters) == list(inspect.signature(work).parameters)


def test_the_statuses_of_jobs_are_those_of_the_library() -> None:
    """Help names them without loading what defines them."""
    assert get_args(Status) == STATUSES


async def test_what_tells_of_an_error_is_loaded_before_a_command_begins() -> None:
    """An error is told also where nothing can be loaded any more."""
    out, err = await ended(NO_MORE, "generate", "a fox", "-o", "fox.txt")
    assert (out, len(err)) == ("", 1)
    assert err[0].startswith("error: fox.txt ends like no film")
