"""Where a film is saved: decided and tried before anything is charged."""

import os
from pathlib import Path
from typing import Any

from nemo_sdk._cli.terminal import terminal
from nemo_sdk._film_folder import file_name
from nemo_sdk._protocol import FORMATS
from nemo_sdk._video import Video

__all__ = ["check_target", "free_path", "output_format", "save"]

_LONGEST_NAME = 255
"""Bytes: what file systems take."""


def output_format(given: str | None, output: Path | None) -> str:
    """Return the container: the one asked for, or the output's own, or mp4."""
    suffix = output.suffix.lower().removeprefix(".") if output else ""
    return given or (suffix if suffix in FORMATS else "mp4")


def free_path(words: str, extension: str) -> Path:
    """Return a path in this folder that is named after the words and holds nothing yet."""
    name = file_name(words)
    path, number = Path(f"{name}.{extension}"), 1
    while path.exists():
        number += 1
        path = Path(f"{name} ({number}).{extension}")
    return path


def check_target(path: Path) -> Path:
    """Return the absolute path of a film that can be saved there.

    Raises:
        OSError: It cannot; nothing was written.
    """
    target = path.expanduser().absolute()
    if len(os.fsencode(target.name)) > _LONGEST_NAME:
        raise OSError(f"{target.name[:40]}… is too long a name for a file.")
    if target.is_dir():
        raise IsADirectoryError(f"{target} is a folder: give the name of a file in it.")
    folder = next(one for one in target.parents if one.exists())
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is no folder: {target.name} cannot be saved below it.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(f"{folder} cannot be written to: choose another output with -o.")
    return target


async def save(video: Video, target: Path, **values: Any) -> None:
    """Save a film, and say where it is and what is known of it."""
    with terminal.bar("Saving") as bar:
        path = await video.save(target, on_progress=bar)
    size = path.stat().st_size
    facts = [f"{size / 1024**2:.1f} MB"]
    if video.duration:
        facts.append(f"{video.duration:g} s")
    if values.get("cost") is not None:
        facts.append(f"{values['cost']:g} credits")
    if video.session_id:
        facts.append(f"session {video.session_id}")
    known = {"url": video.url, "size": size, "duration": video.duration}
    ids = {"session_id": video.session_id, "render_id": video.render_id}
    terminal.result({"path": str(path), **known, **ids, **values}, f"{path} ({', '.join(facts)})")
