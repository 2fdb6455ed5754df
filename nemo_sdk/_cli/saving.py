"""A film, saved and told of."""

from pathlib import Path

from nemo_sdk import Video

from .targets import Target
from .terminal import terminal

__all__ = ["save", "show_film"]


async def save(video: Video, target: Target) -> Path:
    """Save a film and return where it is."""
    with terminal.bar("Saving") as bar:
        return await target.fill(lambda path: video.save(path, on_progress=bar))


def show_film(video: Video, path: Path | str, spent: float | None = None, **more: str) -> None:
    """Print where a film is, and what is known of it: beside the path, for who has only that.

    Args:
        video: The film.
        path: Its path; its address, where it lies in a store.
        spent: Credits taken.
        more: What scripts are told beside.
    """
    size = path.stat().st_size if isinstance(path, Path) else video.size
    facts = ", ".join(_facts(video, size, spent))
    if not terminal.streams and not terminal.as_json:
        terminal.note(f"Saved: {facts}")
    known = {"url": video.url, "size": size, "duration": video.duration, "spent": spent}
    ids = {"session_id": video.session_id, "render_id": video.render_id}
    words = f"{path} ({facts})" if terminal.streams else str(path)
    terminal.result("film", {"path": str(path), **known, **ids, **more}, words)


def _facts(video: Video, size: int | None, spent: float | None) -> list[str]:
    facts = [] if size is None else [f"{size / 1024**2:.1f} MB"]
    if video.duration:
        facts.append(f"{video.duration:g} s")
    if spent is not None:
        facts.append(f"{spent:g} credits taken from the account")
    if video.session_id:
        facts.append(f"session {video.session_id}")
    return facts
