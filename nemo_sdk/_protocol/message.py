"""What can be sent as a message: checked before anything is sent, as sending it is charged."""

import unicodedata

__all__ = ["check_text", "is_blank"]

_UNSEEN = {"Cc", "Cf", "Mn", "Me", "Zs", "Zl", "Zp"}
"""Control characters, marks without width, accents without a letter, and white space."""
_BLANKS = {"\u115f", "\u1160", "\u2800", "\u3164", "\uffa0", "\ufffe"}
"""Letters and signs that are drawn as nothing, and a byte order mark read the wrong way round."""


def is_blank(text: str) -> bool:
    """Whether a text has nothing that anybody can see."""
    return all(one in _BLANKS or unicodedata.category(one) in _UNSEEN for one in text)


def check_text(text: object, what: str = "message") -> str:
    """Return a text that can be sent.

    Args:
        text: What was given.
        what: What it is, for the sentence.

    Raises:
        TypeError: It is no text.
        ValueError: It is empty, or holds what was no text where it was read.
    """
    if not isinstance(text, str):
        raise TypeError(f"A {what} must be a text, not {type(text).__name__}.")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"The {what} holds half a character (U+{ord(text[error.start]):04X} at position "
            f"{error.start}): it was read in a wrong encoding, or cut inside a character."
        ) from None
    if is_blank(text):
        raise ValueError(f"The {what} is empty: say what the video should show.")
    return text
