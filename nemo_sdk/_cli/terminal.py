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

from nemo_sdk._cli.bars import Bar
from nemo_sdk.exceptions import APIError
from nemo_sdk.models import Progress

__all__ = ["Terminal", "terminal"]

_NOBODY_READS = 128 + 13
"""What a shell calls the end by SIGPIPE: `nemo-sdk … | head` is no failure."""


@define
class Terminal:
    """Standard output and standard error: for people, or with `as_json` a JSON object a line."""

    as_json: bool = False
    quiet: bool = False
    advice: str = ""
    """How to go on after this command was stopped or has failed."""
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

    def result(self, values: Mapping[str, Any], words: str) -> None:
        """Print what a command gives: words for people, or values for scripts."""
        self.write(_json(values) if self.as_json else words)

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

    def note(self, words: str, **values: Any) -> None:
        """Say something beside the result; scripts get the values, or the words as a note."""
        if not self.quiet:
            self._say(words, values or {"note": words})

    def error(self, error: BaseException | str) -> None:
        """Say what went wrong, and how to go on, on one line."""
        words = f"{' '.join(str(error).split())} {self.advice}".strip()
        if self.as_json:
            self._say("", {"error": {"kind": type(error).__name__, **_facts(error, words)}})
        else:
            self.err.print(f"{self._new_line()}error: ", style="red", end="")
            self._say(words, {})

    def stopped(self) -> None:
        """Say that the command was stopped, and how to go on, on one line."""
        words = f"Stopped. {self.advice}".strip()
        if self.live and not self._in_a_line:
            sys.stderr.write("\r")  # over the ^C that the terminal has shown
        self._say(words, {"stopped": words})

    async def follow(self, progress: AsyncIterator[Progress]) -> None:
        """Show how far a generation is, until it ends: a live bar, or a line for each stage."""
        if self.live:
            with Bar(self.err) as bar:
                async for now in progress:
                    bar.show(now.message, now.fraction)
            return
        stage = ""
        async for now in progress:
            if self.as_json or now.stage != stage:
                stage = now.stage
                self.note(f"[{now.fraction:4.0%}] {now.message}", progress=attrs.asdict(now))

    def bar(self, words: str) -> Bar:
        """Return what shows one transfer or render; nothing where nobody watches."""
        return Bar(self.err if self.live else None, words)

    def _say(self, words: str, values: Mapping[str, Any]) -> None:
        line = _json(values) if self.as_json else _printable(words)
        # Nothing can be said to a reader who has gone, and nobody is left to be told of it.
        with contextlib.suppress(BrokenPipeError):
            sys.stderr.write(f"{self._new_line()}{line}\n")
            sys.stderr.flush()

    def _new_line(self) -> str:
        """Return what ends the line that is being written, if one is."""
        unfinished, self._in_a_line = self._in_a_line, False
        return "\n" if unfinished else ""


def _facts(error: BaseException | str, words: str) -> dict[str, Any]:
    """Return what a script can decide by."""
    facts: dict[str, Any] = {"message": words}
    if isinstance(error, APIError):
        facts |= {"code": error.code, "status": error.status}
    for name in ("register_url", "retry_after", "render_id"):
        if (value := getattr(error, name, None)) is not None:
            facts[name] = value
    return facts


def _json(values: Mapping[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False, default=str)


def _printable(words: str) -> str:
    """Leave out control characters: the service's words must not steer the terminal."""
    return "".join(
        one for one in words if one in "\n\t" or unicodedata.category(one) not in {"Cc", "Zl", "Zp"}
    )


terminal = Terminal()
"""The one that this process has."""
