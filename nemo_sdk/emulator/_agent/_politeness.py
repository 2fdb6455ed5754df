"""What people put before and behind a wish, and what is left without it."""

import re

_ASKING = r"""
    please|kindly|let's|let me|gimme|give me|maybe|go ahead and
    |(?:can|could) (?:you|we|i)(?: just)?(?: have| get(?= me| us))?
    |(?:would|will) you(?: just)?|(?:you|we) (?:could|should)
    |(?:i|we)(?: really)? (?:want|need)(?: (?:you )?to)?(?: have)?
    |(?:i|we) (?:just|only) (?:want|need) to(?![ ](?:hear|see|keep|have)\b)
    |(?:i|we)(?:'d| would)(?: really)? (?:like|love|prefer|rather)(?: (?:you )?to)?(?: have)?
    |i think|i guess|i was thinking|i was wondering if|(?:it would|it'd) be \w+ if
    |(?:how|what) about|why (?:not|don't (?:you|we))
"""
_GOING_ON = r"""
    oh|well|alright|right|now|then|also|and|ok|okay|hey|hi|hello|yo|so|but|next|finally|lastly
    |actually|after that|one more thing|by the way
    |(?:first|second|third)(?:ly)?(?=,|[ ](?:cut|trim|remove|delete|drop|make|add|mute|move|put)\b)
    |(?:two|three|some) (?:things|changes)(?=[ ]?:)
"""
_REASON = r"""
    (?:no|nope|nah|wait|hold on|sorry)(?=,)|nah|oops|whoops
    |(?:it's|this is|that's) for [\w ]{1,20}?(?=,)
    |i didn't (?:mean|want) (?:that|it)|that(?:'s| was) (?:wrong|not what i \w+)
    |(?:there's|there is|i made) a (?:typo|mistake)(?: in it| in the \w+)?
    |i mis(?:spelled|typed) the \w+
"""
_HAN_BEFORE = (
    "请|帮我|麻烦|能不能|能否|可以|可不可以|我想要?|我要|先|再|然后|并且|并|把|将|给|那就|那|你"
)
_BEHIND = """
    please|for me|for us|now|too|as well|then|instead|thanks|thank you|thanks a lot|ok|okay|for now
    |if possible|if you can|(?:and )?nothing else|that's all|that's it|fix it|fix that|asap
    |real quick|quickly|man|mate|bro|dude|somehow|(?:can|could|would|will) you
"""
_HAN_BEHIND = "吧|吗|一下|好吗|谢谢|可以吗|呗|嘛|啊|呀|哦|就行|就好|就够|就可以"


def _words(block: str) -> str:
    return re.sub(r"\s*\n\s*", "", block)


_BEFORE = re.compile(
    f"(?:(?:{_words(_ASKING)}|{_words(_GOING_ON)}|{_words(_REASON)})[ ,:.!]+|{_HAN_BEFORE})+",
    re.IGNORECASE,
)
_AFTER = re.compile(rf"(?:[ ,]+(?:{_words(_BEHIND)})|{_HAN_BEHIND})+$", re.IGNORECASE)
_MARKS = " \t\n.!?,;:~。\uff0c\uff1f\uff01\uff1b\uff1a、"


def bare(text: str) -> str:
    """Return a clause without marks and politeness at its ends."""
    left, before = text.strip(_MARKS), ""
    while left != before:
        before = left
        found = _BEFORE.match(left)
        left = _AFTER.sub("", left[found.end() :] if found else left).strip(_MARKS)
    return left
