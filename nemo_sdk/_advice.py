"""What to do after an error: a word for programs, and its sentence for who writes Python.

The command line has a table of its own, in words for a shell.
"""

import re
from typing import Any, Final, Literal

from ._text import one_line
from .models import Checkpoint

__all__ = ["LONGEST_WORDS", "Advised", "Charged", "Next", "when"]

LONGEST_WORDS: Final = 1000
"""Characters of what happened: the service's words may be in it, and have no end."""

Charged = Literal["no", "yes", "maybe"]
"""Whether a message was charged."""

Next = Literal[
    "call_again",
    "wait",
    "resume",
    "keep_waiting",
    "render_again",
    "save_again",
    "send_message",
    "answer",
    "new_session",
    "open_client",
    "change_request",
    "change_file",
    "top_up",
    "register",
    "subscribe",
    "check_token",
    "check_network",
    "check_proxy",
    "check_certificates",
    "fewer_at_once",
]
"""What to do after an error.

call_again: make the same call again, which is never charged.
wait: make the same call later; a `RateLimitError` says when, in `retry_after`.
resume: give the error's `checkpoint` to `client.resume`, which charges nothing twice.
keep_waiting: wait for the same render again.
render_again: export the session again, which is free.
save_again: save the film again, which is free.
send_message: tell the agent in the session what to make, in other words.
answer: tell the agent in the session the answer to what it asks.
new_session: the session is lost: make another one.
open_client: open the client, or make another one.
change_request: the same call would be refused again.
change_file: the file has to be converted, compressed or trimmed.
top_up: buy credits.
register: an anonymous user registers, at the error's `register_url`.
subscribe: the plan does not allow it, whatever the credits.
check_token: give another token.
check_network: see that the network is there, and that the address is right.
check_proxy: mend or unset the variables that name a proxy.
check_certificates: trust the network's own certificates.
fewer_at_once: open fewer connections, or allow more open files.
"""

_IN_PYTHON: Final[dict[Next, str]] = {
    "call_again": "Calling again is never charged.",
    "wait": "Try again {when}.",
    "resume": "session.state() shows what is there.",
    "keep_waiting": (
        "It goes on in the service: wait again with client.render({error.render_id!r}).wait()."
    ),
    "render_again": "Rendering again is free: {session}.export().",
    "save_again": "Save it again: the film is still there, and downloads are free.",
    "send_message": "Send a message that makes something first: {session}.ask(text).",
    "answer": "Answer it with {session}.send(...).",
    "new_session": "Make a new one with client.create_session() and upload its files again.",
    "open_client": "",
    "change_request": "",
    "change_file": "Convert, compress or trim it first.",
    "top_up": "Top up the account in the web app.",
    "register": "Register to get more credits, and exports{then}: {error.register_url}",
    "subscribe": "A subscription unlocks exports; credits do not.",
    "check_token": (
        "Check the token (the argument token= or the variable NEMO_TOKEN), or leave it out to use "
        "an anonymous one."
    ),
    "check_network": (
        "See that the address (base_url= or NEMO_API_URL) is right, and check the network."
    ),
    "check_proxy": (
        "Set ALL_PROXY, HTTP_PROXY, HTTPS_PROXY and NO_PROXY right, or give a session of your own "
        "(http=)."
    ),
    "check_certificates": (
        "Name a file with your network's certificates in SSL_CERT_FILE, or give a session of your "
        "own that trusts them (http=)."
    ),
    "fewer_at_once": (
        "Raise the limit of open files (ulimit -n), or have fewer connections at once: "
        "NemoClient(max_connections=...)."
    ),
}
_JOINTS: Final[dict[Next, str]] = {"call_again": ": ", "resume": ", and "}
"""What stands between a sentence and the way on."""


_IN_RESUME: Final[set[Next]] = {"call_again", "keep_waiting", "open_client", "render_again", "wait"}
"""What `client.resume` does too, where a message may have been charged."""

_CALL: Final = r"[A-Z]+ /\S*(?: was refused \(\w+\))?: +"
"""The call that an error's text begins with, where it was of one."""


class Advised:
    """What every error says beside what happened: whether it cost anything, and what to do."""

    charged: Charged = "no"
    checkpoint: Checkpoint | None = None
    args: tuple[Any, ...]
    _next: Next = "open_client"

    @property
    def next(self) -> Next:
        """What to do about it, as a word for programs; the words are those of `Next`."""
        if getattr(self, "register_url", None):
            return "register"
        paid = self.checkpoint is not None and self.charged != "no"
        return "resume" if paid and self._next in _IN_RESUME else self._next

    @property
    def what_happened(self) -> str:
        """The first part of the error's text."""
        return one_line(" ".join(map(str, self.args)), LONGEST_WORDS)

    @property
    def for_people(self) -> str:
        """What happened, for people who do not program: without the call that it happened to."""
        words = re.sub(f"^{_CALL}", "", self.what_happened)
        return words[:1].upper() + words[1:]

    @property
    def advice(self) -> str:
        """The second part of the error's text: what to do about it, in Python."""
        known = None if self.checkpoint is None else self.checkpoint.session_id
        session_id = getattr(self, "session_id", None) or known
        valid = " with a valid token" if self.next == "check_token" else ""
        way_on = "" if self.checkpoint is None else _way_on(self.checkpoint, valid)
        sentence = _IN_PYTHON[self.next].format(
            error=self,
            session=f"client.session({session_id!r})" if session_id else "session",
            when=when(getattr(self, "retry_after", None)),
            then=f", then {way_on}" if way_on else "",
        )
        if not sentence or (self.next == "resume" and self.charged == "yes"):
            return f"{way_on}." if way_on else ""
        if way_on and self.next == "new_session":  # what was made in the old one is lost with it
            return sentence if self.charged != "no" else f"{way_on}."
        if not way_on or self.next == "register":  # an address comes last, to be copied
            return sentence
        return f"{sentence.removesuffix('.')}{_JOINTS.get(self.next, '. Then ')}{way_on}."


def when(seconds: float | None) -> str:
    """Return a time to wait in a unit that people count in."""
    if seconds is None:
        return "later"
    for name, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"in {seconds / length:.0f} {name}"
    return f"in {seconds:.0f} seconds"


def _way_on(checkpoint: Checkpoint, how: str) -> str:
    resume = f"client.resume(error.checkpoint){how}"
    if checkpoint.stage == "message":
        return f"{resume} looks for what was made, and sends nothing again"
    if checkpoint.stage == "render":
        return f"{resume} goes on from here, for free"
    if checkpoint.unnamed_files:
        return "client.generate() begins anew, with the files given once more"
    return f"{resume} begins anew"
