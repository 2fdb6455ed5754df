"""Ways to say a sentence of the table in other words: verbs that stand apart, wishes as facts."""

import re
from collections.abc import Iterator

_APART = "bring|chop|crank|cut|leave|lop|shave|shut|slow|speed|switch|take|throw|trim|turn"
_PARTICLE = "off|out|up|down|away"
_SHALL = "to|should|shall|must|needs to|has to"
_WHERE = "at|before|after|between|first|last"
_FORMS = tuple(
    (re.compile(pattern, re.IGNORECASE), form)
    for pattern, form in (
        (r"(?:snip|lop|slice|chop) (.+)", r"cut \1"),
        (r"(?:ditch|scrap|discard|omit|axe|skip) (.+)", r"remove \1"),
        # take the last second off → take off the last second
        (rf"({_APART}) (?!(?:{_PARTICLE})\b)(.+?) ({_PARTICLE})\b(.*)", r"\1 \3 \2\4"),
        # fade the city out → fade out the city
        (r"(fade) (?!(?:in|out|to|from)\b)(.+?) (in|out)\b(?! and\b)(.*)", r"\1 \3 \2\4"),
        # let the city fade out, the city should fade out → fade out the city
        (rf"(?:(?:let|have|make) )?(.+?) (?:(?:{_SHALL}) )?(fade) (in|out)\b(.*)", r"\2 \3 \1\4"),
        # the boat should be the first one, let the boat come first → put the boat first
        (rf"(?:let )?(.+?) (?:{_SHALL}) be (?:the )?(first|last)(?: one| clip)?", r"put \1 \2"),
        (rf"(?:let )?(.+?) (?:(?:{_SHALL}) )?(?:come|go|stand) (.+)", r"put \1 \2"),
        (rf"(?:i|we) (?:want|need) (.+?) ({_WHERE})\b(.*)", r"put \1 \2\3"),
        # it should be square, could it be square → make it square
        (rf"(.+?) (?:{_SHALL}) be (.+)", r"make \1 \2"),
        (r"(?:can|could) (.+?) be (.+)", r"make \1 \2"),
        (r"(?:can|could) (?:i|we) have (.+)", r"make \1"),
        # the title should stay for two seconds → keep the title for two seconds
        (rf"(.+?) (?:{_SHALL}) (?:stay|remain)(?: on screen)? (.+)", r"keep \1 \2"),
        # the beach's volume → the volume of the beach
        (r"(.*?)(\b(?:the |my )?[^\s']+)'s (volume|speed|sound|audio)\b(.*)", r"\1the \3 of \2\4"),
        (r"(.+) only", r"only \1"),
    )
)


def forms_of(text: str) -> Iterator[str]:
    """Yield a clause as it was said, then what else it is called in the table."""
    yield text
    for pattern, form in _FORMS:
        if found := pattern.fullmatch(text):
            yield found.expand(form)
