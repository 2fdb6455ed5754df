"""What the backend says to people, on a table of phrases.

``python -m tests.wording.test_replies`` prints the figures of right and wrong.
"""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from nemo_sdk._wording import CleanedReply, clean_reply

PHRASES: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "data" / "phrases.json").read_text(encoding="utf-8")
)
REPLIES: list[tuple[str, str, list[str]]] = [
    (reply["raw"], reply["text"], reply["actions"]) for reply in PHRASES["replies"]
]


@pytest.mark.parametrize(("raw", "text", "actions"), REPLIES)
def test_reply(raw: str, text: str, actions: list[str]) -> None:
    """A reply keeps its content, and loses its instructions to use an editor."""
    assert clean_reply(raw) == CleanedReply(text, tuple(actions))  # type: ignore[arg-type]


def test_the_table_is_large_enough() -> None:
    """Instructions are there in both languages, and content that only sounds alike as well."""
    assert len(REPLIES) >= 300
    assert sum(not actions for _, _, actions in REPLIES) >= 90


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("Done.\n\n```\nClick = 1\n```", "Done.\n\n```\nClick = 1\n```"),
        ("Line one\u2028line two", "Line one\u2028line two"),
        ("  indented\n\n\n\ntext ", "  indented\n\n\n\ntext "),
        ("\ud800 broken", "\ud800 broken"),
    ],
)
def test_replies_without_instructions_stay_to_the_letter(raw: str, text: str) -> None:
    """Where there is nothing to leave out, not a space changes."""
    assert clean_reply(raw) == CleanedReply(text)


def test_actions_are_unique_and_in_order() -> None:
    """Each action is named once, in the order of the instructions."""
    raw = "Open the timeline. Click Export. Open the editor. Drag the clip. Click Export."
    assert clean_reply(raw).actions == ("state", "export", "message")


def test_links_stay() -> None:
    """A sentence with a link that people can open is kept."""
    raw = "Click here to download: https://example.com/film.mp4"
    assert clean_reply(raw).text == raw


@pytest.mark.parametrize(
    "piece",
    [
        "Click Export. ",
        "click ",
        "you can ",
        '"',
        "\u201c",
        "请点击",
        "\uff0c",
        "\n",
        "a, ",
        "- Open the ",
    ],
)
def test_long_replies_keep_their_length(piece: str) -> None:
    """Past its bound, a reply of a megabyte is handed on as it is."""
    tail = "and so on " * 90_000 + "to the end"
    cleaned = clean_reply(piece * (100_000 // len(piece)) + tail)
    assert cleaned.text.endswith(tail)
    assert len(cleaned.text) > 970_000


def test_bound_glues_no_words() -> None:
    """Where the cleaned part of a long reply ends, no two words become one."""
    cleaned = clean_reply("Click Export.\n" + "word " * 4000)
    assert set(cleaned.text.lower().split()) == {"word"}


def test_import_compiles_no_phrases() -> None:
    """Importing the phrases compiles none of them."""
    code = (
        "import nemo_sdk._wording as w;"
        "from nemo_sdk._wording import _interface, _replies, _requests;"
        "print([f.cache_info().currsize for f in"
        " (_interface._pattern, _replies._pattern, _replies._noise, _requests._patterns)])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert found.stdout.strip() == "[0, 0, 0, 0]"


def figures() -> str:
    """How many phrases are right, by kind."""
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for raw, text, actions in REPLIES:
        kind = "reply with instructions" if actions else "reply of content"
        cleaned = clean_reply(raw)
        total[kind] += 1
        right[kind] += (cleaned.text, list(cleaned.actions)) == (text, actions)
    lines = [f"{kind}: {right[kind]} of {total[kind]} right" for kind in total]
    return "\n".join([*lines, f"all: {right.total()} of {total.total()} right"])


if __name__ == "__main__":
    sys.stdout.write(figures() + "\n")
