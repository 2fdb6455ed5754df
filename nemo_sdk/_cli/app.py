"""The application that the commands join, and what they have in common."""

import functools
import inspect
import json
import shutil
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from nemo_sdk import __version__

from .options import Debug, Json, Quiet, Skill

__all__ = ["COMMANDS", "app", "command", "load"]

_HELP = """Make videos with NemoVideo: one prompt in, one finished film out.

\b
  nemo-sdk generate "a cat walking through a snowy forest" -o cat.mp4
  nemo-sdk generate "cut it to the beat" -f holiday.mov -f song.mp3
  nemo-sdk chat
  nemo-sdk generate "a fox" --emulator      (no account, no credits)

The token comes from the variable NEMO_TOKEN; without one, an anonymous token with 100 credits is
asked for and kept.
"""

_MORE = """Scripts: with --json, each line on standard output is a result and each line on
standard error a report, all of them JSON objects with a "type"; the last report of a failure is
{"type": "error", "error": {"kind", "message", …}}.

Exit codes: 0 done, 1 failed, 2 wrong usage, 130 stopped with Ctrl-C, 143 killed.

Environment: NEMO_TOKEN, NEMO_API_URL, NEMO_WEB_URL, NEMO_CLIENT_ID, NEMO_SKILL (a skill's file or
folder), NEMO_LOG (debug, info, warning or error), NEMO_TIMING_SCALE (0.01 for an emulator 100 times
faster than the service), HTTPS_PROXY and NO_PROXY, NO_COLOR.
"""

_WIDEST, _NARROWEST = 80, 30

COMMANDS = {
    "generate": ("films", "Make a video of a prompt and save it."),
    "edit": ("sessions", "Send one message to a session's agent and print its reply."),
    "chat": ("talk", "Talk to the agent, line by line."),
    "jobs": ("kept", "List the films and edits that were begun here."),
    "job": ("kept", "Tell how far a job is, or what came of it."),
    "resume": ("kept", "Go on with jobs that were stopped, or have failed."),
    "cancel": ("kept", "End a job, its render as well."),
    "upload": ("sessions", "Upload files into a session."),
    "export": ("sessions", "Render a session's timeline and save the film."),
    "state": ("sessions", "Show a session's timeline; with --json, its whole draft."),
    "credits": ("sessions", "Show the account's credits."),
    "mcp": ("agents", "Serve agents with tools that make films."),
    "worker": ("fleet", "Work on the jobs that are begun in a database."),
    "emulator": ("local", "Run an emulator of the service, until Ctrl-C."),
    "record": ("local", "Write down a conversation with the service, until Ctrl-C."),
}
"""In which module each command is, and what lists say of it: the first sentence of its help."""

_loaded: dict[str, Any] = {}


class _Commands(TyperGroup):
    """Commands that are known by name until one is asked for."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        for one in self.get_params(ctx):
            one.process_value = _where_given(one.process_value)  # type: ignore[assignment]
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, found, rest = super().resolve_command(ctx, args)
        return name, found and load(str(found.name)), rest


def _where_given(process: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Have Typer check no option that was left out: it loads Pydantic for that."""
    return lambda ctx, value: None if value is None else process(ctx, value)


def load(name: str) -> Any:
    """Load what a command takes, and return it as Typer has it."""
    import_module(f"nemo_sdk._cli.usage.{COMMANDS[name][0]}")
    return _loaded[name]


def _columns() -> int:
    """Return how wide help is: as wide as a terminal that is narrow, too."""
    return max(min(shutil.get_terminal_size().columns, _WIDEST) - 2, _NARROWEST)


class _Command(TyperCommand):
    """A command whose help names its arguments without Python's types."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for one in self.params:
            if one.param_type_name == "argument":
                one.display_type_rich = lambda **_: ""  # type: ignore[attr-defined]


app = typer.Typer(
    name="nemo-sdk",
    cls=_Commands,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "terminal_width": _columns()},
    help=_HELP,
    epilog=_MORE,
)


def _version(wanted: bool) -> None:
    if wanted:
        as_json = "--json" in sys.argv
        told = {"type": "version", "version": __version__}
        typer.echo(json.dumps(told) if as_json else f"nemo-sdk {__version__}")
        raise typer.Exit


@app.callback()
def options(
    ctx: typer.Context,
    *,
    json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
    skill: Skill = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Keep the options that stand before a command for it."""
    del version
    ctx.obj = {"json": json, "quiet": quiet, "debug": debug, "skill": skill}


def command(**settings: Any) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Join a function to the application as a command: what it takes, and what its help says.

    What it does is in a module and function of the same names, outside of `usage`.

    Args:
        settings: As `typer.Typer.command` takes them.
    """

    def join(usage: Callable[..., None]) -> Callable[..., None]:
        alone = typer.Typer(add_completion=False, rich_markup_mode=None)
        alone.command(cls=_Command, **settings)(_with_common_options(usage))
        made = typer.main.get_command(alone)
        _loaded[str(made.name)] = made
        return usage

    return join


def _with_common_options(usage: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that may also stand before it, and have its work done."""

    def common(
        *,
        json: Json = False,
        quiet: Quiet = False,
        debug: Debug = False,
        skill: Skill = None,
        ctx: typer.Context,
    ) -> Callable[..., None]:
        own = {"json": json, "quiet": quiet, "debug": debug, "skill": skill}
        return begin(usage, ctx.obj, own)

    more = inspect.signature(common).parameters

    @functools.wraps(usage)
    def both(**given: Any) -> None:
        work = common(**{name: given.pop(name) for name in more})
        try:
            work(**given)
        except KeyboardInterrupt:  # what Typer makes of it differs from version to version
            raise typer.Abort from None

    # Typer reads the options from the signature and the annotations.
    own = inspect.signature(usage)
    signature = own.replace(parameters=[*own.parameters.values(), *more.values()])
    both.__signature__ = signature  # type: ignore[attr-defined]
    both.__annotations__ = usage.__annotations__ | common.__annotations__
    return both


def begin(usage: Callable[..., None], *options: dict[str, Any]) -> Callable[..., None]:
    """Load what does a command's work, and all that an error is told with; return the former.

    Args:
        usage: What the command takes.
        options: Those of each command: as they stood before it, and behind it.
    """
    from . import frame  # noqa: PLC0415 - help does without

    frame.begin()
    for given in options:
        frame.take(**given)
    module = import_module(f"nemo_sdk._cli.{usage.__module__.rpartition('.')[2]}")
    work: Callable[..., None] = getattr(module, usage.__name__)
    return work


def _listed() -> None:
    """Stand for a command in lists."""


for _name, (_, _help) in COMMANDS.items():
    app.command(_name, help=_help)(_listed)
