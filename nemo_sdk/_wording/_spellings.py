"""Other spellings of a phrase read as one, so that each phrase is written once."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

_TRADITIONAL: Final = (
    "導載餘額積狀態傳視頻檔請幫還問顯軌時間軸線編輯點擊開預覽進麼樣現為嗎個給發這儲檢頁帳戶後"
    "們選擇單將鏈連結輸變過讓調動圖聲條項設當種級續費買購錢擬這裡應兩刪換製"
    "煩數詢畫質來沒說謝機腦網盤轉碼關錄訊報認證補總電業專對確滿備樂張幾夠東開錯誤臨題剛僅"
    "與爲書於從會體側內冊寫況準劃別區雙臺號員嗶塊處頭嘗層幀並庫異懸損無暫術標欄歡暢紅"
    "終繼緣藍見觀觸計訂議記訪訴試話該讀賬輕較邊適郵採裏針鈕鍵長閱陸隨馬驟"
)
_SIMPLIFIED: Final = (
    "导载余额积状态传视频档请帮还问显轨时间轴线编辑点击开预览进么样现为吗个给发这储检页账户后"
    "们选择单将链连结输变过让调动图声条项设当种级续费买购钱拟这里应两删换制"
    "烦数询画质来没说谢机脑网盘转码关录讯报认证补总电业专对确满备乐张几够东开错误临题刚仅"
    "与为书于从会体侧内册写况准划别区双台号员哔块处头尝层帧并库异悬损无暂术标栏欢畅红"
    "终继缘蓝见观触计订议记访诉试话该读账轻较边适邮采里针钮键长阅陆随马骤"
)
_CHARACTERS: Final = str.maketrans(_TRADITIONAL, _SIMPLIFIED)
_WORDS: Final = {
    "匯出": "导出",
    "汇出": "导出",
    "影片": "视频",
    "档案": "文件",
    "拖曳": "拖拽",
    "帐户": "账户",
    "储存": "保存",
    "连结": "链接",
    "滑鼠": "鼠标",
    "选单": "菜单",
    "视窗": "窗口",
}


def simplified(text: str) -> str:
    """Return the text, as long, with the characters of phrases in their simplified form."""
    if text.isascii():
        return text
    text = text.translate(_CHARACTERS)
    for word, same in _WORDS.items():
        text = text.replace(word, same)
    return text


def corrected(text: str) -> str:
    """Return a text in small letters, with slips and short forms put right: "exprot", "thx"."""
    return _english_word().sub(lambda word: _slips().get(word[0], word[0]), text)


def in_chinese(clause: str) -> str:
    """Return a Chinese clause with its English command words in Chinese: "帮我 export 一下"."""
    return _english_word().sub(lambda word: _ENGLISH.get(word[0], word[0]), clause)


_ENGLISH: Final = {
    word: chinese
    for chinese, words in {
        "导出": "export",
        "下载": "download",
        "上传": "upload",
        "保存": "save",
        "积分": "credit credits",
        "余额": "balance",
        "状态": "status state",
        "进度": "progress",
        "时间线": "timeline",
        "轨道": "track tracks",
        "视频": "video film movie clip",
        "文件": "file files",
        "链接": "link url",
        "格式": "format",
        "查看": "check show",
        "请": "please pls plz",
        "谢谢": "thanks thx",
        "好的": "ok okay",
    }.items()
    for word in words.split()
}

_FILLERS: Final = dict.fromkeys(("uh", "um", "uhm", "er", "erm", "hmm"), "")
_SHORT: Final = {
    "thx": "thanks",
    "tks": "thanks",
    "ty": "thanks",
    "cheers": "thanks",
    "w/": "with",
    "dl": "download",
    "hows": "how's",
    "wheres": "where's",
    "thats": "that's",
}
_COMMANDS: Final = ("export", "download", "upload", "credits", "balance", "status", "timeline")


@cache
def _slips() -> dict[str, str]:
    """Return each word of a command by its slips: a letter left out or doubled, or two swapped."""
    return {slip: word for word in _COMMANDS for slip in _slips_of(word)} | _SHORT | _FILLERS


def _slips_of(word: str) -> Iterator[str]:
    yield word + word[-1]
    for i in range(1, len(word)):
        first, second, rest = word[i - 1], word[i], word[i + 1 :]
        yield word[: i - 1] + second + rest
        yield word[: i - 1] + first + first + second + rest
        yield word[: i - 1] + second + first + rest


@cache
def _english_word() -> re.Pattern[str]:
    return re.compile("(?<![a-z])(?:w/(?= )|[a-z]+)(?![a-z])")
