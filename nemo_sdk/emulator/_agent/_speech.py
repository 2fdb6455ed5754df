"""How people type and talk: fillers, short spellings and slips, made the words of the table."""

import re
from collections.abc import Collection, Iterator

_SHORT = {
    "pls": "please", "plz": "please", "plss": "please", "u": "you", "ur": "your", "thx": "thanks",
    "ty": "thanks", "lets": "let's", "wanna": "want to", "gonna": "going to", "gotta": "got to",
    "lemme": "let me", "dont": "don't", "doesnt": "doesn't", "cant": "can't",
    "thats": "that's", "theres": "there's", "id": "i'd", "im": "i'm", "w/o": "without",
    "w/": "with", "teh": "the", "hte": "the", "adn": "and", "nad": "and", "ot": "to", "fro": "for",
    "til": "until", "till": "until", "thru": "through", "vid": "video", "vids": "videos",
    "pic": "photo", "pics": "photos", "vol": "volume", "bg": "background", "insta": "instagram",
    "ig": "instagram", "yt": "youtube", "slomo": "slow motion", "slowmo": "slow motion",
    "slow-mo": "slow motion", "slow-motion": "slow motion", "slo-mo": "slow motion",
    "thrice": "three times", "sub": "caption", "subs": "captions", "b+w": "b&w", "b/w": "b&w",
    "bw": "b&w",
    "secound": "second", "secounds": "seconds", "tittle": "title", "musik": "music",
}  # fmt: skip
_MORE = "(?:up|down|louder|quieter|softer|faster|slower|shorter|longer|brighter|darker)"
_PHRASES = tuple(
    (re.compile(pattern, re.IGNORECASE), words)
    for pattern, words in (
        (r"[, ]*(?<![\w'])(?:u+[hm]+m*|e+rm*|hm+|you know)\b,?", ""),
        (r"(?:,|(?<=you)|(?<=just)|(?<=to)) like,?(?= )", ""),
        (r"(?:^|[ ,;])\(?\d[).] (?=[a-z])", ", "),
        (
            r"\b(?:kinda|kind of|sort of|a little bit|a little|a touch|a tad|slightly|somewhat)\b",
            "a bit",
        ),
        (rf"\b(?:way|a lot|much|right) (?={_MORE}\b)", ""),
        (r"\b(?:nice|smooth|gentle|simple|cool|lovely|super|really|very|actually) (?=\w)", ""),
        (r"\b(?:quick|slow|short|soft|subtle|long) (?=fade|transition)", ""),
        (r"\bfad(?:e|es) away\b", "fade out"),
        (r"\s*(?:\u2192|[-=]+>)\s*", " : "),
        (r" (?:instead of|rather than) (?:horizontal|vertical|landscape|portrait|square)\b", ""),
        (r"\bctrl[ +-]*z\b", "undo"),
        (r"\bslo[w-]* mo(?:tion)?\b", "slow motion"),
        (r"\bblack (?:n|'n'|&|\+) white\b", "black and white"),
        (r"\b(?:a )?couple(?: of)?\b(?= )", "two"),
        (r"\bits (?=(?:too|way|a)\b)", "it's "),
    )
)
_IN_CHINESE = {
    "music": "音乐", "bgm": "音乐", "title": "标题", "caption": "字幕", "subtitle": "字幕",
    "subtitles": "字幕", "captions": "字幕", "clip": "片段", "clips": "片段", "video": "视频",
    "mute": "静音", "undo": "撤销", "redo": "重做", "jazz": "爵士", "delete": "删除",
    "remove": "删除", "cut": "剪掉",
}  # fmt: skip
_SIMPLE = str.maketrans(
    "樂標題刪兩後調聲換時長視頻鏡頭開結轉靜橫豎畫個這從復銷動順變減縮關閉間鐘點對給幾張"
    "圖還電顛複輕鋼無顯處邊寬現數檔讓應該幀並條為幫請麼嗎輯沒來過遍連續歸設當級別將層",
    "乐标题删两后调声换时长视频镜头开结转静横竖画个这从复销动顺变减缩关闭间钟点对给几张"
    "图还电颠复轻钢无显处边宽现数档让应该帧并条为帮请么吗辑没来过遍连续归设当级别将层",
)
_WORD = re.compile(r"(?<![\w.'«-])[\w'&+/-]+(?![\w»'&+/-]|\.\w)")
_HAN = re.compile("[\u4e00-\u9fff]")
_BORDER = re.compile("(?<=[\u4e00-\u9fff])(?=[a-z])|(?<=[a-z])(?=[\u4e00-\u9fff])", re.IGNORECASE)


def is_han(text: str) -> bool:
    """Whether there is a Chinese word in it."""
    return _HAN.search(text) is not None


def spellings(text: str, known: Collection[str]) -> Iterator[str]:
    """Yield a wish as it was said and, where that differs, in the table's spelling.

    Args:
        text: The wish, what it quotes left out.
        known: The words of the table.
    """
    yield text
    plain = _simple(text) if is_han(text) else _plain(text, known)
    if plain != text:
        yield plain


def _simple(text: str) -> str:
    apart = _BORDER.sub(" ", text.translate(_SIMPLE))
    return _WORD.sub(lambda word: _IN_CHINESE.get(word[0].lower(), word[0]), apart)


def _plain(text: str, known: Collection[str]) -> str:
    plain = _WORD.sub(lambda word: _SHORT.get(word[0].lower(), word[0]), text)
    for pattern, words in _PHRASES:
        plain = pattern.sub(words, plain)
    plain = _WORD.sub(lambda word: _mended(word[0].lower(), known) or word[0], plain)
    return re.sub(r"\s+", " ", plain).strip()


def _mended(said: str, known: Collection[str]) -> str | None:
    """Return the one word of the table that was meant by an unknown one."""
    if len(said) < 4 or said in known or not said.isalpha():
        return None
    meant = {word for word in known if _is_slip(said, word)}
    return meant.pop() if len(meant) == 1 else None


def _is_slip(said: str, word: str) -> bool:
    """Whether two letters changed places, or one of a longer word is missing, wrong or too much."""
    if len(said) == len(word):
        wrong = [at for at, letter in enumerate(said) if letter != word[at]]
        if len(wrong) == 2 and wrong[1] == wrong[0] + 1:
            return said[wrong[0]] == word[wrong[1]] and said[wrong[1]] == word[wrong[0]]
        return len(wrong) == 1 and wrong[0] > 0 and len(word) > 4
    short, long = sorted((said, word), key=len)
    if len(long) != len(short) + 1 or len(short) < 5 or said[0] != word[0]:
        return False
    return any(long[:at] + long[at + 1 :] == short for at in range(len(long)))
