"""At home in notebooks: one live line while a film is made, the film in its cell, short tracebacks.

IPython is never imported for this. Who works in a notebook has it loaded; nobody else pays.
"""

import asyncio
import base64
import contextlib
import copy
import importlib
import os
import sys
import time
import weakref
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

from ._drawing import escape
from .models import Checkpoint, Progress

__all__ = ["KeptFilm", "LiveLine", "fits_in_cell", "short_traceback", "video_html"]

_INLINE_LIMIT = 8 * 1024**2
_MOST_KEPT = 8
_OFF = {"0", "false", "off", "no"}
_EVERY = 0.5
_CELLS = 24
_LONGEST = 300
_PLAYED = {"mp4": "video/mp4", "mov": "video/mp4", "webm": "video/webm"}  # mov: as browsers have it
_FOLDER = str(Path(__file__).parent) + os.sep
_HINT = "(Shortened to your own code; all of it: %tb Plain)"


def in_notebook() -> bool:
    """Whether cells can show things; NEMO_NOTEBOOK=0 says no."""
    return getattr(_shell(), "kernel", None) is not None


def fits_in_cell(size: int | None) -> bool:
    """Whether a film of this many bytes is small enough to become part of the notebook."""
    return size is not None and size <= _INLINE_LIMIT and in_notebook()


def _shell() -> Any:
    """Return the IPython shell that this program runs in, or None."""
    if os.environ.get("NEMO_NOTEBOOK", "").strip().lower() in _OFF:
        return None
    get_shell = getattr(sys.modules.get("IPython"), "get_ipython", None)
    return get_shell() if get_shell else None


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
        self._name = _cut(" ".join(prompt[:_LONGEST].split()), 32)
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
        self._handle = _display(look.bundle, raw=True)

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
        self._handle = _display(self._box)

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


def _display(what: Any, **options: Any) -> Any:
    return importlib.import_module("IPython.display").display(what, display_id=True, **options)


def _last_words(error: BaseException | None, checkpoint: Checkpoint) -> tuple[str, str]:
    """What the line ends with ("" where it says so already), and the code to go on with."""
    if error is None:
        return "", ""
    if not isinstance(error, asyncio.CancelledError):
        return _cut(f"{type(error).__name__}: {error}", _LONGEST), ""
    if checkpoint.stage in {"session", "upload"}:
        return "Stopped; nothing was charged: run the cell again", ""
    return "Stopped here; the service goes on", (
        "# Also after a restart of the kernel; not charged again.\n"
        "from nemo_sdk import Checkpoint\n\n"
        f"checkpoint = Checkpoint.from_json({checkpoint.to_json()!r})\n"
        "video = await client.resume(checkpoint)"
    )


class _Film:
    def __init__(self, content: bytes) -> None:
        self.content = content


_last_films: deque[_Film] = deque(maxlen=_MOST_KEPT)


class KeptFilm:
    """A film's bytes for a cell to show: in a notebook, while they are among the last eight.

    More would fill the memory of a kernel that makes hundreds of films.
    """

    def __init__(self) -> None:
        self._film: weakref.ref[_Film] | None = None

    def keep(self, content: bytes) -> None:
        """Keep the film, where it fits in a cell."""
        if content and fits_in_cell(len(content)):
            film = _Film(content)
            _last_films.append(film)
            self._film = weakref.ref(film)

    @property
    def content(self) -> bytes | None:
        """The bytes, if they are still there."""
        film = self._film() if self._film else None
        return film.content if film else None


def video_html(
    *,
    name: str,
    format: str,
    url: str | None,
    film: bytes | None = None,
    saved: Path | None = None,
) -> str:
    """Return a film as a cell shows it; no I/O.

    Args:
        name: What the film is called, in words.
        format: Its container.
        url: Where it lies; anything but http and https is not linked.
        film: Its bytes, where they are at hand: they become part of the notebook.
        saved: The file that it was saved in, if it was.
    """
    address = escape(url) if url and url.startswith(("https://", "http://")) else ""
    head = escape(name)
    if address:
        head = f'<a href="{address}" target="_blank" rel="noopener noreferrer">{head}</a>'
    if saved is not None:
        head += f", saved as <code>{escape(str(saved))}</code>"
    kind = _PLAYED.get(format)
    source = address if film is None else _data_url(film, kind or "")
    if not source:
        player = "Save it to see it: await video.save(...)"
    elif kind is None:
        player = f"Browsers do not play {escape(format)} files: save it to see it."
    else:
        style = "max-width: 100%; max-height: 480px"
        player = f'<video controls preload="metadata" style="{style}" src="{source}"></video>'
    return f"<div>{head}<br>{player}</div>"


def _data_url(film: bytes, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(film).decode()}"


def short_traceback(error: BaseException) -> list[str]:
    """Return the lines that IPython shows of an error: the caller's own code, then the sentence.

    All of it is shown by `%tb Plain`, in each mode that a person has chosen with `%xmode`, and
    with NEMO_NOTEBOOK=0. The hint does not name the mode Verbose: it prints variables, so tokens.
    """
    formatter = importlib.import_module("IPython").get_ipython().InteractiveTB
    trace = error.__traceback__
    lines: list[str]
    if _shell() is None or formatter.mode != "Context":
        lines = formatter.structured_traceback(type(error), error, trace)
        return lines
    own = _without_ours(trace)
    alone = copy.copy(error)  # what caused it belongs to the long story
    lines = formatter.structured_traceback(type(error), alone, own)
    shorter = _length(own) < _length(trace) or error.__context__ is not None
    return [*lines[:-1], _HINT, lines[-1]] if shorter else lines


def _without_ours(trace: TracebackType | None) -> TracebackType | None:
    """Return the trace without the frames of this package."""
    kept: TracebackType | None = None
    for one in reversed(list(_links(trace))):
        if not one.tb_frame.f_code.co_filename.startswith(_FOLDER):
            kept = TracebackType(kept, one.tb_frame, one.tb_lasti, one.tb_lineno)
    return kept


def _links(trace: TracebackType | None) -> Iterator[TracebackType]:
    while trace is not None:
        yield trace
        trace = trace.tb_next


def _length(trace: TracebackType | None) -> int:
    return sum(1 for _ in _links(trace))


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
