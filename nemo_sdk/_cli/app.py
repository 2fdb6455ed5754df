"""The application that the commands join, and what they have in common."""

import functools
import inspect
import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from nemo_sdk import Attribution, __version__

from .logs import show_log
from .options import Debug, Json, Quiet, Skill
from .terminal import terminal

__all__ = ["app", "command"]

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
standard error a report, all of them JSON objects with a "type"; the last report of a
failure is {"type": "error", "error": {"kind", "message", …}}.

\b
Exit codes: 0 done, 1 failed, 2 wrong usage, 130 stopped with Ctrl-C, 143 killed.

\b
Environment: NEMO_TOKEN, NEMO_API_URL, NEMO_WEB_URL, NEMO_CLIENT_ID, NEMO_SKILL (a skill's file or
folder), NEMO_LOG (debug, info, warning or error), NEMO_TIMING_SCALE (0.01 for an emulator 100 times
faster than the service), HTTPS_PROXY and NO_PROXY, NO_COLOR.
"""

_ORDER = [
    *("generate", "edit", "chat", "jobs", "job", "resume", "cancel"),
    *("upload", "export", "state", "credits", "mcp", "worker", "emulator", "record"),
]


class _InOrder(TyperGroup):
    def list_commands(self, ctx: Any) -> list[str]:
        return sorted(super().list_commands(ctx), key=_ORDER.index)


app = typer.Typer(
    name="nemo-sdk",
    cls=_InOrder,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help=_HELP,
    epilog=_MORE,
)


def _version(wanted: bool) -> None:
    if wanted:
        terminal.result("version", {"version": __version__}, f"nemo-sdk {__version__}")
        raise typer.Exit


@app.callback()
def options(
    *,
    json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
    skill: Skill = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Take the options that stand before a command."""
    del version
    _take(json=json, quiet=quiet, debug=debug, skill=skill)


def command(**settings: Any) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Join a function to the application as a command.

    Args:
        settings: As `typer.Typer.command` takes them.
    """

    def join(work: Callable[..., None]) -> Callable[..., None]:
        app.command(**settings)(_with_common_options(work))
        return work

    return join


def _with_common_options(work: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that may also stand before it."""

    def common(
        *, json: Json = False, quiet: Quiet = False, debug: Debug = False, skill: Skill = None
    ) -> None:
        _take(json=json, quiet=quiet, debug=debug, skill=skill)

    more = inspect.signature(common).parameters

    @functools.wraps(work)
    def both(**given: Any) -> None:
        common(**{name: given.pop(name) for name in more})
        try:
            work(**given)
        except KeyboardInterrupt:  # what Typer makes of it differs from version to version
            raise typer.Abort from None

    # Typer reads the options from the signature and the annotations.
    own = inspect.signature(work)
    signature = own.replace(parameters=[*own.parameters.values(), *more.values()])
    both.__signature__ = signature  # type: ignore[attr-defined]
    both.__annotations__ = work.__annotations__ | common.__annotations__
    return both


def _take(*, json: bool, quiet: bool, debug: bool, skill: Path | None) -> None:
    terminal.as_json = terminal.as_json or json
    terminal.quiet = terminal.quiet or quiet
    if debug or terminal.as_json:
        show_log(debug=debug)
    if skill is not None:
        Attribution.from_skill(skill)
        # For workers too, wherever they run; links stay, as they tell where it is installed.
        os.environ["NEMO_SKILL"] = os.path.abspath(skill.expanduser())  # noqa: PTH100
