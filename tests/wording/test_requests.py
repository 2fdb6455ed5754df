"""What people say, on tables of phrases that were written before the patterns.

``python -m tests.wording.test_requests`` prints the figures of right and wrong.
"""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any, get_args

import pytest

from nemo_sdk import Request, classify_request
from nemo_sdk.models import Format

DATA = Path(__file__).parents[1] / "data"


def table(name: str) -> Any:
    """Read a table of phrases."""
    return json.loads((DATA / name).read_text(encoding="utf-8"))


TABLES = (
    "requests.json",
    "requests_later.json",
    "requests_third.json",
    "requests_fourth.json",
)
SAID: list[dict[str, Any]] = [row for name in TABLES for row in table(name)]
WORDS: dict[str, list[str]] = table("phrases.json")["requests"]
SIMPLE = [(text, intent) for intent, texts in WORDS.items() for text in texts]


def wanted(row: dict[str, Any]) -> Request:
    """What a row of the table says that its words ask for."""
    told = {name: value for name, value in row.items() if name not in {"said", "files"}}
    return Request(**{**told, "urls": tuple(row.get("urls", ()))})


@pytest.mark.parametrize("row", SAID, ids=lambda row: row["said"])
def test_request_with_its_details(row: dict[str, Any]) -> None:
    """Words are understood with the format, the quality and the addresses that they name."""
    assert classify_request(row["said"], has_files=row.get("files", False)) == wanted(row)


@pytest.mark.parametrize(("text", "intent"), SIMPLE)
def test_request(text: str, intent: str) -> None:
    """Words are a command only where all of them are; otherwise they are a message."""
    assert classify_request(text).intent == intent


def test_the_tables_are_large_enough() -> None:
    """Each intent is there in both languages, and films that only sound like commands as well."""
    assert len(table("requests.json")) >= 400
    for intent in ("export", "credits", "state", "upload", "message"):
        said = [row["said"] for row in SAID if row["intent"] == intent]
        assert sum(any(c >= "\u4e00" for c in text) for text in said) >= 12
        assert len(said) >= 40


@pytest.mark.parametrize("form", get_args(Format))
@pytest.mark.parametrize(
    "words", ["export as {}", "EXPORT TO .{}!", "the {} please", "导出{}", "把视频转成{}格式"]
)
def test_every_format_is_understood(words: str, form: str) -> None:
    """Whatever the format, the same words ask for it."""
    assert classify_request(words.format(form)) == Request("export", format=form)  # type: ignore[arg-type]


def test_a_refusal_says_what_there_is() -> None:
    """What a film is not exported as is named, and so is each format that there is."""
    refusal = classify_request("export as gif").refusal
    assert "gif" in refusal and all(form in refusal for form in get_args(Format))
    assert classify_request("export as mp4").refusal == ""


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
    assert classify_request(text, has_files=True).intent == intent


@pytest.mark.parametrize("text", ["", "  ", "🎬", "here is my video", "thanks", "ok great!"])
def test_no_command_without_files(text: str) -> None:
    """Without files, words that only come with one are no command."""
    assert classify_request(text).intent == "message"


@pytest.mark.parametrize(
    "text", ["export, then show my balance", "导出\uff0c再查看余额", "状态和积分"]
)
def test_two_commands_are_a_message(text: str) -> None:
    """Two commands at once are not half done: they are a message."""
    assert classify_request(text).intent == "message"


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "export it, ",
            "请导出\uff0c",
            "credits ",
            "我想要",
            "the ",
            "<>[](*+",
            "https://",
            "a.mp4 ",
        ),
        *("http://e.com/a.mp4", "as a ", "mp4", "格式", "\n"),
    ],
)
def test_long_requests_are_messages(piece: str) -> None:
    """A megabyte of words is a message, whatever the words."""
    assert classify_request(piece * (1_000_000 // len(piece))).intent == "message"


@pytest.mark.parametrize("intent", ["export", "credits", "state", "upload"])
def test_spelling_of_commands(intent: str) -> None:
    """Case, white space, punctuation, signs and full-width letters change no command."""
    for text in WORDS[intent]:
        assert classify_request(f"  {text.upper()} !!! 🙏\n").intent == intent


def figures() -> str:
    """How many phrases are right with all their details, by kind."""
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for row in SAID:
        total[row["intent"]] += 1
        found = classify_request(row["said"], has_files=row.get("files", False))
        right[row["intent"]] += found == wanted(row)
    lines = [f"{kind}: {right[kind]} of {total[kind]} right" for kind in total]
    return "\n".join([*lines, f"all: {right.total()} of {total.total()} right"])


if __name__ == "__main__":
    sys.stdout.write(figures() + "\n")
