"""A film as a cell of a notebook shows it."""

import base64
import weakref
from collections import deque
from pathlib import Path

from nemo_sdk._timeline.svg import escape

from .shell import in_notebook

__all__ = ["KeptFilm", "fits_in_cell", "video_html"]

_INLINE_LIMIT = 8 * 1024**2
_MOST_KEPT = 8
_PLAYED = {"mp4": "video/mp4", "mov": "video/mp4", "webm": "video/webm"}  # mov: as browsers have it


def fits_in_cell(size: int | None) -> bool:
    """Whether a film of this many bytes is small enough to become part of the notebook."""
    return size is not None and size <= _INLINE_LIMIT and in_notebook()


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
