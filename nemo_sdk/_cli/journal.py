"""Generations that have not ended yet, kept on disk so that `nemo-sdk resume` finds them."""

import contextlib
import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from attrs import field, frozen

from nemo_sdk import FileTokenStore
from nemo_sdk.models import Checkpoint

from .locks import held, is_held
from .targets import Target

__all__ = ["Entry", "Journal"]


@frozen
class Entry:
    """One generation that was begun."""

    checkpoint: Checkpoint
    output: str
    """Where its film is to be saved."""
    named: bool = False
    """Whether a person has named that file; see `Target`."""
    service: str = ""
    """The address of the service that it was begun at, where that is known."""
    id: str = field(factory=lambda: secrets.token_hex(3))
    at: str = field(factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    """When it was begun, ISO 8601."""

    @property
    def target(self) -> Target:
        """Where its film is to be saved."""
        return Target(Path(self.output), self.named)

    def to_json(self) -> str:
        """Return it as JSON text."""
        checkpoint = json.loads(self.checkpoint.to_json())
        place = {"output": self.output, "named": self.named, "service": self.service}
        return json.dumps({**place, "at": self.at, "checkpoint": checkpoint})

    @classmethod
    def from_json(cls, name: str, text: str) -> Self:
        """Return the entry that `to_json` wrote, also that of an earlier version.

        Raises:
            ValueError: The text is something else.
        """
        try:
            values = json.loads(text)
            return cls(
                Checkpoint.from_json(json.dumps(values["checkpoint"])),
                str(values["output"]),
                named=values.get("named") is True,
                service=str(values.get("service", "")),
                id=name,
                at=str(datetime.fromisoformat(values["at"]).isoformat()),
            )
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError("This is no entry of the journal.") from error


class Journal:
    """The entries, a file each, in files that only their owner can read."""

    def __init__(self) -> None:
        try:
            self.place = FileTokenStore().folder / "checkpoints"
        except OSError:  # there is no home: nothing is found below this, nothing can be kept
            self.place = Path(os.devnull) / "checkpoints"

    def keep(self, entry: Entry) -> bool:
        """Write an entry in place of what was known of it; False where that cannot be done."""
        temporary = ""
        try:
            self.place.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor, temporary = tempfile.mkstemp(dir=self.place, prefix=".")
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(entry.to_json())
            Path(temporary).replace(self._file(entry, "json"))
        except OSError:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
            return False
        return True

    def forget(self, entry: Entry) -> None:
        """Remove an entry whose film is saved."""
        with contextlib.suppress(OSError):
            self._file(entry, "json").unlink(missing_ok=True)

    @contextlib.contextmanager
    def running(self, entry: Entry) -> Iterator[None]:
        """Have other processes know that one goes on with an entry.

        Raises:
            BlockingIOError: Another one does.
        """
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(held(self._file(entry, "lock")))
            except BlockingIOError:
                words = f"Generation {entry.id} is running in another process: leave it to that."
                raise BlockingIOError(words) from None
            yield

    def is_running(self, entry: Entry) -> bool:
        """Whether a process goes on with an entry now."""
        return is_held(self._file(entry, "lock"))

    def find(self, name: str) -> Entry:
        """Return the one entry whose id is or begins with a name.

        Raises:
            LookupError: There is none, or more than one.
        """
        found = [entry for entry in self if entry.id.startswith(name)]
        if len(found) == 1:
            return found[0]
        what = f"More than one unfinished generation begins with {name!r}"
        if not found:
            what = f"There is no unfinished generation {name!r}"
        raise LookupError(f"{what}: 'nemo-sdk resume' lists them.")

    def last(self) -> Entry:
        """Return the latest entry that nobody goes on with.

        Raises:
            LookupError: There is none.
        """
        for entry in self:
            if not self.is_running(entry):
                return entry
        raise LookupError("There is no unfinished generation.")

    def __iter__(self) -> Iterator[Entry]:
        """Give the entries, the latest first."""
        entries = []
        for file in self.place.glob("*.json"):
            with contextlib.suppress(ValueError, OSError):
                entries.append(Entry.from_json(file.stem, file.read_text(encoding="utf-8")))
        return iter(sorted(entries, key=lambda entry: entry.at, reverse=True))

    def _file(self, entry: Entry, kind: str) -> Path:
        return self.place / f"{entry.id}.{kind}"
