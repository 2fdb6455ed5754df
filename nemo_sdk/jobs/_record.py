"""What is known of a job: one value, kept as one JSON text. No I/O."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Self, get_args

import attrs
from attrs import field, frozen
from attrs.validators import in_, instance_of

from nemo_sdk import Checkpoint, Format, Progress, Quality, __version__
from nemo_sdk._value import Value

__all__ = [
    "ENDED",
    "KEPT",
    "STATUSES",
    "Kind",
    "Record",
    "Records",
    "Status",
    "before",
    "newest",
    "now",
]

Kind = Literal["film", "edit"]
Status = Literal["waiting", "running", "done", "failed", "unknown", "cancelled"]
STATUSES = frozenset(get_args(Status))
_RANKS = {"failed": 1, "unknown": 1, "cancelled": 2, "done": 3}
ENDED: frozenset[str] = frozenset(_RANKS)
KEPT = timedelta(days=7)
"""How long a job that is done is joined by who asks for the same: then it is made anew."""


def now() -> str:
    """Return this moment as ISO 8601, in UTC."""
    return before(0)


def before(seconds: float) -> str:
    """Return the moment that was so many seconds ago, as this machine's clock has it."""
    moment = datetime.now(UTC) - timedelta(seconds=seconds)
    return moment.isoformat(timespec="microseconds")


@frozen
class Record(Value):
    """A job as a store keeps it."""

    id: str = field(validator=instance_of(str))
    """The job's id, which follows from what was asked for."""
    kind: Kind = field(default="film", validator=in_(get_args(Kind)))
    """film or edit."""
    words: str = field(default="", validator=instance_of(str))
    """What was asked for."""
    files: tuple[str, ...] = field(default=(), converter=tuple[str, ...])
    """Paths and addresses of the files that belong to the words."""
    unnamed_files: bool = False
    """Whether there were files given as bytes or open files, which no other process can find."""
    digests: tuple[str, ...] = field(default=(), converter=tuple[str, ...])
    """What its files count by: a digest of their content, or an address."""
    owner: str = ""
    """Whose job it is, in the program's own terms."""
    take: int = 1
    """1, and more for who wants the same once more."""
    session_id: str | None = None
    """The session that it is made in; None before there is one."""
    language: str | None = None
    """The language that was asked for; None for that of the words."""
    format: Format = "mp4"
    """The film's container."""
    quality: Quality = "high"
    """low, medium or high."""
    service: str = ""
    """The address of the service."""
    save_as: str | None = None
    """The file that the film is to be saved as, if one was named."""
    save_in: str | None = None
    """The folder that it is to be saved in otherwise, under a name made of the words."""
    begun: str = field(factory=now)
    """When it was asked for first, ISO 8601."""
    updated: str = field(factory=now)
    """When this was written, ISO 8601."""
    round: int = 1
    """How often it was begun: once more by each who goes on with what had ended."""
    status: Status = "waiting"
    """waiting, running, done, failed, unknown or cancelled."""
    stage: str = "session"
    """Of a `Progress`: session, upload, message, render or done."""
    fraction: float = 0.0
    """0 to 1."""
    message: str = ""
    """A line for people."""
    tool: str = ""
    """The name of the tool that the agent has called last, for programs."""
    checkpoint: Checkpoint | None = None
    """From where it is gone on with; None until its message is claimed by a worker."""
    claimed: str | None = None
    """When its message was claimed, ISO 8601, by the clock of whoever reads it; None where the
    store does not tell."""
    reply: Mapping[str, Any] | None = None
    """The agent's answer, as it is kept."""
    video: Mapping[str, Any] | None = None
    """What is known of the film: url, duration, size, format, render_id, session_id."""
    saved: str | None = None
    """The path of the film."""
    stamp: str | None = None
    """What tells that this very file lies there still."""
    error: Mapping[str, Any] | None = None
    """What ended it, if something did."""
    spent: float | None = None
    """Credits that left the account meanwhile; None where that is not known."""
    version: str = __version__
    """The version of this library that wrote it."""

    @property
    def ended(self) -> bool:
        """Whether it is done, failed, unknown or cancelled."""
        return self.status in ENDED

    @property
    def rank(self) -> int:
        """What its end is worth, which none of a lower rank replaces; 0 while it has not ended."""
        return _RANKS.get(self.status, 0)

    @property
    def over(self) -> bool:
        """Whether asking for the same begins anew: it is forgotten, or done for long."""
        return not self.words or self.old

    @property
    def old(self) -> bool:
        """Whether it is done for more than seven days."""
        return self.status == "done" and datetime.now(UTC) - _moment(self.updated) > KEPT

    def claimed_within(self, seconds: float) -> bool:
        """Whether its message was claimed so lately; False where that is not known."""
        if self.claimed is None:
            return False
        return datetime.now(UTC) - _moment(self.claimed) < timedelta(seconds=seconds)

    @property
    def progress(self) -> Progress:
        """How far it is."""
        elapsed = (_moment(self.updated) - _moment(self.begun)).total_seconds()
        return Progress(self.stage, self.fraction, self.message, max(0.0, elapsed), self.tool)

    def again(self, **changes: Any) -> Self:
        """Return it as it is when somebody goes on with it after it had ended."""
        return attrs.evolve(self, status="waiting", error=None, round=self.round + 1, **changes)

    def replaces(self, kept: "Record | None") -> bool:
        """Whether a store puts it in place of what is kept of its job: that is never undone.

        A later round does, and of the same round what has not come to a lesser end: done is worth
        more than cancelled, that more than failed or unknown, and any end more than none.
        """
        return kept is None or _worth(self) >= _worth(kept)

    def to_json(self) -> str:
        """Return it as one line of JSON."""
        return json.dumps(self.to_dict())

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the record that `to_json` wrote, also one of another version of the library.

        Raises:
            ValueError: The text is something else, or of a kind of job that this version does not
                know.
        """
        known = {one.name for one in attrs.fields(cls)}
        try:
            values = {key: value for key, value in json.loads(text).items() if key in known}
            if (kept := values.get("checkpoint")) is not None:
                values["checkpoint"] = Checkpoint.from_json(json.dumps(kept))
            made = cls(**values)
            _check(made)
        except (AttributeError, TypeError, ValueError, RecursionError) as error:
            raise ValueError("This is not the JSON text of a job of this library.") from error
        return made if made.status in STATUSES else attrs.evolve(made, status="waiting")


Records = list[Record]
"""What a method called `list` returns: within its class, `list` is the method."""


def newest(records: Iterable[Record | None]) -> Record | None:
    """Return the record that tells the most of its job; None where there is none."""
    return max(filter(None, records), key=lambda one: (_worth(one), one.updated), default=None)


def _worth(record: Record) -> tuple[int, int]:
    return record.round, record.rank


def _check(record: Record) -> None:
    """Refuse facts of another kind than those that are written.

    Raises:
        TypeError, ValueError: There are some.
    """
    for moment in (record.begun, record.updated, record.claimed):
        if moment is not None:
            _moment(moment)
    if not isinstance(record.round, int):
        raise TypeError(f"no round: {record.round!r}")
    for facts in (record.reply, record.video, record.error):
        if not isinstance(facts, Mapping | None):
            raise TypeError(f"no facts: {facts!r}")
    if record.video is not None and not isinstance(record.video.get("render_id"), str):
        raise TypeError(f"no film: {record.video!r}")
    if not isinstance(record.fraction, int | float):
        raise TypeError(f"no fraction: {record.fraction!r}")


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
