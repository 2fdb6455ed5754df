"""What a line of a conversation asks for: something that is free, or else a message."""

import re
import shlex
from pathlib import Path

from attrs import frozen

from nemo_sdk._protocol.endpoints import FORMATS
from nemo_sdk._wording import classify_request

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
_EXPORT = re.compile(r"/?export\s+(.*)", re.IGNORECASE | re.DOTALL)
_BETWEEN = {"as", "to", "in", "into", "it", "the", "film", "video"}
_COMMAND = re.compile(r"/\w*(\s.*)?", re.DOTALL)


@frozen
class Request:
    """What a line asks for.

    Attributes:
        kind: help, quit, upload, export, state, credits, unknown (a command that there is not),
            or message.
        words: What the command was given: files; or the formats and names of an export.
    """

    kind: str
    words: tuple[str, ...] = ()


def request_of(line: str) -> Request:
    """Return what a line asks for.

    Raises:
        ValueError: A quote of an upload's names has no end.
    """
    if kind := _WHOLE.get(line.lower()):
        return Request(kind)
    if found := _UPLOAD.fullmatch(line):
        return Request("upload", _files(found[1] or ""))
    if (found := _EXPORT.fullmatch(line)) and (words := _output(found[1])):
        return Request("export", words)
    intent = classify_request(line)
    return Request("unknown" if intent == "message" and _COMMAND.fullmatch(line) else intent)


def _files(told: str) -> tuple[str, ...]:
    whole = Path(told).expanduser()
    return (told,) if told and whole.is_file() else tuple(shlex.split(told))


def _output(told: str) -> tuple[str, ...]:
    """Return the formats and names that an export is told, or nothing if it is told more."""
    try:
        words = [word for word in shlex.split(told) if word.lower() not in _BETWEEN]
    except ValueError:
        return ()
    formats = (word.lower().rpartition(".")[2] for word in words)
    return tuple(words) if all(one in FORMATS for one in formats) else ()
