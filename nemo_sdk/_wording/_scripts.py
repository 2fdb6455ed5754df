"""Traditional Chinese read as simplified, so that each phrase is written once."""

from typing import Final

_TRADITIONAL: Final = (
    "導載餘額積狀態傳視頻檔請幫還問顯軌時間軸線編輯點擊開預覽進麼樣現為嗎個給發這儲檢頁帳戶後"
    "們選擇單將鏈連結輸變過讓調動圖聲條項設當種級續費買購錢擬這裡應兩刪換製"
    "煩數詢畫質來沒說謝機腦網盤轉碼關錄訊報認證補總電業專對確滿備樂張幾夠東開錯誤臨題剛僅"
)
_SIMPLIFIED: Final = (
    "导载余额积状态传视频档请帮还问显轨时间轴线编辑点击开预览进么样现为吗个给发这储检页账户后"
    "们选择单将链连结输变过让调动图声条项设当种级续费买购钱拟这里应两删换制"
    "烦数询画质来没说谢机脑网盘转码关录讯报认证补总电业专对确满备乐张几够东开错误临题刚仅"
)
_CHARACTERS: Final = str.maketrans(_TRADITIONAL, _SIMPLIFIED)
_WORDS: Final = {
    "匯出": "导出",
    "汇出": "导出",
    "影片": "视频",
    "档案": "文件",
    "拖曳": "拖拽",
    "帐户": "账户",
}


def simplified(text: str) -> str:
    """Return the text, as long, with the characters of phrases in their simplified form."""
    if text.isascii():
        return text
    text = text.translate(_CHARACTERS)
    for word, same in _WORDS.items():
        text = text.replace(word, same)
    return text
