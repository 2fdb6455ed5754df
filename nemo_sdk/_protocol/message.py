"""What can be sent as a message: checked before anything is sent, as sending it is charged."""

import codecs
import unicodedata

__all__ = ["check_text", "decode_prompt", "is_blank", "words_of"]

_MARKS = {  # that of UTF-16 is also the beginning of that of UTF-32
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}

_UNSEEN = {"Cc", "Cf", "Mn", "Me", "Zs", "Zl", "Zp"}
"""Control characters, marks without width, accents without a letter, and white space."""
_BLANKS = {"\u115f", "\u1160", "\u2800", "\u3164", "\uffa0", "\ufffe"}
"""Letters and signs that are drawn as nothing, and a byte order mark read the wrong way round."""


def is_blank(text: str) -> bool:
    """Whether a text has nothing that anybody can see."""
    return all(one in _BLANKS or unicodedata.category(one) in _UNSEEN for one in text)


def check_text(text: object) -> str:
    """Return a text that can be sent.

    Raises:
        TypeError: It is no text.
        ValueError: It is empty, or holds what was no text where it was read.
    """
    if not isinstance(text, str):
        raise TypeError(f"A message must be a text, not {type(text).__name__}.")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"The message holds half a character (U+{ord(text[error.start]):04X} at position "
            f"{error.start}): it was read in a wrong encoding, or cut inside a character."
        ) from None
    if is_blank(text):
        raise ValueError("The message is empty: say what the video should show.")
    return text


def words_of(text: object) -> str:
    """Return what a person says, which may be nothing, without white space round it.

    Raises:
        TypeError, ValueError: As `check_text`, but for nothing.
    """
    is_nothing = isinstance(text, str) and is_blank(text)
    return "" if is_nothing else check_text(text).strip()


def decode_prompt(content: bytes) -> str:
    """Return the prompt that a file or standard input holds.

    Args:
        content: UTF-8, or what its byte order mark says: UTF-16, as Windows writes it, or UTF-32.

    Returns:
        A text that `generate` takes, without the mark, its lines ended as in Python.

    Raises:
        ValueError: It is no text, or an empty one: to be told before it is paid for.
    """
    try:
        text = content.decode(_encoding_of(content))
    except UnicodeDecodeError as error:
        raise ValueError(
            f"The message is no text in UTF-8 (byte {error.object[error.start]:#04x} at position "
            f"{error.start}): save it as UTF-8, or as UTF-16 with a byte order mark."
        ) from None
    if "\0" in text:
        raise ValueError("The message holds zero bytes and is no text: save it as UTF-8.")
    return check_text(text.replace("\r\n", "\n"))


def _encoding_of(beginning: bytes) -> str:
    """Return the encoding that the first four bytes of a text tell; UTF-8 where they do not."""
    found = (encoding for mark, encoding in _MARKS.items() if beginning.startswith(mark))
    return next(found, "utf-8-sig")
