"""What the library says to programmers, in the words of the command line."""

from typing import get_args

import pytest

from nemo_sdk import exceptions
from nemo_sdk._advice import Next
from nemo_sdk._cli.shell_words import words_of
from nemo_sdk.exceptions import (
    APIError,
    InsufficientCreditsError,
    NemoError,
    RateLimitError,
    TransportError,
)
from nemo_sdk.models import Checkpoint

PYTHON = ("client.", "session.", "error.", "()", "token=", "base_url", "NemoClient", "http=")
KINDS = [
    kind
    for kind in vars(exceptions).values()
    if isinstance(kind, type) and issubclass(kind, NemoError)
]


@pytest.mark.parametrize("kind", KINDS)
def test_no_error_speaks_python(kind: type[NemoError]) -> None:
    """No advice names a method to people who are at a shell, whatever can be gone on with."""
    error = kind("It broke")
    error.checkpoint = Checkpoint(stage="render", session_id="7")
    words = words_of(error)
    assert words.startswith("It broke.")
    assert [piece for piece in PYTHON if piece in words] == []


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_people_are_told_of_no_call(method: str) -> None:
    """Neither of one that was refused nor of one without an answer."""
    refused = APIError("No credits left", code=2001, status=200, method=method, path="/run_sse")
    unreached = TransportError(f"{method} /api/state/me/1/latest: h.st cannot be reached.")
    assert (refused.for_people, words_of(refused)) == ("No credits left.", "No credits left.")
    assert words_of(unreached).startswith("H.st cannot be reached.")
    missing = FileNotFoundError(2, "No such file or directory", "holiday.mov")
    assert words_of(missing) == "holiday.mov: No such file or directory."


@pytest.mark.parametrize("word", get_args(Next))
def test_each_thing_to_do_has_words_for_a_shell(word: Next) -> None:
    """Whatever an error says to programs, a person at a shell is told in a shell's words."""
    words = words_of(InsufficientCreditsError("It broke", next=word))
    assert words.startswith("It broke.")
    assert [piece for piece in PYTHON if piece in words] == []


def test_what_is_to_be_copied_has_no_stop_at_its_end() -> None:
    """An address is clicked as it stands."""
    error = InsufficientCreditsError("No credits")
    error.register_url = "https://w.eb/register?bind=1"
    assert words_of(error).endswith("bind=1")
    assert words_of(RateLimitError("Too many")) == "Too many. Try again later."
    assert words_of(OSError("no space left")) == "no space left."
    assert words_of(KeyError()) == "KeyError."
