"""What the library says to programmers, said to people at a shell."""

import os
from typing import Any, Final

from nemo_sdk import NemoClient
from nemo_sdk.exceptions import APIError, NemoError, Next

__all__ = ["WrongUsage", "WrongValue", "facts_of", "words_of"]

_IN_A_SHELL: Final[dict[Next, str]] = {
    "call_again": "Try it again: that is never charged.",
    "wait": "Try again {when}.",
    "resume": "",
    "keep_waiting": "It goes on in the service.",
    "render_again": "Rendering again is free.",
    "save_again": "The film is still there, and saving it again is free.",
    "send_message": "Send a message that makes something first: nemo-sdk edit.",
    "answer": "",
    "new_session": "'nemo-sdk edit new' and 'nemo-sdk upload new' make one.",
    "open_client": "",
    "change_request": "",
    "change_file": "Convert, compress or trim it first.",
    "top_up": "Top up the account: {web}",
    "register": "Register to get more credits, and exports: {error.register_url}",
    "subscribe": "A subscription unlocks exports; credits do not.",
    "check_token": (
        "Check the variable NEMO_TOKEN, or unset it to use an anonymous account: "
        "a session belongs to the account that made it."
    ),
    "check_network": "See that the variable NEMO_API_URL is right, and check the network.",
    "check_proxy": "Set ALL_PROXY, HTTP_PROXY, HTTPS_PROXY and NO_PROXY right.",
    "check_certificates": "Name a file with your network's certificates in SSL_CERT_FILE.",
    "fewer_at_once": "Raise the limit of open files (ulimit -n), or do less at once.",
}
"""What to do about an error; how to go on with what was begun is told by the command."""

_STOPS = (".", "!", "?", "…", "。", "\uff01", "\uff1f")


class WrongUsage(Exception):  # noqa: N818 - it names what people did
    """A command line that cannot be understood."""


class WrongValue(WrongUsage, ValueError):  # noqa: N818 - as above
    """An option's value that cannot be; a mistake in a line of a conversation, too."""


def words_of(error: BaseException) -> str:
    """Return an error's text as one line, and what a person at a shell can do."""
    if isinstance(error, NemoError):
        words = f"{_sentence(error.for_people or type(error).__name__)} {_advice(error)}"
    elif isinstance(error, OSError) and error.filename and error.strerror:
        words = f"{os.fsdecode(error.filename)}: {error.strerror}"  # without the error's number
    else:
        words = str(error) or type(error).__name__
    return _sentence(" ".join(words.split()))


def facts_of(error: BaseException) -> dict[str, Any]:
    """Return what a script can decide by."""
    usage = isinstance(error, WrongUsage)
    facts: dict[str, Any] = {"kind": "usage" if usage else type(error).__name__}
    if isinstance(error, APIError):
        facts |= {"code": error.code, "status": error.status}
    if isinstance(error, NemoError):
        facts |= {"charged": error.charged, "next": error.next}
    for name in ("register_url", "retry_after", "render_id"):
        if (value := getattr(error, name, None)) is not None:
            facts[name] = value
    return facts


def _advice(error: NemoError) -> str:
    return _IN_A_SHELL[error.next].format(
        error=error, when=getattr(error, "when", "later"), web=NemoClient().web_url
    )


def _sentence(words: str) -> str:
    """End a sentence, unless with what is to be copied without a full stop."""
    copied = "://" in words.rpartition(" ")[2]
    return words if not words or copied or words.endswith(_STOPS) else f"{words}."
