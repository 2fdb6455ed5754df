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
            "(take|go) [that] back",
            "(revert|undo) [that|it|the last change]",
            "undo {times:number} times",
            "undo the last {times:number} (changes|edits|steps)",
            "undo twice",
            "撤销[上一步|刚才的修改]",
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
