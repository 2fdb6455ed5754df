"""What shells do with words before they ask for completions."""

import os

__all__ = ["join_words"]


def join_words() -> None:
    """Undo that bash makes three words of '--format=m': Typer knows the two of '--format m'."""
    words = os.environ.get("COMP_WORDS", "").split("\n")
    at = os.environ.get("COMP_CWORD", "")
    if at.isdecimal():
        before = [word for word in words[: int(at)] if word != "="]
        os.environ["COMP_WORDS"] = "\n".join([*before, *words[int(at) :]])
        os.environ["COMP_CWORD"] = str(len(before))
