"""Stores for tests."""

from typing import Any

from nemo_sdk import Checkpoint
from nemo_sdk.jobs import MemoryStore, Record


class Bare:
    """Has what a store needs, and no more: nobody is told who works on a job."""

    def __init__(self) -> None:
        self._kept = MemoryStore()

    def load(self, id: str) -> Record | None:
        return self._kept.load(id)

    def list(self) -> list[Record]:
        return self._kept.list()

    def save(self, record: Record) -> Any:
        return self._kept.save(record)

    def claim(self, id: str, checkpoint: Checkpoint | None) -> bool:
        return self._kept.claim(id, checkpoint)


class Advancing(Bare):
    """Compares and sets every checkpoint, and tells nobody who works on a job."""

    def advance(self, id: str, seen: Checkpoint, checkpoint: Checkpoint | None) -> bool:
        return self._kept.advance(id, seen, checkpoint)
