"""What the library says to programmers, said to people at a shell."""

import os
from typing import Any

from nemo_sdk._config.settings import DEFAULT_WEB_URL
from nemo_sdk.exceptions import (
    APIError,
    AuthenticationError,
    DownloadError,
    InsufficientCreditsError,
    NemoError,
    NothingToExportError,
    OutcomeUnknownError,
    RenderFailedError,
    RenderTimeoutError,
    SessionNotFoundError,
    TurnTimeoutError,
)

__all__ = ["PHRASES", "WrongUsage", "facts_of", "for_people", "words_of"]

_NEXT_STEPS: dict[type[NemoError], str] = {
    AuthenticationError: (
        "Check the variable NEMO_TOKEN, or unset it to use an anonymous account: "
        "a session belongs to the account that made it."
    ),
    SessionNotFoundError: "'nemo-sdk edit new' and 'nemo-sdk upload new' make one.",
    TurnTimeoutError: "The service may still finish.",
    OutcomeUnknownError: "It was not sent again, since that could be charged twice.",
    NothingToExportError: "Send a message that makes something first: nemo-sdk edit.",
    RenderFailedError: "Rendering again is free.",
    RenderTimeoutError: "It goes on in the service.",
    DownloadError: "The film is still there, and saving it again is free.",
}
"""In place of the library's own, which name methods."""

PHRASES = (
    ("check base_url and the network", "check NEMO_API_URL and the network"),
    ("the argument token= or the variable NEMO_TOKEN", "the variable NEMO_TOKEN"),
    ("client.resume(generation.checkpoint)", "'nemo-sdk resume'"),
    ("check base_url or NEMO_API_URL", "check NEMO_API_URL"),
    (
        "the token given to NemoClient (1001). Going on with an anonymous one; ",
        "the token in NEMO_TOKEN (1001). Going on with an anonymous account.",
    ),
    ("anonymous_fallback=False makes this an error.", ""),
)
"""What stands in the middle of the library's sentences, and what people can make use of."""

_STOPS = (".", "!", "?", "…", "。", "\uff01", "\uff1f")


class WrongUsage(Exception):  # noqa: N818 - it names what people did
    """A command line that cannot be understood."""


def words_of(error: BaseException) -> str:
    """Return an error's text as one line, and what a person at a shell can do."""
    words = str(error) or type(error).__name__
    if isinstance(error, NemoError):
        step = error._next_step()  # noqa: SLF001 - the words are those of the whole package
        what = _sentence(words.removesuffix(step).strip())
        words = f"{what} {_next_step(error, step)}"
    return _sentence(for_people(" ".join(words.split())))


def for_people(words: str) -> str:
    """Return words of the library without what only a program can do."""
    for programmers, people in PHRASES:
        words = words.replace(programmers, people)
    return words


def facts_of(error: BaseException) -> dict[str, Any]:
    """Return what a script can decide by."""
    usage = isinstance(error, WrongUsage)
    facts: dict[str, Any] = {"kind": "usage" if usage else type(error).__name__}
    if isinstance(error, APIError):
        facts |= {"code": error.code, "status": error.status}
    for name in ("register_url", "retry_after", "render_id"):
        if (value := getattr(error, name, None)) is not None:
            facts[name] = value
    return facts


def _next_step(error: NemoError, step: str) -> str:
    if isinstance(error, InsufficientCreditsError) and error.register_url is None:
        return f"Top up the account: {os.environ.get('NEMO_WEB_URL') or DEFAULT_WEB_URL}"
    # A step that this very error was given tells more than that of its kind.
    return step if "advice" in vars(error) else _NEXT_STEPS.get(type(error), step)


def _sentence(words: str) -> str:
    """End a sentence, unless with what is to be copied without a full stop."""
    copied = "://" in words.rpartition(" ")[2]
    return words if not words or copied or words.endswith(_STOPS) else f"{words}."
