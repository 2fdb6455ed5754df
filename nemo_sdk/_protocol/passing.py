"""Which failures may be over in a moment."""

from nemo_sdk.exceptions import APIError, InvalidResponseError, ServerError, TransportError

__all__ = ["is_passing"]

_TRY_AGAIN = {408, 425}
"""Statuses that are no 5xx, and as little of the caller's doing."""


def is_passing(error: BaseException) -> bool:
    """Whether a read that failed may well succeed in a moment."""
    if isinstance(error, TransportError):
        lasts = isinstance(error, InvalidResponseError) or error.next == "check_certificates"
        return not lasts  # garbage stays garbage, and who is not trusted stays so
    return isinstance(error, ServerError) or (
        isinstance(error, APIError) and error.status in _TRY_AGAIN
    )
