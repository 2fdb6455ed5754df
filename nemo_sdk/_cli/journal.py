"""Generations that have not ended yet, kept on disk so that `nemo-sdk resume` finds them."""

import contextlib
import json
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from attrs import field, frozen

from nemo_sdk._config import config_folder
from nemo_sdk._token_store import ConfigFolder
from nemo_sdk.models import Checkpoint

__all__ = ["Entry", "Journal"]


@frozen
class Entry:
    """One generation that was begun."""

    checkpoint: Checkpoint
    output: str
    """Where its film is to be saved."""
    id: str = field(factory=lambda: secrets.token_hex(3))
    at: str = field(factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    """When it was last heard of, ISO 8601."""

    def to_json(self) -> str:
        """Return it as JSON text."""
        checkpoint = json.loads(self.checkpoint.to_json())
        return json.dumps({"output": self.output, "at": self.at, "checkpoint": checkpoint})

    @classmethod
    def from_json(cls, name: str, text: str) -> Self:
        """Return the entry that `to_json` wrote.

        Raises:
            ValueError: The text is something else.
        """
        try:
            values = json.loads(text)
            checkpoint = Checkpoint.from_json(json.dumps(values["checkpoint"]))
            return cls(checkpoint, str(values["output"]), id=name, at=str(values["at"]))
        except (KeyError, TypeError) as error:
            raise ValueError("This is no entry of the journal.") from error


class Journal:
    """The entries, a file each, in files that only their owner can read."""

    def __init__(self) -> None:
        self._place = config_folder() / "checkpoints"
        self._folder = ConfigFolder(self._place)

    def keep(self, entry: Entry) -> None:
        """Write an entry, in place of what was known of it before."""
        self._folder.write(f"{entry.id}.json", entry.to_json())

    def forget(self, entry: Entry) -> None:
        """Remove an entry whose film is saved."""
        self._file(entry.id).unlink(missing_ok=True)

    def find(self, name: str) -> Entry:
        """Return one entry.

        Raises:
            LookupError: There is none of this name.
        """
        for entry in self:
            if entry.id == name:
                return entry
        raise LookupError(
            f"There is no unfinished generation {name!r}: 'nemo-sdk resume' lists them."
        )

    def __iter__(self) -> Iterator[Entry]:
        """Give the entries, the latest first."""
        entries = []
        for file in self._place.glob("*.json"):
            with contextlib.suppress(ValueError, OSError):
                entries.append(Entry.from_json(file.stem, file.read_text(encoding="utf-8")))
        return iter(sorted(entries, key=lambda entry: entry.at, reverse=True))

    def _file(self, name: str) -> Path:
        return self._place / f"{name}.json"
