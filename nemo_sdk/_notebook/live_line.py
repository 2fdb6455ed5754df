"""One line with a bar that tells how far a generation is."""

import asyncio
import contextlib
import importlib
import time
from typing import Any, Protocol

from nemo_sdk._timeline.svg import escape
from nemo_sdk.models import Checkpoint, Progress

from .shell import display, in_notebook, shortened

__all__ = ["LiveLine"]

_EVERY = 0.5
_CELLS = 24
_LONGEST = 300


class _Stages(Protocol):
    @property
    def now(self) -> Progress: ...


class LiveLine:
    """One line with a bar that tells how far a generation is. Outside of notebooks it is nothing.

    A notebook that cannot show it is no reason for a generation to fail: it goes on unseen.

    Args:
        prompt: What the film is to show; its beginning stands in the line.
        stages: Asked for the progress of the moment.
    """

    def __init__(self, prompt: str, stages: _Stages) -> None:
        self._name = shortened(" ".join(prompt[:_LONGEST].split()), 32)
        self._stages = stages
        self._screens: list[_Screen] = []
        self._began: float | None = None
        self._last_words: tuple[str, str] | None = None
        self._seconds = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def show(self) -> bool:
        """Show the line in the cell that runs now; False outside of notebooks."""
        if not in_notebook():
            return False
        with contextlib.suppress(Exception):
            self._screens.append(_screen(self._look(), live=self._last_words is None))
        return True

    def start(self) -> None:
        """Keep the line up to date from now on; show it here if it is not shown yet."""
        self._began = time.monotonic()
        if self._screens or self.show():
            self._tick()

    def end(self, error: BaseException | None, checkpoint: Checkpoint) -> None:
        """Write the last words: the line stays as they leave it.

        Args:
            error: What ended the generation, if something did.
            checkpoint: Where it stands.
        """
        self._seconds = time.monotonic() - (self._began or time.monotonic())
        self._last_words = _last_words(error, checkpoint)
        if self._timer is not None:
            self._timer.cancel()
        for screen in self._screens:
            with contextlib.suppress(Exception):
                screen.close(self._look())

    def _tick(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(_EVERY, self._tick)
        if self._began is not None:
            self._seconds = time.monotonic() - self._began
        for screen in self._screens:
            with contextlib.suppress(Exception):
                screen.draw(self._look())

    def _look(self) -> "_Look":
        now = self._stages.now
        words, more = now.message, ""
        if self._last_words is not None:
            words, more = self._last_words[0] or words, self._last_words[1]
        elif self._began is None:
            words = "not started: await it"
        return _Look(self._name, now.fraction, words, self._seconds, more)


class _Look:
    """The line at one moment."""

    def __init__(self, name: str, fraction: float, words: str, seconds: float, more: str) -> None:
        self.fraction = fraction
        minutes, rest = divmod(int(seconds), 60)
        self.words = f"{int(fraction * 100)}% · {minutes}:{rest:02} · {words}"
        self.name = name
        self.more = more

    @property
    def text(self) -> str:
        """The line where only text can be shown."""
        full = round(self.fraction * _CELLS)
        return f"{self.name} [{'#' * full}{'-' * (_CELLS - full)}] {self.words}"

    @property
    def html(self) -> str:
        """The line and what is folded away under it."""
        folded = (
            "<details><summary>How to go on</summary><pre style='white-space: pre-wrap'>"
            f"{escape(self.more)}</pre></details>"
            if self.more
            else ""
        )
        return (
            f'<div>{escape(self.name)} <progress value="{self.fraction:.3f}" max="1"></progress> '
            f"{escape(self.words)}{folded}</div>"
        )

    @property
    def bundle(self) -> dict[str, str]:
        """The line for any frontend."""
        return {"text/plain": self.text, "text/html": self.html}


class _Screen(Protocol):
    def draw(self, look: _Look) -> None: ...

    def close(self, look: _Look) -> None: ...


def _screen(look: _Look, *, live: bool) -> _Screen:
    """Show the line: with ipywidgets where they are installed, as plain HTML where not."""
    if live:
        try:
            return _Widget(look, importlib.import_module("ipywidgets"))
        except Exception:  # noqa: S110 - missing or broken: the plain line does without them
            pass
    return _Plain(look)


class _Plain:
    """A display that is replaced by the next."""

    def __init__(self, look: _Look) -> None:
        self._shown = look.text
        self._handle = display(look.bundle, raw=True)

    def draw(self, look: _Look) -> None:
        if look.text != self._shown:
            self._shown = look.text
            self._handle.update(look.bundle, raw=True)

    def close(self, look: _Look) -> None:
        self._handle.update(look.bundle, raw=True)


class _Widget:
    """A bar of ipywidgets; at the end plain HTML takes its place, which a saved file keeps."""

    def __init__(self, look: _Look, widgets: Any) -> None:
        self._bar = widgets.FloatProgress(
            value=look.fraction, min=0.0, max=1.0, layout={"width": "160px", "flex": "0 0 auto"}
        )
        name = widgets.HTML(_on_one_line(look.name), layout={"flex": "0 0 auto"})
        cut = {"flex": "1 1 0", "min_width": "0", "overflow": "hidden"}
        self._words = widgets.HTML(_on_one_line(look.words), layout=cut)
        self._box = widgets.HBox([name, self._bar, self._words])
        self._handle = display(self._box)

    def draw(self, look: _Look) -> None:
        self._bar.value = look.fraction
        self._words.value = _on_one_line(look.words)

    def close(self, look: _Look) -> None:
        self._handle.update(look.bundle, raw=True)
        for widget in (*self._box.children, self._box):
            for part in (getattr(widget, "style", None), widget.layout, widget):
                if part is not None:
                    part.close()


def _on_one_line(text: str) -> str:
    return f'<span style="white-space: nowrap">{escape(text)}</span>'


def _last_words(error: BaseException | None, checkpoint: Checkpoint) -> tuple[str, str]:
    """Return what the line ends with ("" where it says so already), and the code to go on with."""
    if error is None:
        return "", ""
    began = checkpoint.stage in {"session", "upload"}
    more = "" if began else _way_on(checkpoint)
    if not isinstance(error, asyncio.CancelledError):
        return shortened(f"{type(error).__name__}: {error}", _LONGEST), more
    if began:
        return "Stopped; nothing was charged: run the cell again", more
    return "Stopped here; the service goes on", more


def _way_on(checkpoint: Checkpoint) -> str:
    return (
        "# Also after a restart of the kernel; not charged again.\n"
        "from nemo_sdk import Checkpoint\n\n"
        f"checkpoint = Checkpoint.from_json({checkpoint.to_json()!r})\n"
        "video = await client.resume(checkpoint)"
    )
