"""What people say, and what the backend says to people, on a table of phrases.

``python -m tests.test_wording`` prints the figures of right and wrong.
"""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from nemo_sdk._wording import CleanedReply, classify_request, clean_reply

PHRASES: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "data" / "phrases.json").read_text(encoding="utf-8")
)
REQUESTS: list[tuple[str, str]] = [
    (text, intent) for intent, texts in PHRASES["requests"].items() for text in texts
]
REPLIES: list[tuple[str, str, list[str]]] = [
    (reply["raw"], reply["text"], reply["actions"]) for reply in PHRASES["replies"]
]


@pytest.mark.parametrize(("text", "intent"), REQUESTS)
def test_request(text: str, intent: str) -> None:
    """Words are a command only where all of them are; otherwise they are a message."""
    assert classify_request(text) == intent


@pytest.mark.parametrize(("raw", "text", "actions"), REPLIES)
def test_reply(raw: str, text: str, actions: list[str]) -> None:
    """A reply keeps its content, and loses its instructions to use an editor."""
    assert clean_reply(raw) == CleanedReply(text, tuple(actions))  # type: ignore[arg-type]


def test_the_table_is_large_enough() -> None:
    """Each intent is there in both languages, and content that only sounds alike as well."""
    assert len(REQUESTS) + len(REPLIES) >= 220
    for intent in ("export", "credits", "state", "upload", "message"):
        chinese = [t for t, i in REQUESTS if i == intent and any(c >= "\u4e00" for c in t)]
        assert len(chinese) >= 5
    assert sum(not actions for _, _, actions in REPLIES) >= 30


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("", "upload"),
        ("  \n", "upload"),
        ("🎬", "upload"),
        ("upload", "upload"),
        ("here is my video", "upload"),
        ("Here's the clip!", "upload"),
        ("use these photos", "upload"),
        ("这是我的视频", "upload"),
        ("cut it to ten seconds", "message"),
        ("here is my video, make it black and white", "message"),
        ("upload this and add lo-fi music", "message"),
        ("用这个视频做一个广告", "message"),
        ("export", "export"),
    ],
)
def test_request_with_files(text: str, intent: str) -> None:
    """Files with nothing but "upload" are an upload; with other words, the words decide."""
    assert classify_request(text, has_files=True) == intent


@pytest.mark.parametrize("text", ["", "  ", "🎬", "here is my video", "thanks", "ok great!"])
def test_no_command_without_files(text: str) -> None:
    """Without files, words that only come with one are no command."""
    assert classify_request(text) == "message"


@pytest.mark.parametrize(
    "text", ["export, then show my balance", "导出\uff0c再查看余额", "状态和积分"]
)
def test_two_commands_are_a_message(text: str) -> None:
    """Two commands at once are not half done: they are a message."""
    assert classify_request(text) == "message"


@pytest.mark.parametrize(
    "piece", ["export it, ", "请导出\uff0c", "credits ", "我想要", "the ", "<>[](*+"]
)
def test_long_requests_are_messages(piece: str) -> None:
    """A megabyte of words is a message, whatever the words."""
    assert classify_request(piece * (1_000_000 // len(piece))) == "message"


@pytest.mark.parametrize("intent", ["export", "credits", "state", "upload"])
def test_spelling_of_commands(intent: str) -> None:
    """Case, white space, punctuation, signs and full-width letters change no command."""
    for text in PHRASES["requests"][intent]:
        assert classify_request(f"  {text.upper()} !!! 🙏\n") == intent


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
    for text, intent in REQUESTS:
        total[intent] += 1
        right[intent] += classify_request(text) == intent
    for raw, text, actions in REPLIES:
        kind = "reply with instructions" if actions else "reply of content"
        cleaned = clean_reply(raw)
        total[kind] += 1
        right[kind] += (cleaned.text, list(cleaned.actions)) == (text, actions)
    lines = [f"{kind}: {right[kind]} of {total[kind]} right" for kind in total]
    return "\n".join([*lines, f"all: {right.total()} of {total.total()} right"])


if __name__ == "__main__":
    sys.stdout.write(figures() + "\n")
