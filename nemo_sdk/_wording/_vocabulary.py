"""The words of an export: it is asked for in many orders, and always in the same few words.

A clause is in these words alone, or it is no command: "export the vibe" holds one that is not.
"""

import re
from functools import cache
from typing import Final

from ._phrases import CHINESE_CHARACTER

__all__ = ["kinds_of_words"]

_ENGLISH: Final = {
    "verb": "export download save",
    "done": "exported exporting downloaded downloading saved saving",
    "rendering": "render rendering finalize finalise publish",
    "asking": """
        send give gimme get need want wanna prefer like love rather hand email
        mail deliver ship pass grab pull rip extract provide output produce encode write
        choose convert transcode share
    """,
    "turning": "make turn change put do create switch",
    "one": "a an another",
    "taking out": "out",
    "film": """
        it this that everything video videos vid vids film films movie movies clip file
        files project result cut version output reel edit product copy thing work audio
    """,
    "other": """
        is be have take ok okay hey hi hello thanks thank you great perfect good cool nice now
        then so and
        yes yeah yep sure finally well alright right all please pls plz kindly just go ahead
        can could would will should u we i i'd i'll i'm may to let's lets let me us help
        it's am ready possible how do where for already asap again too immediately
        today yet one more once instead the my our your whole entire final finished
        full edited complete completed current latest rendered new resulting think when done
        maybe perhaps also over there of if want us as soon whenever best quick quickly real
        up available what about option format
    """,
}
_CHINESE: Final = {
    "verb": "导出 下载 保存 存储 另存 存下",
    "rendering": "渲染 输出",
    "asking": "给我 发我 发给我 发 给 传 要 我要 需要 想要 有 来 换 转 转换 转码 转成 存 有没有",
    "one": "一个 一段 一部 一条 一支",
    "turning": "变 做 改 换成 弄 变成 做成 生成",
    "film": """
        视频 文件 成片 成品 片子 短片 影片 作品 项目 电影 结果 它 这个 那个 这段 全部 整个
        链接
    """,
    "other": """
        嗯 好 好的 请 请问 麻烦 麻烦你 帮 帮我 帮忙 能 能不能 能否 可不可以 可以 我 我想 想
        你 您 先 马上 立即 立刻 怎么 怎样 如何 在 哪 哪里 一下 个 份 一份 让 谢谢 重新
        再 再次 次 一次 一遍 只 就 就行 就好 行 开始 现在 直接 快 快点 吧 吗 呢 了 啊 呀 啦
        哦 么 好吗 出来 下来 出 下 来 到 成 为 把 将 的 我的 最终 最后 完成 做好 剪好 那
        那就 和 并 然后 也 得 都 需要 没问题 满意 去 版 版本 格式 里 用 以 后 ok hi 刚 刚刚 刚才
    """,
}


def kinds_of_words(clause: str) -> frozenset[str] | None:
    """Return the kinds of words that a clause is in; None where it holds one of no kind.

    Kinds are ``"verb"`` (to export), ``"done"`` (exported), ``"rendering"``, ``"asking"`` (to get),
    ``"turning"`` (to make into), ``"one"`` (a new one), ``"taking out"``, ``"film"`` and
    ``"other"``.
    """
    if _question().match(clause):
        return None
    table, words = _english(), clause.split()
    if re.search(CHINESE_CHARACTER, clause):
        table, whole = _chinese(), clause.replace(" ", "")
        words = _words().findall(whole)
        if "".join(words) != whole:
            return None
    return None if not table.keys() >= set(words) else frozenset(table[word] for word in words)


@cache
def _question() -> re.Pattern[str]:
    """How a question about an export begins, in place of the wish for one."""
    return re.compile(
        r"(?:should|will) (?:i|we|it|this|that|the)\b|do you (?:export|download|save)\b"
    )


@cache
def _english() -> dict[str, str]:
    return {word: kind for kind, words in reversed(_ENGLISH.items()) for word in words.split()}


@cache
def _chinese() -> dict[str, str]:
    return {word: kind for kind, words in reversed(_CHINESE.items()) for word in words.split()}


@cache
def _words() -> re.Pattern[str]:
    """Chinese words, the longest first, as there are no spaces between them."""
    return re.compile("|".join(sorted(_chinese(), key=len, reverse=True)))
