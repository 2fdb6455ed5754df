"""What the agent's tools do, in words that are for people."""

import re
from functools import lru_cache
from typing import Final

__all__ = ["AT_WORK", "doing"]

AT_WORK: Final = "The agent is at work"
_MOST_READ: Final = 100

# What a tool's name has in it, the first that fits: names are the service's own and may change.
_DOING: Final = {
    r"ask|confirm|input|question": "Asking you something",
    r"credit|balance|account": "Looking at the account",
    r"analy|inspect|detect|understand|watch": "Looking at the material",
    r"search|find|fetch|browse": "Looking for material",
    r"music|bgm|song|soundtrack|score": "Adding music",
    r"voice|narrat|speech|tts|dub": "Adding a voice",
    r"subtitle|caption|transcri|lyric": "Adding captions",
    r"audio|sound|sfx|volume|mute|fade": "Working on the sound",
    r"title|text|font|watermark|logo|sticker": "Adding the title",
    r"transition|effect|filter|color|colour|grade|speed|motion|animat": "Adding effects",
    r"crop|resize|ratio|canvas|rotate|scale": "Fitting the picture",
    r"trim|cut|split|remove|delete|shorten": "Cutting",
    r"reorder|move|arrange|merge|concat|join|duplicate": "Arranging the clips",
    r"image|picture|photo|draw": "Making pictures",
    r"generat|create|make|text2video|t2v|i2v|clip|video": "Making the clip",
    r"export|render|encode": "Rendering",
    r"download|upload|import|load|read|get|list": "Fetching material",
    r"look|check": "Looking at the material",
    r"plan|think|script|story|outline|prompt": "Planning",
    r"timeline|draft|track|edit|update|set|change|apply|add": "Working on the timeline",
}

# What "Adding" is called where the name says that something is taken away, or made otherwise.
_OTHERWISE: Final = {
    r"remove|delete|clear|strip": "Removing",
    r"update|change|edit|adjust|replace|modify|move": "Changing",
}


@lru_cache(maxsize=256)
def doing(tool: str) -> str:
    r"""Return what the agent does when it calls a tool, in words that are for people.

    Args:
        tool: The tool's name, such as ``"add_background_music"``.

    Returns:
        A line such as ``"Adding music\u2026"``; never the name itself.
    """
    name = re.sub(r"([a-z])([A-Z])", r"\1_\2", tool[:_MOST_READ]).lower()
    words = _said(_DOING, name) or AT_WORK
    if otherwise := _said(_OTHERWISE, name):
        words = words.replace("Adding", otherwise)
    return f"{words}\u2026"


def _said(table: dict[str, str], name: str) -> str:
    found = (say for part, say in table.items() if re.search(rf"(?:^|[^a-z])(?:{part})", name))
    return next(found, "")
