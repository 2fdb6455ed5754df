"""What the library says to programmers, in the words of the command line."""

import ast
from pathlib import Path

import pytest

import nemo_sdk
from nemo_sdk import exceptions
from nemo_sdk._cli.shell_words import PHRASES, words_of
from nemo_sdk.exceptions import InsufficientCreditsError, NemoError, RateLimitError

PYTHON = ("client.", "session.", "error.", "()", "token=", "base_url", "NemoClient", "files=")
KINDS = [
    kind
    for kind in vars(exceptions).values()
    if isinstance(kind, type) and issubclass(kind, NemoError)
]


@pytest.mark.parametrize("kind", KINDS)
def test_no_error_speaks_python(kind: type[NemoError]) -> None:
    """No advice names a method to people who are at a shell."""
    words = words_of(kind("It broke"))
    assert words.startswith("It broke.")
    assert [piece for piece in PYTHON if piece in words] == []


def test_phrases_are_the_librarys() -> None:
    """A sentence of the library that changes is noticed here."""
    said = "\n".join(
        node.value
        for file in Path(nemo_sdk.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    assert [phrase for phrase, _ in PHRASES if phrase not in said] == []


def test_a_step_of_this_error_alone_stays() -> None:
    """What the library found out about one error is told, not what holds for its kind."""
    error = exceptions.AuthenticationError("Invalid token")
    error.advice = "Not lost: client.resume(generation.checkpoint) goes on."
    assert words_of(error) == "Invalid token. Not lost: 'nemo-sdk resume' goes on."


def test_what_is_to_be_copied_has_no_stop_at_its_end() -> None:
    """An address is clicked as it stands."""
    error = InsufficientCreditsError("No credits")
    error.register_url = "https://w.eb/register?bind=1"
    assert words_of(error).endswith("bind=1")
    assert words_of(RateLimitError("Too many")) == "Too many. Try again later."
    assert words_of(OSError("no space left")) == "no space left."
    assert words_of(KeyError()) == "KeyError."
