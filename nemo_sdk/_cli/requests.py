"""What a line of a conversation asks for: something that is free, or else a message."""

import os
import re
import shlex

from attrs import frozen

from nemo_sdk import classify_request
from nemo_sdk.models import Quality

from .options import FORMATS

__all__ = ["HELP", "Request", "request_of"]

HELP = """\
These cost nothing:
  export [FILE]     save the film, as fox.webm for example
  upload FILE ...   upload files; quotes go round a name with spaces
  status            show the timeline
  credits           show what the account can spend
  help, quit        show this; end the conversation, as Ctrl-D does
All else is a message to the agent: about 100 credits where it makes a film, 50 where it edits.\
"""

_WHOLE = {
    **dict.fromkeys(("help", "/help", "?", "/?"), "help"),
    **dict.fromkeys(("exit", "quit", "bye", "/exit", "/quit", "/bye", ":q", "/q"), "quit"),
}
_UPLOAD = re.compile(r"(?:/?upload|上传)(?:\s+(.*))?", re.IGNORECASE | re.DOTALL)
_ENDING = r"[\w)]\.\w{2,5}['\"]?$"
_EXPORT = re.compile(r"/?export\s+(.*)", re.IGNORECASE | re.DOTALL)
_BETWEEN = {"as", "to", "in", "into", "it", "the", "film", "video"}
_LONGEST_COMMAND = 10_000
_COMMAND = re.compile(r"/\w*(\s.*)?", re.DOTALL)


@frozen
class Request:
    """What a line asks for.

    Attributes:
        kind: help, quit, upload, export, state, credits, unknown (a command that there is not),
            or message.
        words: What the command was given: files; or the formats and names of an export.
        quality: The quality of an export.
    """

    kind: str
    words: tuple[str, ...] = ()
    quality: Quality = "high"


def request_of(line: str) -> Request:
    """Return what a line asks for.

    Raises:
        ValueError: A quote of an upload's names has no end; or a film is not exported like that.
    """
    if kind := _WHOLE.get(line[:10].lower()):
        return Request(kind)
    asked = classify_request(line)
    if asked.urls:
        return Request("upload", asked.urls)
    short = len(line) <= _LONGEST_COMMAND
    if short and (found := _UPLOAD.fullmatch(line)) and _names_files(line, told := found[1] or ""):
        return Request("upload", _files(told))
    if short and (found := _EXPORT.fullmatch(line)) and (words := _output(found[1])):
        return Request("export", words)
    if asked.refusal:
        raise ValueError(asked.refusal)
    if asked.intent == "message" and _COMMAND.fullmatch(line):
        return Request("unknown")
    named = (asked.format,) if asked.format else ()
    return Request(asked.intent, named, asked.quality or "high")


def _names_files(line: str, told: str) -> bool:
    """Whether an upload is told files; a wish, as "upload it to youtube and thank all", is none."""
    words = told.split()
    ends_as_one = len(words) < 2 or bool(re.search(_ENDING, words[-1]))
    return line.startswith("/") or ends_as_one or all(map(os.path.exists, words))


def _files(told: str) -> tuple[str, ...]:
    whole = os.path.isfile(os.path.expanduser(told))  # noqa: PTH111, PTH113 - they never raise
    return (told,) if whole else tuple(shlex.split(told))


def _output(told: str) -> tuple[str, ...]:
    """Return the formats and names that an export is told, or nothing if it is told more."""
    try:
        words = [word for word in shlex.split(told) if word.lower() not in _BETWEEN]
    except ValueError:
        return ()
    formats = (word.lower().rpartition(".")[2] for word in words)
    return tuple(words) if all(one in FORMATS for one in formats) else ()
