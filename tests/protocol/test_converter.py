"""Wire names to models: what is missing, null, new or of a neighbouring type is forgiven."""

from typing import Any

import pytest

from nemo_sdk import Credits, MediaFile, State, Upload
from nemo_sdk._protocol import endpoints
from nemo_sdk._protocol.converter import UnreadableError, structure
from nemo_sdk._protocol.endpoints import RenderStatus, SessionIds, decode_render, decode_upload


@pytest.mark.parametrize(
    ("wire", "session_id"),
    [
        ({"session_id": "42"}, "42"),
        ({"session_id": 42}, "42"),
        ({"sessionId": 42}, "42"),
        ({"session_id": 42.0}, "42"),
        ({"session_id": 7310000000000000000001}, "7310000000000000000001"),
        ({"session_id": None, "sessionId": "42"}, "42"),
        ({"session_id": "", "sessionId": "42"}, "42"),
        ({"session_id": [1], "sessionId": "42"}, "42"),
        ({"session_id": "42", "task_id": None, "new": {"a": []}}, "42"),
    ],
    ids=str,
)
def test_an_id_is_text_however_it_is_written(wire: dict[str, Any], session_id: str) -> None:
    """Ids come as text or numbers, in either case, and are kept as text."""
    ids = structure(wire, SessionIds)
    assert (ids.session_id, ids.task_id) == (session_id, None)


@pytest.mark.parametrize(
    "wire",
    [
        *({}, {"session_id": None}, {"session_id": True}, {"id": "x"}),
        *(
            {"session_id": ".."},
            {"session_id": " "},
            {"session_id": "1\n"},
            {"session_id": 10**300},
        ),
    ],
)
def test_an_answer_without_what_it_is_for_cannot_be_read(wire: dict[str, Any]) -> None:
    """A session without an id is an error that names what is missing."""
    with pytest.raises(UnreadableError, match="session_id"):
        structure(wire, SessionIds)


@pytest.mark.parametrize("wire", [None, [], "text", 7, True])
def test_what_is_no_object_cannot_be_read(wire: Any) -> None:
    """Anything but an object is an error that says what came instead."""
    with pytest.raises(UnreadableError, match=type(wire).__name__):
        structure(wire, SessionIds)


@pytest.mark.parametrize(
    ("wire", "number"),
    [
        (5, 5),
        (5.0, 5),
        (5.5, 5.5),
        ("5", 5),
        ("5.5", 5.5),
        (None, 0),
        ("many", 0),
        (True, 0),
        ([5], 0),
        ("nan", 0),
        ("1e999", 0),
        (10**400, 0),
        (-3, -3),
    ],
)
def test_a_number_is_read_or_counts_as_missing(wire: Any, number: float) -> None:
    """Numbers come as numbers or text; what is none leaves the default."""
    assert structure({"available": wire}, Credits).available == number


def test_whole_numbers_stay_whole() -> None:
    """A balance of 100.0 is shown as 100."""
    assert str(structure({"available": 100.0}, Credits).available) == "100"


@pytest.mark.parametrize(
    "wire",
    [
        {"available": 7, "frozen": 2, "total": 9, "currency": "credits"},
        {"available": "7", "frozen": "2", "total": "9"},
        {"balance": 7, "frozen": 2, "total": 9},
    ],
    ids=str,
)
def test_a_balance_is_read(wire: dict[str, Any]) -> None:
    """The balance is read with what it calls its numbers."""
    assert endpoints.balance().decode(wire) == Credits(7, 2, 9)


@pytest.mark.parametrize("files", [[{"filename": "a.mp4"}], [{"filename": "a.mp4"}, None, 3, "x"]])
def test_files_are_read_and_what_is_none_is_left_out(files: list[Any]) -> None:
    """A list of files is read object by object."""
    assert decode_upload({"files": files}) == Upload((MediaFile("a.mp4"),))


def test_a_file_is_read_whole() -> None:
    """Each field of a file has its place, numbers as text included."""
    wire = {
        "filename": "a.mp4",
        "file_type": "video",
        "cdn_url": "https://cdn/a.mp4",
        "duration": "12.5",
        "width": "1920",
        "height": 1080.0,
        "fps": 29.97,
        "hash": "abc",
    }
    upload = decode_upload({"files": [wire], "session_state_applied": True})
    expected = MediaFile(
        "a.mp4", "video", "https://cdn/a.mp4", 12.5, width=1920, height=1080, fps=29.97, hash="abc"
    )
    assert upload == Upload((expected,), session_state_applied=True)


@pytest.mark.parametrize("wire", [{}, {"files": None}, {"files": {}}, {"files": "x"}, "x", None])
def test_an_upload_without_files_cannot_be_read(wire: Any) -> None:
    """An upload's answer that names no files is an error."""
    with pytest.raises(UnreadableError, match="files"):
        decode_upload(wire)


def test_a_state_is_read_from_inside_and_beside() -> None:
    """The draft lies in `state`, the ids beside it."""
    draft = {"t": [{"tt": 0, "sg": [{"d": 1}]}], "theirs": {"x": None}}
    wire = {
        "session_id": 42,
        "task_id": "7",
        "task_name": "p",
        "state": {"draft": draft, "video_infos": [1], "session_id": "other"},
    }
    state = endpoints.state("42").decode(wire)
    assert (state.session_id, state.task_id, state.task_name) == ("42", "7", "p")
    assert (state.draft, state.video_infos) == (draft, [1])


@pytest.mark.parametrize("inner", [None, {}, {"draft": None}, {"draft": []}, {"draft": "x"}, []])
def test_a_state_without_a_draft_has_none(inner: Any) -> None:
    """A draft that is absent, null or no object is None, and its timeline is empty."""
    state = endpoints.state("42").decode({"session_id": "42", "state": inner})
    assert state == State("42")
    assert not state.timeline.exportable


RENDERED = RenderStatus("completed", "r1", 1, url="https://films/1", duration=10, size=9)


@pytest.mark.parametrize(
    "wire",
    [
        {
            "taskId": "r1",
            "status": "completed",
            "progress": 1,
            "output": {"url": "https://films/1", "duration": 10, "size": 9},
        },
        {
            "render_id": "r1",
            "status": "completed",
            "progress": "1",
            "outputUrl": "https://films/1",
            "duration": "10",
            "size": "9",
        },
        {
            "id": "r1",
            "status": "completed",
            "progress": 1.0,
            "output": {"url": "https://films/1", "duration": 10.0, "size": 9.0, "status": "x"},
            "error": None,
        },
    ],
    ids=["C", "B", "mixed"],
)
def test_a_render_is_read_in_either_shape(wire: dict[str, Any]) -> None:
    """Both shapes of a render's status give the same value."""
    assert decode_render(wire) == RENDERED


def test_a_render_may_have_a_status_of_tomorrow() -> None:
    """A status that is not known is kept as it is."""
    assert decode_render({"status": "warming_up"}) == RenderStatus("warming_up")


@pytest.mark.parametrize("wire", [{}, {"status": None}, {"progress": 1}, [], None, "done"])
def test_a_render_without_status_and_id_cannot_be_read(wire: Any) -> None:
    """What has neither a status nor an id is no render."""
    with pytest.raises(UnreadableError):
        decode_render(wire)
