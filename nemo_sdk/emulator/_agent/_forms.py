"""Ways to say a sentence of the table in other words: verbs that stand apart, wishes as facts."""

import re
from collections.abc import Iterator

_APART = "bring|chop|crank|cut|leave|lop|shave|shut|slow|speed|switch|take|throw|trim|turn"
_PARTICLE = "off|out|up|down|away"
_SHALL = "to|should|shall|must|needs to|has to|can|could"
_ONLY = "(?:(?:only|just) )?"
_DOES = (
    "start|begin|stop|end|last|play|appear|come in|kick in|run|disappear|vanish|say|read|show up"
    "|show|pop up|loop|fade out|fade in"
)
_SEEMS = "look|sound|seem|feel|play|run"
_TOO = "(?:(?:far|way|much|a bit|a little|a tad|a touch) )?too|way|a bit|a little"
_FORMS = tuple(
    (re.compile(pattern, re.IGNORECASE), form)
    for pattern, form in (
        (r"(?:snip|lop|slice|chop|crop|hack) (.+)", r"cut \1"),
        (r"(?:ditch|scrap|discard|omit|axe|skip|nix|erase|bin|clear) (.+)", r"remove \1"),
        (r"(?:stick|slap|tack|throw|pop|shove|place|bring|have) (.+)", r"put \1"),
        (r"(?:have|get|give me|turn|keep|render) (.+)", r"make \1"),
        (
            r"(.+) (?:on|onto|in|into|to) the (very )?(start|beginning|front|end|back)",
            r"\1 at the \3",
        ),
        # take the last second off → take off the last second
        (rf"({_APART}) (?!(?:{_PARTICLE})\b)(.+?) ({_PARTICLE})\b(.*)", r"\1 \3 \2\4"),
        # fade the city out → fade out the city
        (r"(fade) (?!(?:in|out|to|from)\b)(.+?) (in|out)\b(?! and\b)(.*)", r"\1 \3 \2\4"),
        # let the city fade out, the city should fade out → fade out the city
        (rf"(?:(?:let|have|make) )?(.+?) (?:(?:{_SHALL}) )?(fade) (in|out)\b(.*)", r"\2 \3 \1\4"),
        # the boat should be the first one, let the boat come first → put the boat first
        (rf"(?:let )?(.+?) (?:{_SHALL}) be (?:the )?(first|last)(?: one| clip)?", r"put \1 \2"),
        (
            rf"(?:let |have |can |could )?(.+?) (?:(?:{_SHALL}) )?(?:comes?|go|goes|stand) (.+)",
            r"put \1 \2",
        ),
        # the boat should be gone, the rest goes → remove the boat, remove the rest
        (
            rf"(.+?) (?:(?:{_SHALL}) (?:be (?:gone|out)|go|go away|disappear)|goes(?: away)?)",
            r"remove \1",
        ),
        # it should be square, can it be square → make it square
        (rf"(?:can |could )?(.+?) (?:(?:{_SHALL}) )?{_ONLY}be (?!gone\b)(.+)", r"make \1 \2"),
        (r"(?:can|could) (.+?) (?:go|run|play) (.+)", r"make \1 \2"),
        (r"(?:should|must) (?:be|say|read) (.+)", r"make it \1"),
        # the music should stop at 0:08, let the music stop at 0:08 → stop the music at 0:08
        (rf"(?:let |make |have )?(.+?) (?:(?:{_SHALL}) )?{_ONLY}({_DOES}) (.+)", r"\2 \1 \3"),
        # the title should stay for two seconds → keep the title for two seconds
        (rf"(.+?) (?:{_SHALL}) (?:stay|remain)(?: on screen)? (.+)", r"keep \1 \2"),
        # the beach's volume → the volume of the beach
        (r"(.*?)(\b(?:the |my )?[^\s']+)'s (volume|speed|sound|audio)\b(.*)", r"\1the \3 of \2\4"),
        (
            r"(.*?)(\b(?:the|my) (?:[^\s']+ )?[^\s']+)'s (length|duration|speed)(.*)",
            r"\1the \3 of \2\4",
        ),
        # the music's way too loud, the music is a bit loud → the music is too loud
        (
            rf"(.+?)(?:'s| is| are| (?:{_SEEMS})s?)(?: just| still)* (?:{_TOO}) (\w+)",
            r"\1 is too \2",
        ),
        (r"(?:i |we )?(?:only|just) (?:want|need)(?: to (?:hear|see|keep|have))? (.+)", r"only \1"),
        (r"(?:i|we) (?:don't|do not) (?:want|need)(?: to (?:see|hear))? (.+)", r"remove \1"),
        # if it was only 8 seconds long → make it 8 seconds long
        (rf"(.+?) (?:was|were) {_ONLY}(.+)", r"make \1 \2"),
        (r"(.+) (?:written|shown|displayed) (.+)", r"put \1 \2"),
        (r"(.+) only", r"only \1"),
    )
)


def forms_of(text: str) -> Iterator[str]:
    """Yield a clause as it was said, then what else it is called in the table."""
    yield text
    for pattern, form in _FORMS:
        if found := pattern.fullmatch(text):
            yield found.expand(form)
