"""Addresses in what people say."""

import re
from functools import cache
from typing import Final

__all__ = ["ADDRESS", "is_media", "take_addresses"]

ADDRESS: Final = "\ua66e"
"""What stands in a text where an address was: a letter that nobody writes."""

_MEDIA: Final = r"\.(?:mp4|mov|avi|webm|mkv|jpe?g|png|gif|webp|mp3|wav|m4a|aac)"
_SCHEME: Final = "(?:https?|ftps?|sftp|s3|gs|file)://"
_CLOSING: Final = ".,;:!?)]}'*_"


def take_addresses(text: str) -> tuple[str, tuple[str, ...]]:
    """Take the addresses out of a text; `ADDRESS` stands where they were."""
    found: list[str] = []

    def note(match: re.Match[str]) -> str:
        address = match[0].rstrip(_CLOSING)
        found.append(address)
        return f" {ADDRESS} {match[0][len(address) :]}"

    plain = _link().sub(lambda link: f" {link['marked'] or link['slack']} ", text)
    return _address().sub(note, plain), tuple(found)


def is_media(address: str) -> bool:
    """Whether an address names a file of a kind that can be uploaded."""
    return re.search(rf"{_MEDIA}(?:[?#]|$)", address, re.IGNORECASE) is not None


@cache
def _address() -> re.Pattern[str]:
    """Return an address up to a file's ending (Chinese may go on without a space), or in ASCII."""
    plain = r"[!#-;=?-~]"
    named = rf"{_SCHEME}[^\s<>\"\uff0c\u3002\u3001]{{1,2000}}?{_MEDIA}(?!\.?[a-z0-9/%_~+=&-])"
    return re.compile(rf"{named}(?:[?#]{plain}*)?|{_SCHEME}{plain}+", re.IGNORECASE)


@cache
def _link() -> re.Pattern[str]:
    """Return a link with a label of its own, in Markdown or as Slack writes it."""
    address = rf"{_SCHEME}[^\s<>()|]{{1,2000}}"
    return re.compile(
        rf"\[[^\[\]\n]{{0,200}}\]\((?P<marked>{address})\)|<(?P<slack>{address})\|[^<>\n]{{0,200}}>",
        re.IGNORECASE,
    )
