"""What people write into variables and arguments: in quotes, with white space round it."""

import os
import re
import string

__all__ = ["bare", "is_placeholder", "variable"]

_BLANK = string.whitespace + "\u00a0\u3000\u200b\u2060\ufeff"
"""What editors and copying leave at the ends, a byte order mark among it."""
_QUOTES = {"'": "'", '"': '"', "`": "`", "\u2018": "\u2019", "\u201c": "\u201d"}

_WRAPPED = re.compile(
    r"<.*>|\{.*\}|\[.*\]|\(.*\)|%.*%|@.*@|#\{.*|\$.*|__.*__"
    r"|.*(\.{3}|\*{3}|\u2026|\u2022|://|nemo_token).*"
)
"""`<your-token>`, `${NEMO_TOKEN}`, `{{ secrets.NEMO_TOKEN }}`, `op://vault/token`, `nmv_...`"""
_PREFIX = "nmv_usr_"
_WORDS = re.compile(
    r"(put|paste|insert|enter|add|copy|set|replace|change)(with|me|it|this)?"
    r"(your|my|the|a|own|real|actual|nemo|video|api|access|auth|bearer|token|key|secret|here|in)*"
    r"|(your|here)(own|real|actual|nemo|video|api|access|auth|bearer|token|key|secret|goes|here)+"
    r"|(api|access|auth|bearer|token|key)+(goes)?here"
    r"|placeholder|todo|tbd|fixme|none|null|nil|undefined|redacted|hidden|masked"
)


def variable(name: str) -> str:
    """Return what a variable is set to, as `bare` has it; "" where it is not set."""
    return bare(os.environ.get(name, ""))


def bare(text: str) -> str:
    """Return a text without white space round it, and without one pair of quotes."""
    text = text.strip(_BLANK)
    if len(text) > 1 and _QUOTES.get(text[0]) == text[-1]:
        text = text[1:-1].strip(_BLANK)
    return text


def is_placeholder(text: str) -> bool:
    """Whether a text stands where people were to put something of their own."""
    own = text.lower().removeprefix(_PREFIX)
    letters = re.sub(r"[\W_]+", "", own)
    crossed_out = own != "x" and not own.strip("x.?*_#-")
    return bool(crossed_out or _WRAPPED.fullmatch(own) or _WORDS.fullmatch(letters))
