"""What the command line shows: results on standard output, all else on standard error."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any, Self

from attrs import define, field
from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from nemo_sdk.events import DownloadProgress
from nemo_sdk.models import Progress

__all__ = ["Terminal"]


@define
class Terminal:
    """Standard output and standard error, told apart for pipes and scripts."""

    as_json: bool = False
    quiet: bool = False
    out: Console = field(factory=lambda: Console(soft_wrap=True, highlight=False))
    err: Console = field(factory=lambda: Console(stderr=True, soft_wrap=True, highlight=False))

    def result(self, values: Mapping[str, Any], words: str) -> None:
        """Print what a command gives: words for people, or values for scripts."""
        text = json.dumps(values, ensure_ascii=False) if self.as_json else words
        self.out.print(text, markup=False)

    def note(self, words: str) -> None:
        """Say something beside the result."""
        if not self.quiet:
            self.err.print(words, markup=False)

    def error(self, words: str) -> None:
        """Say what went wrong, on one line."""
        line = " ".join(words.split())
        self.err.print(f"error: {line}", markup=False, style="red")

    async def follow(self, progress: AsyncIterator[Progress]) -> None:
        """Show how far a generation is, until it ends: a live bar, or a line for each stage."""
        if self.quiet or not self.err.is_terminal:
            async for now in progress:
                self.note(f"[{now.fraction:4.0%}] {now.message}")
            return
        with self._bar() as bar:
            task = bar.add_task("", total=1.0)
            async for now in progress:
                bar.update(task, completed=now.fraction, description=now.message)

    def download(self) -> "DownloadBar":
        """Return what shows a download."""
        return DownloadBar(self._bar() if self.err.is_terminal and not self.quiet else None)

    def _bar(self) -> Bar:
        return Bar(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f}%"),
            TimeElapsedColumn(),
            console=self.err,
            transient=True,
        )


@define
class DownloadBar:
    """A bar for the bytes of a film; nothing where there is no terminal."""

    _bar: Bar | None
    _task: TaskID | None = None

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
            self._task = self._bar.add_task("Saving", total=None)
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, progress: DownloadProgress) -> None:
        """Take a step."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=progress.received, total=progress.total)
