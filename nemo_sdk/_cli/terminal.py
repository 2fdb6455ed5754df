"""What is printed, and where: results on standard output, all else on standard error."""

import contextlib
import json
import os
import sys
import unicodedata
from collections.abc import AsyncIterator, Mapping
from typing import Any

import attrs
from attrs import define, field
from rich.console import Console

from nemo_sdk.models import Progress

from .bars import Bar
from .shell_words import facts_of, words_of
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
    err: Console = field(
        factory=lambda: Console(stderr=True, soft_wrap=True, highlight=False, emoji=False)
    )

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
        self.write(_json(kind, values) if self.as_json else words)

    def write(self, words: str, end: str = "\n") -> None:
        """Write to standard output, and see that it arrives at once."""
        try:
            sys.stdout.write(_printable(words) + end)
            sys.stdout.flush()
            self._in_a_line = self.streams and not (words + end).endswith("\n")
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
        if not self.as_json:
            self.err.print(f"{self._new_line()}error: ", style="red", end="")
        facts = {**facts_of(error), "message": words, **self.way_on.facts}
        self._say(words, "error", {"error": facts})

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
            if self.as_json or news != told:
                told = news
                line = f"[{now.fraction:4.0%}] {now.message}"
                self.note(line, "progress", progress=attrs.asdict(now))

    def bar(self, words: str) -> Bar:
        """Return what shows one transfer; nothing where nobody watches."""
        return Bar(self.err if self.live else None, words)

    def _say(self, words: str, kind: str, values: Mapping[str, Any]) -> None:
        line = _json(kind, values) if self.as_json else _printable(words)
        # Nothing can be said to a reader who has gone, nor in a terminal that was closed.
        with contextlib.suppress(OSError):
            sys.stderr.write(f"{self._new_line()}{line}\n")
            sys.stderr.flush()

    def _new_line(self) -> str:
        """Return what ends the line that is being written, if one is."""
        unfinished, self._in_a_line = self._in_a_line, False
        return "\n" if unfinished else ""


def _json(kind: str, values: Mapping[str, Any]) -> str:
    return json.dumps({"type": kind, **values}, ensure_ascii=False, default=str)


def _printable(words: str) -> str:
    """Leave out control characters: the service's words must not steer the terminal."""
    return "".join(
        one for one in words if one in "\n\t" or unicodedata.category(one) not in {"Cc", "Zl", "Zp"}
    )


terminal = Terminal()
"""The one that this process has."""
