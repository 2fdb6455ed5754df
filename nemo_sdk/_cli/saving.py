"""A film, saved and told of."""

from pathlib import Path

from nemo_sdk import Video

from .targets import Target
from .terminal import terminal

__all__ = ["change_of", "save", "show_film"]


async def save(video: Video, target: Target) -> Path:
    """Save a film and return where it is."""
    with terminal.bar("Saving") as bar:
        return await target.fill(video, bar)


def show_film(
    video: Video, path: Path | str, spent: float | None = None, *, then: str = "", **more: str
) -> None:
    """Print where a film is, and what is known of it: beside the path, for who has only that.

    Args:
        video: The film.
        path: Where it was saved: its address, where it lies in a store.
        spent: The credits that it cost, where that is known.
        then: A line for people: what to do next.
        more: What scripts are told beside.
    """
    size = path.stat().st_size if isinstance(path, Path) else video.size
    facts = ", ".join(_facts(video, size, spent))
    known = {"url": video.url, "size": size, "duration": video.duration, "spent": spent}
    ids = {"session_id": video.session_id, "render_id": video.render_id}
    words = "\n".join(filter(None, [f"✓ {_short(path)}", f"  {facts}", then]))
    if not terminal.streams:
        words = str(path)
        if not terminal.as_json:
            terminal.note(f"Saved: {facts}. {then}".rstrip())
    terminal.result("film", {"path": str(path), **known, **ids, **more}, words)


def change_of(video: Video) -> str:
    """Return how a film can be changed from the shell."""
    return f"Change it: nemo-sdk chat {video.session_id}" if video.session_id else ""


def _short(path: Path | str) -> Path | str:
    """Return a path from the folder where one is, if that leads there."""
    here = Path.cwd()
    is_below = isinstance(path, Path) and path.is_relative_to(here)
    return Path(path).relative_to(here) if is_below else path


def _facts(video: Video, size: int | None, spent: float | None) -> list[str]:
    facts = [] if size is None else [f"{size / 1024**2:.1f} MB"]
    if video.duration:
        facts.append(f"{video.duration:g} s")
    if spent is not None:
        facts.append(f"{spent:g} credits")
    return facts
