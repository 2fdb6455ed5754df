"""Undo and redo."""

from nemo_sdk.emulator._agent import _memory

from ._row import Row

MEMORY = (
    Row(
        "undo · 撤销",
        _memory.undo,
        (
            "undo [that|this|it] [again]",
            "undo the last (change|edit|step|thing)",
            "(take|go|put|bring) [that|it] back",
            "(take|go|put|bring) [it] back [to] (how it was|the way it was|as it was) [before]",
            "(take|go|put|bring) [it] back [to] before",
            "(go|step) back [one step|a step]",
            "undo (my|what i did|the last thing i did)",
            "(revert|undo|reverse) [that|it|the last change]",
            "back [to] (how it was|the way it was|as it was) [before]",
            "undo {times:number} times",
            "undo the last {times:number} (changes|edits|steps)",
            "undo {times:twice}",
            "撤销[上一步|刚才|上次][的][修改|操作|改动]",
            "(回到|退回|恢复)(上一步|之前|刚才)[的][样子|状态|版本]",
            "撤回",
            "返回上一步",
        ),
        rewinds=True,
    ),
    Row(
        "undo everything · 全部撤销",
        _memory.undo_all,
        (
            "undo (everything|all [changes])",
            "(take|bring|put) back everything",
            "(restore|go back to) the (original|first version)",
            "全部撤销",
            "恢复原样",
        ),
        rewinds=True,
    ),
    Row(
        "redo · 重做",
        _memory.redo,
        ("redo [that|it]", "(do|make) it again", "重做", "恢复[撤销]"),
        rewinds=True,
    ),
)
