"""What the service's agent says, in English and in Chinese."""
# ruff: noqa: RUF001 - Chinese has punctuation of its own

from typing import Literal

Language = Literal["en", "zh"]

READY = {
    "en": (
        "Your video is ready! Click the Export button in the top right corner to download it.",
        "{title}: {seconds:g} seconds. Open the timeline to preview it, then click Export.",
        "All set. You can drag the clips to rearrange them, or click **Export** to save.",
    ),
    "zh": (
        "您的视频已经完成！点击右上角的导出按钮即可下载。",
        "{title}已生成，时长{seconds:g}秒。打开时间线面板预览，然后点击导出按钮下载视频。",
        "全部完成。您可以在时间线中拖拽片段调整顺序，或点击“导出”保存视频。",
    ),
}
EDITED = {
    "en": (
        "{done} Preview it in the timeline, or click Export to download.",
        "{done} Open the preview panel to see the change.",
    ),
    "zh": ("{done}可以在时间线中预览，或点击导出按钮下载。", "{done}打开预览面板查看修改。"),
}
HELP = {
    "en": (
        "I can generate a video from a description, edit your clips, and add music, "
        "titles and effects. Click the upload button to add files of your own."
    ),
    "zh": "我可以生成视频、剪辑素材，并添加音乐、标题和特效。点击上传按钮即可添加文件。",
}
ABOUT_DRAFT = {
    "en": "Your project has {tracks} tracks and is {seconds:g} seconds long. "
    "Open the timeline panel to see them.",
    "zh": "您的项目有{tracks}条轨道，时长{seconds:g}秒。打开时间线面板查看。",
}
RAW_CLIP = {
    "en": "The raw clip is generated. Now I'll add music, a title and effects.",
    "zh": "原始片段已生成。接下来我会添加音乐、标题和特效。",
}
UNKNOWN = {
    "en": "This stand-in does not do that: “{text}”. Nothing was changed. It understands wishes "
    "such as “cut it to ten seconds”, “add jazz music”, “make it 9:16” and “undo”.",
    "zh": "这个模拟服务不支持：“{text}”。影片没有改动。"
    "可以说“剪到十秒”、“换成爵士音乐”、“改成竖屏”、“撤销”。",
}
CANNOT = {"en": "{reason} Nothing was changed.", "zh": "{reason}影片没有改动。"}
ASSEMBLED = {
    "en": "I put your files on the timeline as they are; "
    "this stand-in did nothing else of “{text}”.",
    "zh": "已将素材放入时间线；“{text}”中的其他要求没有处理。",
}
THINKING = {
    "en": "The user wants: {text}. I will plan the scene, then call the tools.",
    "zh": "用户想要: {text}。我先规划画面，然后调用工具。",
}
NOISE = "I encountered a temporary issue"


def language_of(text: str, default: str) -> Language:
    """Return the language to answer in: Chinese where the text has a Han character.

    Args:
        text: What was said.
        default: The session's language, for texts without any letter.
    """
    if any("\u4e00" <= character <= "\u9fff" for character in text):
        return "zh"
    if any(character.isalpha() for character in text):
        return "en"
    return "zh" if default.startswith("zh") else "en"
