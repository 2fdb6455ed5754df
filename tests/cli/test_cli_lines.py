"""Lines of a terminal: words whole, commands whole, timelines to scale."""

import pytest
from rich.cells import cell_len

from nemo_sdk._cli.lines import Lines
from nemo_sdk._cli.strips import strips_of
from nemo_sdk.timeline import Timeline

SENTENCE = "The raw clip is ready. Now I'll add music, a title and effects: 猫 walks."
ID = "film-9eb136534a97"


@pytest.mark.parametrize("width", [1, 7, 20, 40, 80, 200])
@pytest.mark.parametrize("size", [1, 3, 100])
def test_no_word_is_broken(width: int, size: int) -> None:
    """However the words come and however narrow it is, lines end between words."""
    words = SENTENCE.split(" ")
    lines = Lines()
    pieces = [" ".join(words[at : at + size]) for at in range(0, len(words), size)]
    pieces = [piece if at == 0 else f" {piece}" for at, piece in enumerate(pieces)]
    shown = "".join(lines.broken(piece, width) for piece in pieces)
    assert shown.split() == words
    assert all(cell_len(line) <= width or " " not in line for line in shown.split("\n"))


@pytest.mark.parametrize("width", [12, 19, 40])
def test_chinese_ends_its_lines_between_characters(width: int) -> None:
    """A line is filled, no Latin word is broken, and no line begins with a full stop."""
    said = (
        "已把视频剪到十秒\uff0c并加上了Lo-fi音乐\uff08音量35%\uff09\u3002"
        "要再加一个标题\u201cUrban\u201d吗\uff1f"
    )
    lines = Lines().broken(said, width).split("\n")
    assert "".join(lines) == said
    assert all(width - 9 <= cell_len(line) <= width for line in lines[:-1])
    assert not any(line[0] in "\uff0c\u3002\uff09\uff1f\u201d" for line in lines)
    assert all(any(word in line for line in lines) for word in ("Lo-fi", "35%", "Urban"))


@pytest.mark.parametrize(
    "piece",
    [
        "/home/狐狸/雪地里的狐狸走过森林.mp4",
        "雪地里的狐狸走过森林.mp4",
        "https://h.st/狐狸走过森林?b=c",
    ],
)
def test_names_of_files_are_in_one_piece(piece: str) -> None:
    """So are the names of files, and addresses, in any script."""
    assert piece in Lines().broken(f"已保存\uff1a {piece} 在这里", 20).replace("\n ", "\n")


@pytest.mark.parametrize(
    "piece", [f"nemo-sdk resume {ID}", "'nemo-sdk jobs'", "https://h.st/a?b=c"]
)
def test_what_is_copied_is_in_one_piece(piece: str) -> None:
    """A command or an address has no end of line in it, wherever it stands."""
    for width in range(10, 80):
        assert piece in Lines().broken(f"Stopped. Go on with it: {piece} and wait.", width)


def test_lines_that_were_there_stay() -> None:
    """Ends of lines and what is indented are as they were."""
    text = "These cost nothing:\n  export [FILE]     save it\n\nAll else is charged."
    assert Lines().broken(text, 60) == text


def draft(*tracks: tuple[int, list[tuple[str, int]]]) -> dict[str, object]:
    """Return a draft of tracks: their type, and names with milliseconds."""
    return {
        "t": [
            {"tt": kind, "sg": [{"d": d, "m": {"name": name}} for name, d in segments]}
            for kind, segments in tracks
        ]
    }


@pytest.mark.parametrize("width", [12, 20, 40, 80, 300])
def test_a_timeline_is_drawn_to_scale(width: int) -> None:
    """Each segment begins where its time is, and no line is longer than the terminal."""
    made = draft((0, [("city", 1000), ("狐狸 in the snow", 3000)]), (7, [("Hello\x1b[2J", 2000)]))
    lines = strips_of(Timeline(made), width).plain.split("\n")
    head, video, title = lines[:3]
    assert head == "Timeline (2 tracks, 4 s)" and "\x1b" not in title
    assert all(cell_len(line) <= width for line in lines[1:])
    first, second, end = (cell_len(video[:at]) for at, one in enumerate(video) if one == "|")
    assert abs((second - first) - (end - first) / 4) <= 1
    assert abs(cell_len(title) - 1 - first - (end - first) / 2) <= 1


@pytest.mark.parametrize(
    "raw",
    [None, draft(), draft((0, [])), draft((3, [("", 0)])), draft((0, [("a", 1)] * 500))],
)
def test_any_timeline_is_drawn(raw: object) -> None:
    """One without tracks, time or names, and one with more segments than there are columns."""
    lines = strips_of(Timeline(raw), 40).plain.split("\n")
    assert lines[0].startswith("Timeline (") and all(cell_len(line) <= 40 for line in lines)
