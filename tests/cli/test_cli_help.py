"""What the command line says of itself: help, wrong usage, completion."""

import re

import pytest
from keeping import keep
from pseudo_terminal import nemo
from rich.cells import cell_len

from nemo_sdk import Checkpoint

COMMANDS = re.compile(r"^  ([a-z]+)  ", re.MULTILINE)


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
    commands = COMMANDS.findall((await nemo("--help")).out)
    assert len(commands) == 14
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
