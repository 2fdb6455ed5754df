"""A live line with a bar in it, as wide as the terminal."""

import contextlib
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Column

from nemo_sdk.events import DownloadProgress, UploadProgress

__all__ = ["Bar"]

_WIDEST = 30
"""Columns of the bar itself, where the terminal has room."""
_ROOMY = 60
"""Columns of a terminal that has room for the time, too."""


class Bar:
    """A bar that goes when its block ends.

    Args:
        console: Where it is shown; None for nowhere.
        words: What stands beside it.
    """

    def __init__(self, console: Console | None, words: str = "") -> None:
        self._words = words
        self._task: TaskID | None = None
        self._live = None if console is None else _line(console)

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
            self._task = self._live.add_task(self._words, total=None)
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            with contextlib.suppress(OSError):  # the terminal was closed
                self._live.stop()

    def __call__(self, step: DownloadProgress | UploadProgress) -> None:
        """Take a step of a transfer."""
        match step:
            case DownloadProgress(done, total):
                self.show(self._words, done / total if total else None)
            case UploadProgress(done, total, name):
                self.show(f"{self._words} {name}", done / total if total else None)

    def show(self, words: str, fraction: float | None) -> None:
        """Show words and a fraction of 0 to 1; None for one that is not known."""
        if self._live is not None and self._task is not None:
            total = None if fraction is None else 1.0
            self._live.update(self._task, description=words, completed=fraction or 0, total=total)


def _line(console: Console) -> Progress:
    words = TextColumn(
        "{task.description}",
        markup=False,
        table_column=Column(max_width=_room(console), no_wrap=True, overflow="ellipsis"),
    )
    told = [TimeElapsedColumn()] if _is_roomy(console) else []
    return Progress(
        BarColumn(bar_width=_bar_width(console)),
        TextColumn("{task.percentage:>3.0f}%"),
        *told,
        words,
        console=console,
        transient=True,
    )


def _is_roomy(console: Console) -> bool:
    return console.width >= _ROOMY


def _bar_width(console: Console) -> int:
    return min(_WIDEST, console.width // 5)


def _room(console: Console) -> int:
    """Return the columns that are left for words, and for the ^C that a terminal may add."""
    taken = len("100% ") + (len("0:00:00 ") if _is_roomy(console) else 0)
    return max(1, console.width - _bar_width(console) - taken - len(" ^C "))
