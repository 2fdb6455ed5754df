"""What is seen behind the texts at any time: scenes, clips and pictures, one at a time."""

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from ._plan import Plan, Shot
from ._planes import Planes
from ._scene import Scene
from ._uploads import open_upload


class Source(Protocol):
    """Something that a shot shows."""

    def picture(self, time: float) -> Planes:
        """The picture at a time in seconds after the shot's start, free to be painted on."""
        ...

    def close(self) -> None:
        """Let go of files."""
        ...


class Screen:
    """Asked for pictures in the order of time, so that only one shot is open at once."""

    def __init__(
        self, plan: Plan, media: Mapping[str, Path], seed: int, size: tuple[int, int]
    ) -> None:
        self.size = size
        self._plan = plan
        self._media = media
        self._seed = seed
        self._blank = Shot(0.0, plan.duration)
        self._shot: Shot | None = None
        self._source: Source | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def picture(self, time: float) -> Planes:
        """The picture at a time in seconds after the film's start."""
        shot = self._plan.shot_at(time) or self._blank
        if self._source is None or shot is not self._shot:
            self._close()
            self._source = self._open(shot)
            self._shot = shot
        return self._source.picture(time - shot.start)

    def _open(self, shot: Shot) -> Source:
        path = self._media.get(shot.src)
        upload = open_upload(path, shot, self.size) if path is not None else None
        return upload or Scene(shot.prompt, self._seed, self.size)

    def _close(self) -> None:
        if self._source is not None:
            self._source.close()
            self._source = None
