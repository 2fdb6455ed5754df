"""The values that calls take and give back: frozen, comparable, without a connection in them."""

import inspect
import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final, Literal, Self, TypeVar, get_args

import attrs
from attrs import field, frozen

from ._secret import hidden
from ._timeline.svg import escape
from ._timing import Timing
from ._value import SECRET, Value
from .events import ToolCall
from .timeline import Timeline

__all__ = [
    "Account",
    "Action",
    "AnonymousToken",
    "Checkpoint",
    "Credits",
    "Format",
    "MediaFile",
    "Progress",
    "Quality",
    "Question",
    "Reply",
    "Stage",
    "State",
    "Timing",
    "Upload",
]

_T = TypeVar("_T")
_IN_WORDS: Final[dict[Any, str]] = {
    str: "a text",
    str | None: "a text or None",
    int: "a whole number",
    bool: "True or False",
}
Action = Literal["export", "state", "message", "credits"]
Format = Literal["mp4", "mov", "avi", "webm", "mkv"]
"""The containers that an export can be asked for in; only mp4 is proven to come out."""
Quality = Literal["low", "medium", "high"]
"""How good a film is to look."""
Stage = Literal["session", "upload", "message", "render"]
_STAGES: Final[tuple[str, ...]] = get_args(Stage)


@frozen
class Credits(Value):
    """What the account can spend, in the service's credits.

    A generation costs about 100, an edit session about 50 (the vendor's notes say so); renders,
    uploads and reads are free.
    """

    available: float = 0
    """What can be spent now."""
    frozen: float = 0
    """What is reserved for work in progress."""
    total: float = 0
    """As the service gives it; what it counts is not documented."""

    def __str__(self) -> str:
        return (
            f"{self.available:,.10g} credits available, {self.frozen:,.10g} reserved, "
            f"{self.total:,.10g} in total"
        )

    def _repr_html_(self) -> str:
        return f"<div>{self}</div>"


@frozen
class MediaFile(Value):
    """A file that the service holds for a session."""

    filename: str = ""
    """Its name, as it was sent."""
    file_type: str = ""
    """video, image or audio; the service may add others."""
    cdn_url: str | None = None
    """Where the service keeps it; how long is not documented."""
    duration: float | None = None
    """Seconds, where the service has measured them."""
    width: int | None = None
    """Pixels."""
    height: int | None = None
    """Pixels."""
    fps: float | None = None
    """Frames a second."""
    hash: str | None = None
    """The service's own digest of the content; its algorithm is not documented."""


@frozen
class Upload(Value):
    """What an upload left in the session."""

    files: tuple[MediaFile, ...] = ()
    """The files, in the order of the sources."""
    session_state_applied: bool | None = None
    """Whether the session's state already knows the files; None where the service did not say."""


@frozen
class State(Value):
    """A session's state at one moment, as the service's state endpoint gives it.

    What the service left out, or gave as null, is None.
    """

    session_id: str = ""
    """The session's id."""
    task_id: str | None = None
    """The project's id."""
    task_name: str | None = None
    """The project's name."""
    draft: Mapping[str, Any] | None = None
    """The timeline draft in the service's own short keys, untouched; None where there is none."""
    video_infos: Any = None
    """What the service knows of the uploaded videos; its shape is not documented."""
    generated_media: Any = None
    """What the agent has generated; its shape is not documented."""
    canvas_config: Any = None
    """The picture's size and the like; its shape is not documented."""
    video_analyses: Any = None
    """What the agent saw in the videos; its shape is not documented."""
    user_id: str | None = None
    """The user that the session belongs to."""

    @property
    def timeline(self) -> Timeline:
        """The draft as people read it."""
        return Timeline.from_draft(self.draft)


_SMALL: Final = re.compile(r"[1-9]\d?")


@frozen
class Question(Value):
    """What the agent asks before it goes on. Answer it with `session.send`."""

    text: str
    """The question."""
    options: tuple[str, ...] = ()
    """What there is to choose from; empty where any answer will do."""
    confirms: bool = False
    """Whether it asks for no more than a yes or no."""

    def choose(self, words: str) -> str | None:
        """Return the option that words mean, by its text in any case or by its number, or None."""
        said = str(words).strip()  # a number may come as one
        named = (one for one in self.options if one.casefold() == said.casefold())
        number = said.rstrip(".)\u3002\u3001")
        counted = self.options[int(number) - 1 : int(number)] if _SMALL.fullmatch(number) else ()
        return next(named, None) or next(iter(counted), None)

    def __str__(self) -> str:
        lines = (f"{number}. {option}" for number, option in enumerate(self.options, 1))
        return "\n".join([self.text, *lines])


@frozen
class Reply(Value):
    """The agent's answer to one message."""

    text: str = ""
    """For people: without instructions to use an interface that they do not have. After a silent
    turn it says what changed."""
    raw_text: str = ""
    """All that the agent wrote, as it wrote it."""
    actions: tuple[Action, ...] = ()
    """What the instructions that `text` leaves out asked for."""
    tool_calls: tuple[ToolCall, ...] = ()
    """The tools that the agent called, in order."""
    timeline: Timeline = field(factory=lambda: Timeline.from_draft(None))
    """The timeline after the turn."""
    changes: tuple[str, ...] = ()
    """What the turn changed in the timeline, a sentence each."""
    silent: bool = False
    """Whether the agent wrote nothing and asked nothing; about three edits in ten end like that,
    says the service's own skill document."""
    questions: tuple[Question, ...] = ()
    """What the agent asks; `text` says it too. The next message of the session answers."""
    recovered: bool = False
    """Whether the answer was lost on the way and the outcome was read from the session's state."""

    def _repr_html_(self) -> str:
        changes = "".join(f"<li>{escape(change)}</li>" for change in self.changes)
        strip = self.timeline.to_svg() if self.timeline.tracks else ""
        text = f'<p style="white-space: pre-wrap">{escape(self.text)}</p>'
        return f"<div>{text}<ul>{changes}</ul>{strip}</div>"


@frozen
class Progress(Value):
    """Where a generation stands, for a bar or for edits of one message."""

    stage: str
    """session, upload, message, render or done."""
    fraction: float
    """0 to 1, never less than before. The service does not tell how far the agent is: until the
    render it is an estimate by the time that has passed."""
    message: str
    """A line for people."""
    elapsed: float
    """Seconds since the generation started."""
    tool: str = ""
    """The name of the tool that the agent has called last, for programs; "" before."""


@frozen
class Account(Value):
    """Whose credits a client spends."""

    kind: Literal["own", "anonymous", "fallen back"]
    """own: of the token that was given. anonymous: of one that was asked for. fallen back: the
    given token was rejected, and an anonymous one took its place."""
    user_id: str | None = None
    """The user's id; None where the service has not told it yet."""
    expires_at: str | None = None
    """When an anonymous token ends, ISO 8601, as the service told it; None where it did not."""


@frozen
class AnonymousToken(Value):
    """A bearer token without an account behind it, as a token store keeps it.

    Its repr does not show the token.
    """

    token: str = field(repr=False, metadata=SECRET, converter=hidden)
    """The bearer token."""
    user_id: str | None = None
    """The anonymous user's id, which a registration link carries."""
    expires_at: str | None = None
    """ISO 8601, as the service gave it; None where it did not."""

    def to_json(self) -> str:
        """Return it as JSON text, the token in it: keep it where only its owner can read.

        Returns:
            One line of JSON.
        """
        return json.dumps(attrs.asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the token that `to_json` wrote.

        Args:
            text: What `to_json` returned.

        Returns:
            An equal token.

        Raises:
            ValueError: The text is something else.
        """
        return _from_json(cls, text, "token")


@frozen
class Checkpoint(Value):
    """Where a generation stands: all that another process needs to go on with it.

    It is given to `on_checkpoint` *before* each call that has an effect, so `stage` names the call
    that is about to be made, and that may or may not have been made when the process dies.
    It holds the prompt and the paths of the files, and no token.

    Raises:
        TypeError: A value is of another kind than it must be.
        ValueError: There is no such stage.
    """

    stage: Stage = "session"
    """session, upload, message or render: the call that is about to be made."""
    prompt: str = ""
    """What the video is to show."""
    session_id: str | None = None
    """The session's id; None before there is one."""
    task_id: str | None = None
    """The project's id; None before there is one."""
    render_id: str | None = None
    """The id that the render is (or was) submitted under."""
    renders: int = 0
    """How many renders were submitted or are about to be: a failed one is repeated once, and once
    more by each `resume` after that."""
    draft_digest: str | None = None
    """Digest of the draft before the message; "" where there was none."""
    files: tuple[str, ...] = field(default=(), converter=tuple[str, ...])
    """Paths and URLs of the files that belong to the prompt."""
    unnamed_files: bool = False
    """Whether there were also files given as bytes or open files, which cannot be found again."""
    language: str | None = None
    """The session's language; None until it is detected from the prompt."""
    format: str = "mp4"
    """The film's container; see `NemoClient.generate`."""
    quality: str = "high"
    """low, medium or high."""
    task_name: str = "project"
    """The project's name."""
    mark: str = ""
    """Whatever tells two workers' checkpoints of the same message apart; see `nemo_sdk.jobs`."""

    def __attrs_post_init__(self) -> None:
        # What could not be read back would be lost with the process; what is at no known stage
        # would be begun, and charged, anew.
        if self.stage not in _STAGES:
            raise ValueError(f"There is no stage {str(self.stage)[:80]!r} of a generation.")
        if not all(isinstance(one, str) for one in self.files):
            raise TypeError("files must be a list of texts.")
        _check_types(self)

    def to_json(self) -> str:
        """Return it as text, to be kept.

        Returns:
            One line of JSON.
        """
        return json.dumps(attrs.asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the checkpoint that `to_json` wrote, also one of a later version.

        Args:
            text: What `to_json` returned.

        Returns:
            An equal checkpoint; what this version does not know is left out.

        Raises:
            ValueError: The text is no checkpoint.
        """
        return _from_json(cls, text, "checkpoint")


def _from_json(kind: Callable[..., _T], text: str, name: str) -> _T:
    try:
        values = json.loads(text)
        known = set(inspect.signature(kind).parameters)
        made = kind(**{key: value for key, value in values.items() if key in known})
        _check_types(made)
    except (TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ValueError(f"This is not the JSON text of a {name} of this library.") from error
    return made


def _check_types(made: Any) -> None:
    model: Any = type(made)
    for name, kind in _plain_fields(model):
        value = getattr(made, name)
        if not isinstance(value, kind):
            raise TypeError(f"{name} must be {_IN_WORDS[kind]}, not {type(value).__name__}.")


@cache
def _plain_fields(model: Any) -> tuple[tuple[str, Any], ...]:
    return tuple((one.name, one.type) for one in attrs.fields(model) if one.type in _IN_WORDS)
