"""Phrases made into patterns, when they are first used: an import must not pay for it."""

import re

from . import _chinese, _chinese_interface, _english, _english_interface

CHINESE_CHARACTER = "[\u4e00-\u9fff]"
QUOTED = (
    '"[^"\n]{1,200}"|\u201c[^\u201d\n]{1,200}\u201d|\u300c[^\u300d\n]{1,200}\u300d'
    "|\u300e[^\u300f\n]{1,200}\u300f|\u300a[^\u300b\n]{1,200}\u300b"
)

_REQUESTS = (_english, _chinese)
_INTERFACES = (_english_interface.INTERFACE, _chinese_interface.INTERFACE)


def compile_requests(*, chinese: bool, has_files: bool) -> dict[str, re.Pattern[str]]:
    """Return a pattern for each intent in one language, and ``"filler"`` for mere politeness.

    Spaces are left out of the patterns, to be matched against words without any: Chinese has
    none, and an optional English word then needs no optional space.
    """
    language = _REQUESTS[chinese]
    phrases = dict(language.REQUESTS)
    attachment = phrases.pop("attachment")
    if has_files:
        phrases["upload"] += f"|{attachment}"
    return {
        intent: re.compile(
            _expanded(f"<opener>{{0,5}}(?:{phrase})<closer>{{0,3}}", language.REQUEST_WORDS),
            re.VERBOSE,
        )
        for intent, phrase in phrases.items()
    }


def compile_interface(name: str) -> re.Pattern[str]:
    """Return the pattern of one entry of `INTERFACE`, in all languages that have it."""
    phrases = [
        _expanded(interface[name], interface) for interface in _INTERFACES if name in interface
    ]
    return re.compile(f"(?:{'|'.join(f'(?:{phrase})' for phrase in phrases)})", re.IGNORECASE)


def compile_verbs(names: tuple[str, ...]) -> re.Pattern[str]:
    """Return the pattern of entries of `INTERFACE` that may follow an opener.

    Its last group is called like the entry that is found, with a number behind it.
    """
    phrases = []
    for number, interface in enumerate(_INTERFACES):
        verbs = (f"(?P<{name}{number}>{interface[name]})" for name in names)
        phrases.append(_expanded(f"<opener>(?:{'|'.join(verbs)})", interface))
    return re.compile("|".join(phrases), re.IGNORECASE)


def _expanded(phrase: str, words: dict[str, str]) -> str:
    """Return a phrase on one line, with its <words> put in."""
    while re.search(_WORD, phrase):
        phrase = re.sub(_WORD, lambda found: f"(?:{words[found[1]]})", phrase)
        phrase = re.sub(r"\s*\n\s*", "", phrase)
    return re.sub(r"\s*\n\s*", "", phrase)


# "(?P<kept>" names a group.
_WORD = "(?<!P)<([a-z]+)>"
