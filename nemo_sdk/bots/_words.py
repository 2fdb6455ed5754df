"""What the bot says, a table a language: others add theirs, or change what they do not like."""

import re
from collections import ChainMap
from collections.abc import Mapping
from typing import Any, Final

from nemo_sdk import NemoError

from ._chinese import CHINESE

__all__ = ["COMMANDS", "WORDS", "Words", "bar", "in_language", "of_error", "of_progress"]

Words = Mapping[str, Mapping[str, str]]
"""For each language, such as "en", what is said under each name.

What a language does not have is said in English. `WORDS` shows the names; an error is looked up
by the name of its class and its `next`, then by that of the class, then of the next class above
it. A line on the progress of a film has its English words as its name, with {} for numbers.
"""

COMMANDS: Final[Mapping[str, str]] = {
    "film": "Make a new film (about 100 credits)",
    "export": "Get the film as it is now (free)",
    "status": "See what is in the film",
    "credits": "See how many credits are left",
    "cancel": "End what the bot is doing here",
    "new": "Put this film aside and begin another",
}
"""What the bot does when it is told so, each by its name without the slash: for menus."""
_ENGLISH: Final = {
    "help": (
        "Say what you want to see, and a film of it comes into this chat. Send pictures, clips "
        "and music along, and say what to change until it is right.\n\n"
        + "\n".join(f"/{name}: {about}" for name, about in COMMANDS.items())
    ),
    "moment": "One moment…",
    "queued": "{count} before this one.",
    "busy": "I have {count} things to do for you already. Wait for one, or /cancel.",
    "limit": "That was all for today. Ask again tomorrow.",
    "not_allowed": "You are not on the list of those who may ask me for films.",
    "restarted": "I was restarted, and go on with “{words}”.",
    "restarted_without_words": "I was restarted, and go on.",
    "send_again": "I was restarted before I had your files. Send them again.",
    "not_fetched": "I do not get your file from here. Send it again.",
    "failed": "This did not work.",
    "cancelled": "Cancelled.",
    "all_cancelled": (
        "Cancelled. What the agent had begun is charged; “export” sends what there is of it."
    ),
    "nothing_to_cancel": "There is nothing to cancel.",
    "new": "A new beginning. What do you want to see?",
    "no_prompt": "What do you want to see? Say it behind the command: /film a fox in the snow",
    "no_file": "There is no file to upload: send one along, or say its address.",
    "no_such_format": "A film is exported as one of {formats}: say which.",
    "nothing_yet": "There is nothing in the film yet. Say what you want to see.",
    "uploaded": "I have {names}. What shall I do with it?",
    "your_file": "your file",
    "credits": "{available:g} credits are left.",
    "credits_reserved": (
        "{available:g} credits are left, and {frozen:g} are reserved for work in progress."
    ),
    "done": "Done.",
    "link": "This chat does not take the film. It is here for some time: {url}",
    "no_link": "This chat does not take the film. Say “export” to try again for free.",
    "InsufficientCreditsError": "There are no credits left. Top up in the web app.",
    "InsufficientCreditsError register": (
        "There are no credits left. Register to get more: {register_url}"
    ),
    "ExportBlockedError": (
        "The plan does not allow exports. A subscription does, more credits do not."
    ),
    "ExportBlockedError register": "To get films, register: {register_url}",
    "AuthenticationError": "The service does not let me in. Tell whoever runs this bot.",
    "UnsupportedFileTypeError": "I cannot use this kind of file. I can use {accepted}.",
    "FileTooLargeError": "This file is too large. Compress or trim it first.",
    "RateLimitError": "That was too much at once. Try again {when}.",
    "SessionNotFoundError": "This film is gone from the service. Say what you want to see.",
    "OutcomeUnknownError": "The answer was lost. Say “status” later, before you ask again.",
    "NothingToExportError": "There is nothing in the film yet. Say what you want to see.",
    "TurnError": "The agent failed. Say “status” to see what it did, or ask differently.",
    "RenderError": "The film could not be rendered. Say “export” to try again for free.",
    "DownloadError": "The film did not come through. Say “export” to try again for free.",
    "NemoError": "The service does not answer well just now. Try again later.",
    "ValueError": "That did not work: {error}",
    "Exception": "Something went wrong on my side. Say “status” to see where the film stands.",
}
WORDS: Words = {"en": _ENGLISH, "zh": CHINESE}
"""What the bot says in English and in Chinese."""

_STAGES = {
    "session": "Opening a session",
    "upload": "Uploading the files",
    "message": "The agent is at work",
    "render": "Rendering",
    "done": "The video is ready",
}


def in_language(words: Words, language: str) -> Mapping[str, str]:
    """Return what is said in a language, such as "zh-CN", and in English where that has nothing."""
    own = words.get(language) or words.get(re.split("[-_]", language)[0]) or {}
    return ChainMap(dict(own), dict(words.get("en", {})), _ENGLISH)


def of_error(words: Mapping[str, str], error: BaseException) -> str:
    """Return what to tell people of an error, in one message."""
    kinds = [kind.__name__ for kind in type(error).__mro__]
    facts: dict[str, Any] = {
        "error": error.for_people if isinstance(error, NemoError) else error,
        "accepted": ", ".join(getattr(error, "accepted", ())) or "mp4, jpg, png, mp3",
        "register_url": getattr(error, "register_url", None),
        "when": getattr(error, "when", "later"),
    }
    todo = getattr(error, "next", "")
    names = (name for kind in kinds for name in (f"{kind} {todo}", kind))
    found = next((name for name in names if name in words), "Exception")
    return words[found].format(**facts)


def of_progress(words: Mapping[str, str], message: str, stage: str) -> str:
    """Return a line on how far something is; without words of its own, that of its stage."""
    name = re.sub(r"\d+", "{}", message.rstrip("…"))
    for known in (name, _STAGES.get(stage, "")):
        if known in words:
            return words[known].format(*re.findall(r"\d+", message))
    return message or _STAGES.get(stage, "")


def bar(fraction: float) -> str:
    """Return how far something is as people see it at a glance."""
    return f"{'▓' * round(10 * fraction):░<10} {fraction:.0%}"
