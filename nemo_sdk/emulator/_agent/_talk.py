"""What is said that is no wish: thanks, praise, yes and no, questions; and what asks for a film."""

import re
from typing import Literal

_YES = (
    r"yes|yeah|yep|yup|sure|of course|ok|okay|alright|go ahead|do it|please do"
    r"|是|是的|好|好的|行|可以|对|嗯|没问题"
)
_NO = r"no|nope|no thanks|not now|never ?mind|不|不用|不要|不了|没事|算了"
_PRAISE = (
    r"great|good|nice|perfect|cool|awesome|amazing|lovely|beautiful|fantastic|excellent|wonderful|fine"
    r"|brilliant|super|wow|well done|good job|nice work|love it|like it|great job|not bad"
    r"|做得好|干得好"
)
_SAID = (
    rf"{_YES}|{_NO}|please|hi|hello|hey|help|bye|good (?:morning|evening)|thanks|thank you|thx"
    rf"|(?:so|very|really|just|much|a lot|i|we|you|love|like|it|this|that|for now|is|looks?"
    rf"|sounds|it's|that's|this is|the (?:film|video)|done|enough)|{_PRAISE}"
    r"|[👍👌🙏👏🎉❤😀😊😍]|你好|您好|谢谢|多谢|感谢|帮助|再见|很|太|真|非常|不错|漂亮|好看|棒|完美|喜欢|我|了|啊|你|您"
)
_SMALL_TALK = re.compile(rf"[\W_]*(?:(?:{_SAID})(?![a-z])[\W_]*)+|\s*", re.IGNORECASE)
_QUESTION = re.compile(
    r"\s*(?:(?:and|so|but|ok)[ ,]+)?"
    r"(?:(?:what|how)(?! about)|why(?! (?:not|don't (?:you|we)))|which|who|when|where"
    r"|tell me|explain|describe)\b"
    r"|.{0,12}(?:什么|怎么|多少|为什么|如何|多长)",
    re.IGNORECASE,
)
_STATES = re.compile(
    r"\s*(?:is|are|was|does|do|did|has|have|am)\b[^?\uff1f]*[?\uff1f]\s*$", re.IGNORECASE
)
_THING = r"(?:video|film|movie|clip|animation|short)"
_NEW = re.compile(
    r"\bgenerate\s+(?:me\s+|us\s+)?(?:a|an|another|one\s+more|new)\s+(?!title|caption|subtitle)"
    r"|\b(?:create|make|produce|render)\s+(?:me\s+|us\s+)?(?:a|an|another|one\s+more|new)\b"
    r"(?:\s+(?!of\b|from\b|the\b|for\b|in\b|to\b|out\b|version\b|copy\b)[\w:.-]+){0,5}?"
    rf"\s+{_THING}\b(?!\s+(?:out\s+)?(?:of|from|with)\s+(?:it|this|that|these|them)\b)"
    r"|\b(?:i want|i need|i'd like|give me|let's have)\s+(?:another|an?\s+new)\s+(?:[\w:-]+\s+)?"
    rf"{_THING}\b|^\W*(?:another|an?\s+new)\s+{_THING}\b"
    r"|\b(?:make|create|generate)\s+(?:me\s+)?another\s+one\s+(?:with|of|about)\b"
    r"|(?:再来|来一?个新的)(?:一个|一段|一部|个|段)?.{0,40}(?:视频|影片|片子|电影|短片)"
    r"|(?:制作|做|创建|拍)(?:一个|一段|一部|一条|个|段|部|新的?).{0,40}(?:视频|影片|片子|电影|短片)"
    r"|生成(?:一个|一段|一部|一条|个|段|部|新)",
    re.IGNORECASE,
)


def is_small_talk(text: str) -> bool:
    """Whether a message is nothing but a greeting, thanks, praise, yes or no."""
    return _SMALL_TALK.fullmatch(text) is not None


def is_question(text: str) -> bool:
    """Whether a message asks about something, and not for something."""
    return bool(_QUESTION.match(text) or _STATES.match(text))


def asks_back(text: str) -> bool:
    """Whether a message that is no known wish ends as a question, and does not ask for work."""
    asks_for_work = re.match(
        r"\s*(?:can|could|would|will) you\b|能不能|能否|可以", text, re.IGNORECASE
    )
    return text.rstrip().endswith(("?", "\uff1f", "吗")) and asks_for_work is None


def asks_for_a_film(text: str) -> bool:
    """Whether a message clearly asks for a new film."""
    return _NEW.search(text) is not None


def answers(text: str) -> Literal["yes", "no", "other"]:
    """Return how a message answers a question."""
    bare = text.strip(" .!,。\uff0c\uff01")
    if re.fullmatch(_YES, bare, re.IGNORECASE):
        return "yes"
    return "no" if re.fullmatch(_NO, bare, re.IGNORECASE) else "other"
