"""The application that the commands join, and what they have in common."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from nemo_sdk import __version__, _log
from nemo_sdk._cli.terminal import terminal
from nemo_sdk._protocol import FORMATS, QUALITIES

__all__ = ["EVERYWHERE", "Format", "Output", "Quality", "SessionId", "WithEmulator", "app"]

_HELP = """Make videos with NemoVideo: one prompt in, one finished film out.

\b
  nemo-sdk generate "a cat walking through a snowy forest" -o cat.mp4
  nemo-sdk generate "cut it to the beat" -f holiday.mov -f song.mp3
  nemo-sdk chat
  nemo-sdk generate "a fox" --emulator      (no account, no credits)

The token comes from the variable NEMO_TOKEN; without one, an anonymous token with 100 credits is
asked for and kept.
"""

_MORE = """\b
Scripts: with --json, each line on standard output is a result and each line on
standard error a report, all of them JSON objects, such as {"progress": …}; the last
report of a failure is {"error": {"kind", "message", …}}.
--json, --quiet and --debug may stand before a command or after it.

\b
Exit codes: 0 done, 1 failed, 2 wrong usage, 130 stopped with Ctrl-C, 143 killed.

\b
Environment: NEMO_TOKEN, NEMO_API_URL, NEMO_CLIENT_ID, NEMO_LOG (debug, info, warning
or error), HTTPS_PROXY and NO_PROXY, NO_COLOR.
"""

EVERYWHERE = {"--json", "--quiet", "-q", "--debug"}
"""Options that may also stand after the command."""

_ORDER = [
    *("generate", "resume", "chat", "edit", "upload"),
    *("export", "state", "credits", "emulator"),
]


class _InOrder(TyperGroup):
    def list_commands(self, ctx: Any) -> list[str]:
        return sorted(super().list_commands(ctx), key=_ORDER.index)


app = typer.Typer(
    name="nemo-sdk",
    cls=_InOrder,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help=_HELP,
    epilog=_MORE,
)


def _beginning_with(choices: tuple[str, ...]) -> Callable[[str], list[str]]:
    def complete(incomplete: str) -> list[str]:
        return [choice for choice in choices if choice.startswith(incomplete)]

    return complete


Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="The file to save the film as.", show_default=False),
]
Format = Annotated[
    str | None,
    typer.Option(
        help="mp4, mov, avi, webm or mkv; by default what the output's name ends with, or mp4.",
        autocompletion=_beginning_with(FORMATS),
        show_default=False,
    ),
]
Quality = Annotated[
    str, typer.Option(help="low, medium or high.", autocompletion=_beginning_with(QUALITIES))
]
WithEmulator = Annotated[
    bool,
    typer.Option("--emulator", help="Use an emulator of the service, started for this command."),
]
SessionId = Annotated[
    str, typer.Argument(metavar="SESSION", help="The session's id.", show_default=False)
]


def _version(wanted: bool) -> None:
    if wanted:
        terminal.write(f"nemo-sdk {__version__}")
        raise typer.Exit


@app.callback()
def options(
    *,
    json: Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Log each call on standard error.")
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Take the options that every command has."""
    del version
    terminal.as_json = json
    terminal.quiet = quiet
    if debug:
        _log.to_stderr("debug")
