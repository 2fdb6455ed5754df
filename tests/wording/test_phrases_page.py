"""The page of what is understood, read against the code."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from nemo_sdk import Request, classify_request

PAGE = Path(__file__).parents[2] / "docs" / "phrases.md"
TEXT = PAGE.read_text("utf-8") if PAGE.exists() else ""  # the wheel is tested without
INTENTS = {
    "Export": "export",
    "What there is not": "export",
    "Credits": "credits",
    "State": "state",
    "Upload": "upload",
    "Everything else": "message",
}
BESIDE = "the files beside it"


def rows() -> Iterator[tuple[str, list[str]]]:
    """Each row of the page's tables, under its heading."""
    title = ""
    for line in TEXT.splitlines():
        if line.startswith("## "):
            title = line.removeprefix("## ")
        elif line.startswith("|") and "`" in line:
            yield title, [cell.strip() for cell in line.strip("|").split("|")]


def promised() -> Iterator[tuple[str, bool, Request]]:
    """Each phrase of the page, whether files come along, and what it is said to ask for."""
    for title, cells in rows():
        for words in re.findall("`([^`]+)`", cells[0]):
            yield words, BESIDE in cells[-1], wanted(title, cells)


def wanted(title: str, cells: list[str]) -> Request:
    """What the cells beside a phrase promise."""
    match title:
        case "What there is not":
            return Request("export", unsupported=cells[1])
        case "Upload":
            return Request("upload", urls=() if BESIDE in cells[1] else (cells[1],))
        case "Export":
            return Request("export", cells[1] or None, cells[2] or None)  # type: ignore[arg-type]
        case _:
            return Request(INTENTS[title])  # type: ignore[arg-type]


@pytest.mark.parametrize(("words", "files", "request_"), [*promised()])
def test_the_page_is_true(words: str, files: bool, request_: Request) -> None:
    """Whatever the page says is understood, is understood as it says."""
    assert classify_request(words, has_files=files) == request_


def test_the_page_has_every_intent() -> None:
    """Each heading has its phrases, in both languages."""
    for title in INTENTS if TEXT else ():
        said = [words for one, cells in rows() if one == title for words in [cells[0]]]
        assert any(re.search("[\u4e00-\u9fff]", words) for words in said), title
