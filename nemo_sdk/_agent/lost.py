"""What an error in place of a turn's answer says of the message: taken, or not."""

import re

from nemo_sdk._protocol import endpoints
from nemo_sdk.exceptions import (
    APIError,
    AuthenticationError,
    BadRequestError,
    ExportBlockedError,
    FileTooLargeError,
    InsufficientCreditsError,
    NemoError,
    RateLimitError,
    SessionNotFoundError,
    TransportError,
    UnsupportedFileTypeError,
)

__all__ = ["may_have_arrived", "words_of_loss"]

_DID_NOTHING = (
    AuthenticationError,
    SessionNotFoundError,
    InsufficientCreditsError,
    ExportBlockedError,
    UnsupportedFileTypeError,
    FileTooLargeError,
    RateLimitError,
)
"""What the service says of a message that it did not take; any other answer tells nothing."""
_ASK_ELSEWHERE = {307, 308}
"""Redirects of a request that was not made; of the others, some follow on one that was."""
_CLIENT_ID = re.compile(r"client.?id", re.IGNORECASE)


def may_have_arrived(error: NemoError) -> bool:
    """Whether the message may be at work although an error came in place of its stream."""
    if isinstance(error, TransportError):
        return error.sent
    if not isinstance(error, APIError) or error.path != endpoints.RUN_SSE:
        return False  # it is of the token that the message needed
    if isinstance(error, BadRequestError):
        return _CLIENT_ID.search(error.message) is None
    return not isinstance(error, _DID_NOTHING) and error.status not in _ASK_ELSEWHERE


def words_of_loss(error: NemoError | None) -> str:
    """Return what is to be said of an answer that does not tell the outcome; None for no answer."""
    if error is None:
        return "It is not known whether the message was sent"
    words = str(error.args[0]).strip().rstrip(".")
    if isinstance(error, APIError):
        number = f"code {error.code}" if error.code else f"HTTP {error.status}"
        told = f"{number}: {words}" if words else number
        return f"The answer ({told}) does not say what was done"
    return f"The answer was lost ({words})"
