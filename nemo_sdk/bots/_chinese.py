"""What the bot says in Chinese; the names are those of `_words`."""
# ruff: noqa: RUF001 - Chinese has signs of its own

from typing import Final

__all__ = ["CHINESE"]

CHINESE: Final = {
    "help": (
        "说出您想看的内容，我就把影片发到这里。可以附上图片、视频和音乐，"
        "再告诉我怎么修改，直到满意为止。\n\n"
        "/film 描述 制作新影片（约 100 积分）\n"
        "/export 发送当前的影片（免费）\n"
        "/status 查看影片内容\n"
        "/credits 查看剩余积分\n"
        "/cancel 停止正在进行的工作\n"
        "/new 放下这部影片，重新开始"
    ),
    "moment": "请稍候…",
    "queued": "前面还有 {count} 项。",
    "busy": "您已有 {count} 项任务。请等其中一项完成，或发送 /cancel。",
    "limit": "今天的次数已用完，请明天再来。",
    "not_allowed": "您不在可以使用我的名单上。",
    "restarted": "我刚刚重启，现在继续“{words}”。",
    "restarted_without_words": "我刚刚重启，现在继续。",
    "send_again": "我在收到您的文件之前重启了，请再发一次。",
    "not_fetched": "这里没有把您的文件给我，请再发一次。",
    "failed": "没有成功。",
    "cancelled": "已取消。",
    "all_cancelled": "已取消。已经开始的工作仍会计费；发送“导出”可以得到现有的影片。",
    "nothing_to_cancel": "没有可以取消的任务。",
    "new": "重新开始。您想看什么？",
    "no_prompt": "您想看什么？请写在命令后面：/film 雪地里的狐狸",
    "no_file": "没有可以上传的文件：请附上文件，或给出地址。",
    "no_such_format": "影片可以导出为 {formats} 之一：请选一种。",
    "nothing_yet": "影片里还没有内容。您想看什么？",
    "uploaded": "已收到 {names}。要我做什么？",
    "your_file": "您的文件",
    "credits": "剩余 {available:g} 积分。",
    "credits_reserved": "剩余 {available:g} 积分，另有 {frozen:g} 积分为进行中的工作预留。",
    "done": "完成。",
    "link": "这里发不了这部影片。它暂时在：{url}",
    "no_link": "这里发不了这部影片。发送“导出”可免费重试。",
    "InsufficientCreditsError": "积分已用完，请在网页上充值。",
    "InsufficientCreditsError register": "积分已用完。注册可获得更多：{register_url}",
    "ExportBlockedError": "当前套餐不能导出。需要订阅，而不是积分。",
    "ExportBlockedError register": "注册后才能得到影片：{register_url}",
    "AuthenticationError": "服务拒绝了我的登录，请告诉机器人的管理员。",
    "UnsupportedFileTypeError": "这种文件用不了。可以用的有：{accepted}。",
    "FileTooLargeError": "文件太大，请先压缩或剪短。",
    "RateLimitError": "请求太多，请稍后再试。",
    "SessionNotFoundError": "服务里已经没有这部影片了。您想看什么？",
    "OutcomeUnknownError": "回答丢失了。请稍后先说“状态”，再决定是否重新提出。",
    "NothingToExportError": "影片里还没有内容。您想看什么？",
    "TurnError": "制作出了问题。请说“状态”查看结果，或换一种说法。",
    "RenderError": "影片没有渲染成功。发送“导出”可免费重试。",
    "DownloadError": "影片没有传过来。发送“导出”可免费重试。",
    "NemoError": "服务暂时没有正常回应，请稍后再试。",
    "ValueError": "没有成功：{error}",
    "Exception": "我这边出了问题。请说“状态”查看影片的情况。",
    "Waiting ({} before this one)": "等待中（前面还有 {} 项）",
    "Opening a session": "正在准备",
    "Uploading the files": "正在上传文件",
    "The agent is at work": "正在制作",
    "Rendering": "正在渲染",
    "Rendering ({}%)": "正在渲染（{}%）",
    "The video is ready": "影片好了",
    "The raw clip is ready; music, title and effects come next": "素材好了，接着加音乐、标题和特效",
    "The timeline has its music, title and effects": "音乐、标题和特效都加好了",
    "⏳ Still working...": "⏳ 仍在制作…",
    "Asking you something": "正在向您提问",
    "Looking at the material": "正在查看素材",
    "Looking for material": "正在寻找素材",
    "Adding music": "正在配乐",
    "Adding a voice": "正在配音",
    "Adding captions": "正在加字幕",
    "Working on the sound": "正在处理声音",
    "Adding the title": "正在加标题",
    "Adding effects": "正在加特效",
    "Fitting the picture": "正在调整画面",
    "Cutting": "正在剪辑",
    "Arranging the clips": "正在排列片段",
    "Making pictures": "正在制作图片",
    "Making the clip": "正在制作片段",
    "Fetching material": "正在取素材",
    "Planning": "正在构思",
    "Working on the timeline": "正在编辑时间线",
}
