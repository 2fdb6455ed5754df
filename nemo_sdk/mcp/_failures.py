"""Errors, as an agent reads them: what happened, and which tool to call next."""

from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel, Field

from nemo_sdk.exceptions import Charged, NemoError

__all__ = ["EXPECTED", "Failure", "NoAccountError", "TakesLongerError", "failure_of"]

EXPECTED: Final = (NemoError, OSError, ValueError, TypeError, LookupError, RuntimeError)
"""What is told in its own words; anything else is a fault of the server, whose words stay here."""

_AGAIN = (
    "Call the same tool again with the same arguments: it goes on from where it stopped, and "
    "nothing is charged twice."
)
_PERSON = "Tell the person: "
_WAYS_ON: Final[Mapping[str, str]] = {
    "call_again": _AGAIN,
    "wait": "Wait{seconds}, then call the same tool again with the same arguments.",
    "resume": _AGAIN,
    "keep_waiting": _AGAIN,
    "render_again": "Call export_film with the session: to render is free.",
    "save_again": _AGAIN,
    "send_message": "Call edit_film with the session and words that make something.",
    "answer": "Ask the person, then call edit_film with the session and their answer.",
    "new_session": "The session is lost: call make_film, or upload_media without a session.",
    "open_client": "The server was closed: start it again.",
    "change_request": "Change the arguments: the same would be refused again.",
    "change_file": "The file has to be converted, compressed or trimmed first.",
    "top_up": _PERSON + "the account needs credits.",
    "register": _PERSON + "they can register, here: {register_url}",
    "subscribe": _PERSON + "their plan does not allow it; a subscription does.",
    "check_token": _PERSON + "NEMO_TOKEN has to be set right where the host starts this server.",
    "check_network": _PERSON + "the service cannot be reached; see the network and NEMO_API_URL.",
    "check_proxy": _PERSON + "the variables that name a proxy have to be mended.",
    "check_certificates": _PERSON + "SSL_CERT_FILE has to name their network's certificates.",
    "fewer_at_once": "Call again when fewer films are being made.",
}


class NoAccountError(ValueError):
    """The person has not named who pays."""

    next = "check_token"


class TakesLongerError(ValueError):
    """There is nothing to tell yet, within the time that a host waits."""

    next = "call_again"

    def __init__(self, seconds: float, charged: Charged) -> None:
        super().__init__(f"There is no answer after {seconds:g} seconds.")
        self.charged = charged


class Failure(BaseModel):
    """What went wrong."""

    kind: str = Field(description="The kind of the error.")
    message: str = Field(description="What happened.")
    next: str = Field(description="What to do about it, as one word.")
    advice: str = Field(description="What to do about it, as a sentence.")
    charged: str = Field(description="Whether credits were taken: yes, no or maybe.")


def failure_of(error: BaseException) -> Failure:
    """Return an error as agents read it."""
    way_on = getattr(error, "next", "change_request")
    wait = getattr(error, "retry_after", None)
    advice = _WAYS_ON[way_on].format(
        register_url=getattr(error, "register_url", ""),
        seconds="" if wait is None else f" {wait:.0f} seconds",
    )
    return Failure(
        kind=type(error).__name__,
        message=getattr(error, "what_happened", "") or _words(error),
        next=way_on,
        advice=advice,
        charged=getattr(error, "charged", "no"),
    )


def _words(error: BaseException) -> str:
    if isinstance(error, LookupError):
        return str(error.args[0]) if error.args else type(error).__name__
    return str(error) or type(error).__name__
