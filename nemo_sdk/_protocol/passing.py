"""Which failures may be over in a moment."""

from nemo_sdk.exceptions import APIError, InvalidResponseError, ServerError, TransportError

__all__ = ["is_passing"]

_TRY_AGAIN = {408, 425}
"""Statuses that are no 5xx, and as little of the caller's doing."""


def is_passing(error: BaseException) -> bool:
    """Whether a read that failed may well succeed in a moment."""
    if isinstance(error, TransportError):
        return not isinstance(error, InvalidResponseError)  # garbage stays garbage
    return isinstance(error, ServerError) or (
        isinstance(error, APIError) and error.status in _TRY_AGAIN
    )
