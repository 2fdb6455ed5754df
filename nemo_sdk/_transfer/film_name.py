"""File names made of prompts: for people to read, and safe on every system."""

import re
import unicodedata

from nemo_sdk._paths import is_device_name

__all__ = ["file_name"]

_LONGEST = 120
"""Bytes of a name without its extension: some file systems take 143 in all."""
_FORBIDDEN = re.compile(r'[<>:"/\\|?*%\s]+')
_UNSEEN = {"Cc", "Cf", "Cn", "Co", "Cs"}
_JOINERS = {"\u200c", "\u200d"}
"""Characters that nobody sees, and that words of some scripts and emoji need."""


def file_name(prompt: str) -> str:
    """Return a prompt as a file name without an extension.

    Letters of all scripts stay. What a file system somewhere forbids goes: separators, control
    characters, the names of devices, dots and spaces at the ends, and what is too long.
    """
    seen = "".join(filter(_is_kept, unicodedata.normalize("NFC", prompt[: 4 * _LONGEST])))
    name = _shortened(_FORBIDDEN.sub(" ", seen).strip(" .-~"))
    first, dot, rest = name.partition(".")
    if is_device_name(first.rstrip()):  # whatever follows, Windows takes it for the device
        return f"{first.rstrip()}_{dot}{rest}"
    return name or "film"


def _is_kept(character: str) -> bool:
    return (
        character.isspace()
        or character in _JOINERS
        or unicodedata.category(character) not in _UNSEEN
    )


def _shortened(name: str) -> str:
    """Cut a long name: after a word if one ends near, and never inside a character."""
    if len(name.encode()) <= _LONGEST:
        return name
    cut = name.encode()[:_LONGEST].decode(errors="ignore")
    following = name[len(cut)]
    if following != " ":
        word_end = cut.rfind(" ")
        cut = cut[:word_end] if word_end > len(cut) // 2 else _whole_character(cut, following)
    return cut.rstrip(" .-~")


def _whole_character(cut: str, following: str) -> str:
    """Drop a last letter that lost its accents, or an emoji that lost its rest."""
    while cut and (unicodedata.combining(following) or {following, cut[-1]} & _JOINERS):
        cut, following = cut[:-1], cut[-1]
    return cut
