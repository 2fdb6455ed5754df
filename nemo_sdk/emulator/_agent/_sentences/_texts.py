"""Titles and captions."""
# ruff: noqa: E501 - a sentence is one line, and Chinese has punctuation of its own

from nemo_sdk.emulator._agent import _texts

from ._row import row

_ADD = "(add|put|insert|write|show|place|use|give it|include|with)"
_SAYS = "[that says|that reads|that said|which says|which reads|saying|reading|called|with the text|with|of|:]"

TEXTS = (
    row(
        "add a title 'X' at the start · 添加标题“城市之梦”",
        _texts.add_text,
        f"{_ADD} [a|an|the|another] {{style}} {_SAYS} {{text}} [{{details}}]",
        f"{_ADD} {{details}} [a|an|the] {{style}} {_SAYS} {{text}}",
        f"{_ADD} [a|an|the] {{style}} {{details}} {_SAYS} {{text}}",
        f"{_ADD} {{text}} as [a|the] {{style}} [{{details}}]",
        f"{_ADD} [a|an|the] {{details:endpoint}} {{style}} {_SAYS} {{text}}",
        f"{_ADD} [a|an|the] {{style}} (that says|that reads|saying|reading|called|:) {{text:free}} [{{details:spot}}]",
        "(title|call|name) {film} {text}",
        "give {film} [a|the] {style} [of|:] {text} [{details}]",
        "give {film} [a|the] {style:titleword} [of|:] {text:free}",
        "[a|an|the|new] {style} [:|that says|saying|reading] {text} [{details}]",
        "{style} (:|that says|saying|reading) {text:free} [{details:spot}]",
        "(添加|加上|加|加入|写上|写)[一个|个]{style}[为|是|叫|:]{text}",
        "{details}(添加|加上|加|加入|写上|写)[一个|个]{style}[为|是|叫|:]{text}",
        "(添加|加上|加|加入)[一个|个]{style}(为|是|叫|:){text:free}",
    ),
    row(
        'caption the second clip "Downtown" · 给第二段加字幕“市中心”',
        _texts.add_text,
        "(caption|subtitle|label) {clip} [as|with|:] {text}",
        f"{_ADD} [a|the] (caption|subtitle|text) {{text}} (to|on|over|for) {{clip}}",
        "{clip:counted}(添加|加上|加|加入)(字幕|文字){text}",
        style="caption",
    ),
    row(
        'put "hello" at the top · 写上“你好”',
        _texts.add_text,
        f"{_ADD} {{text}} [{{details}}]",
        "(make|have|let) it (say|read) {text} {details}",
        "(写上|加上){text}",
        style="caption",
    ),
    row(
        "change the title to 'Y' · 标题改成“秋天”",
        _texts.change_text,
        "(change|set|edit|rename|replace|make) the {style} [text] [to|with|by|say|read|:] {text}",
        "(rename|change) the {style:titleword} (to|:) {text:free}",
        "(rename|change) the {style} from {old:text} to {text}",
        "(rename|change) the {style} from {old:free} to {text:free}",
        "the {style} (should|shall) (say|read|be) {text}",
        "(replace|change|swap) {old:text} (with|to|by|for) {text}",
        "{style} {text} instead of {old:text}",
        "(say|read) {style} {text}",
        "(make|have|let) it [say|read|to] {text}",
        "(say|read) it {text}",
        "the {style} (should|shall) (say|read) {text:free}",
        "(make|let) the {style} (say|read) {text:free}",
        "{style}(改成|改为|换成|是|为){text}",
        "(更改|修改){style}(为|成){text}",
    ),
    row(
        "move the title to the top · 标题移到上方",
        _texts.move_text,
        "(move|put|place|set|shift|show|make|align) [the|my|all] {style} [text] [up|down|over] [to|at|in|on] the {place}",
        "{style}(移到|放到|放在|移至)[画面]{place}",
    ),
    row(
        "show the title for 5 seconds · 标题显示5秒",
        _texts.last_text,
        "(show|keep|leave|display|put|make) the {style} [on|up] [the|on] [screen] [only] for [the] [whole|first] {seconds}",
        "(make|let) the {style} (last|stand|stay|remain) [on] [screen] [for] {seconds}",
        "last the {style} [for] {seconds}",
        "(disappear|vanish|end|stop) the {style} after {seconds}",
        "(lengthen|extend|shorten|cut) the {style} to {seconds}",
        "(make|let|have) the {style} [last] [for] {seconds} [long]",
        "(show|keep|leave|display|put) the {style} [on|up] [the] [screen] (for|during|over|through|throughout) {film}",
        "(show|keep|leave|display|put|make|let) the {style} [last|stay] [on|up] [the] [screen] [for] (throughout|all the time|the whole time)",
        "{style}显示{seconds}",
    ),
    row(
        "make the title appear at 2 seconds · 标题从2秒开始",
        _texts.start_text,
        "(make|let|have) the {style} (appear|start|begin|come|stand|show|pop) [in|up] [only] (at|after|from) {moment:time}",
        "(show|start|move|put|begin|appear|show up|pop up) the {style} [in|up] [only] (at|after|from|to) {moment:time}",
        "{style}(从|在)[第]{moment:seconds}[处|时](开始|出现|显示)",
    ),
)
