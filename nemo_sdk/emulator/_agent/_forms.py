"""Ways to say a sentence of the table in other words: verbs that stand apart, wishes as facts."""

import re
from collections.abc import Iterator

_APART = (
    "bring|chop|crank|cut|leave|lop|shave|shut|slow|speed|switch|take|throw|trim|turn",
    "off|out|up|down|away",
)
_FORMS = tuple(
    (re.compile(pattern, re.IGNORECASE), form)
    for pattern, form in (
        # take the last second off → take off the last second
        (rf"({_APART[0]}) (?!(?:{_APART[1]})\b)(.+?) ({_APART[1]})\b(.*)", r"\1 \3 \2\4"),
        # let the city fade out → fade out the city
        (r"(fade) (?!(?:in|out|to|from)\b)(.+?) (in|out)\b(?! and\b)(.*)", r"\1 \3 \2\4"),
        (r"(?:let|have) (.+?) (fade) (in|out)\b(.*)", r"\2 \3 \1\4"),
        # it should be square → make it square
        (r"(.+?) (?:to|should|must|needs to|has to) be (.+)", r"make \1 \2"),
        # the boat should come first → put the boat first
        (r"(.+?) (?:should|must|needs to|has to) (?:come|go|stand|be) (.+)", r"put \1 \2"),
        # the title should stay for two seconds → keep the title for two seconds
        (r"(.+?) (?:should|must) (?:only )?(?:stay|stand|remain)(?: on screen)? (.+)", r"keep \1 \2"),
        # the beach's volume → the volume of the beach
        (r"(.*?)(\b(?:the |my )?[^\s']+)'s (volume|speed|sound|audio)\b(.*)", r"\1the \3 of \2\4"),
    )
)


def forms_of(text: str) -> Iterator[str]:
    """Yield a clause as it was said, then what else it is called in the table."""
    yield text
    for pattern, form in _FORMS:
        if found := pattern.fullmatch(text):
            yield found.expand(form)
