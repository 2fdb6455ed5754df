"""What is printed, and where: results on standard output, all else on standard error."""

import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from typing import Any

import attrs
from attrs import define, field
from rich.console import Console

from nemo_sdk.models import Progress
from nemo_sdk.timeline import Timeline

from .bars import Bar
from .lines import Lines, printable, width_of
from .shell_words import facts_of, words_of
from .strips import strips_of
from .way_on import NOWHERE, WayOn

__all__ = ["Terminal", "terminal"]

_NOBODY_READS = 128 + 13
"""What a shell calls the end by SIGPIPE: `nemo-sdk … | head` is no failure."""


@define
class Terminal:
    """Standard output and standard error: for people, or with `as_json` a JSON object a line."""

    as_json: bool = False
    quiet: bool = False
    way_on: WayOn = NOWHERE
    """From where this command stands."""
    _in_a_line: bool = False
    """Whether text that has not ended yet stands where the next line would begin."""
    _lines: Lines = field(factory=Lines)
    err: Console = field(
        factory=lambda: Console(stderr=True, soft_wrap=True, highlight=False, emoji=False)
    )
    _out: Console = field(factory=lambda: Console(soft_wrap=True, highlight=False, emoji=False))

    @property
    def live(self) -> bool:
        """Whether somebody watches who can be shown a moving bar."""
        watched = sys.stderr.isatty() and not self.err.is_dumb_terminal
        return watched and not self.quiet and not self.as_json

    @property
    def streams(self) -> bool:
        """Whether somebody watches standard output, to whom text is shown as it comes."""
        return sys.stdout.isatty() and not self.as_json

    def begin(self, *, as_json: bool) -> None:
        """Begin with a command, whatever the one before it has left."""
        self.as_json, self.quiet, self.way_on = as_json, False, NOWHERE

    def result(self, kind: str, values: Mapping[str, Any], words: str) -> None:
        """Print what a command gives: words for people, or values for scripts."""
        if self.as_json:
            self._write(_json(kind, values) + "\n")
        else:
            self.write(words)

    def show(self, timeline: Timeline) -> None:
        """Show a timeline to somebody who watches."""
        self._out.print(strips_of(timeline, width_of(self._out)))

    def write(self, words: str, end: str = "\n") -> None:
        """Write to standard output, and see that it arrives at once."""
        text = printable(words) + end
        self._write(self._lines.broken(text, width_of(self._out)) if self.streams else text)
        self._in_a_line = self.streams and not text.endswith("\n")

    def _write(self, text: str) -> None:
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except BrokenPipeError:
            # Python would complain once more when it flushes at its end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise SystemExit(_NOBODY_READS) from None

    def note(self, words: str, kind: str = "note", **values: Any) -> None:
        """Say something beside the result; scripts get the values, or the words under the kind."""
        if not self.quiet:
            self._say(words, kind, values or {kind: words})

    def warn(self, words: str) -> None:
        """Say what may surprise; also where progress is not wanted."""
        self._say(f"warning: {words}", "warning", {"warning": words})

    def error(self, error: BaseException) -> None:
        """Say what went wrong, and how to go on, on one line."""
        words = f"{words_of(error)} {self.way_on.words}".strip()
        facts = {**facts_of(error), "message": words, **self.way_on.facts}
        self._say(words, "error", {"error": facts}, head="error: ")

    def stopped(self, way_on: WayOn | None = None) -> None:
        """Say that the command was stopped, and how to go on, on one line."""
        told = way_on or self.way_on
        words = f"Stopped. {told.words}".strip()
        if self.live and not self._in_a_line:
            with contextlib.suppress(OSError):
                sys.stderr.write("\r")  # over the ^C that the terminal has shown
        self._say(words, "stopped", {"stopped": words, **told.facts})

    async def follow(self, progress: AsyncIterator[Progress]) -> None:
        """Show how far something is, until it ends: a live bar, or a line for what is new."""
        if self.live:
            with Bar(self.err) as bar:
                async for now in progress:
                    bar.show(now.message, now.fraction)
            return
        told: tuple[str, str] | None = None
        async for now in progress:
            # The message of an upload changes with each percent.
            news = (now.stage, "" if now.stage == "upload" else now.message)
            if self.as_json or (news != told and now.message):
                told = news
                line = f"[{now.fraction:4.0%}] {now.message}"
                self.note(line, "progress", progress=attrs.asdict(now))

    def bar(self, words: str) -> Bar:
        """Return what shows one transfer; nothing where nobody watches."""
        return Bar(self.err if self.live else None, words)

    def _say(self, words: str, kind: str, values: Mapping[str, Any], head: str = "") -> None:
        # Nothing can be said to a reader who has gone, nor in a terminal that was closed.
        with contextlib.suppress(OSError):
            sys.stderr.write(self._new_line())
            if head and not self.as_json:
                self.err.print(head, style="red", end="")
            line = _json(kind, values) if self.as_json else self._broken(head + printable(words))
            sys.stderr.write(f"{line.removeprefix(head)}\n")
            sys.stderr.flush()

    def _broken(self, words: str) -> str:
        return Lines().broken(words, width_of(self.err)) if sys.stderr.isatty() else words

    def _new_line(self) -> str:
        """Return what ends the line that is being written, if one is."""
        unfinished, self._in_a_line = self._in_a_line, False
        if not unfinished:
            return ""
        self._lines = Lines()
        return "\n"


def _json(kind: str, values: Mapping[str, Any]) -> str:
    return json.dumps({"type": kind, **values}, ensure_ascii=False, default=str)


terminal = Terminal()
"""The one that this process has."""
