"""Films from drafts: what the emulator's renderer makes, with PyAV and Pillow alone."""

from ._render import FilmInfo, FilmStopped, render_draft

__all__ = ["FilmInfo", "FilmStopped", "render_draft"]
