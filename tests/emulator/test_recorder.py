"""A conversation recorded with one emulator, and played by another."""

import base64
import json
import os
import re
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from conftest import Sketch

from nemo_sdk import NemoClient
from nemo_sdk.emulator import Emulator, Recorder
from nemo_sdk.emulator._masking import Masks
from nemo_sdk.emulator._recording import Chunk, read

FILM = bytes(range(256)) * 400


def paint(draft: Any, target: Path, **_: Any) -> Sketch:
    """Write bytes that are no text."""
    target.write_bytes(FILM)
    return Sketch(10, len(FILM))


async def converse(client: NemoClient, folder: Path, clip: Path) -> dict[str, Any]:
    """Have one conversation with all that there is; return what a user sees of it."""
    session = await client.create_session(language="en")
    upload = await session.upload(clip)
    async with session.send("cut it to ten seconds and add lo-fi music") as turn:
        names = [type(event).__name__ async for event in turn]
    seen = [name for name in names if name != "StillWorking"]  # which tells the machine's speed
    assert turn.reply is not None
    video = await (await session.export()).wait()
    film = await video.save(folder / "film.mp4")
    return {
        "events": seen,
        "reply": turn.reply.raw_text,
        "tools": [call.name for call in turn.reply.tool_calls],
        "timeline": turn.reply.timeline.summary().replace(upload.files[0].filename, "FILE"),
        "film": film.read_bytes(),
        "credits": await client.credits(),
    }


@pytest.fixture
async def recording(tmp_path: Path, clip: Path) -> tuple[Path, dict[str, Any], set[str]]:
    """A recorded conversation, what its user saw, and what must not be told of it."""
    path = tmp_path / "talk.jsonl"
    async with Emulator(
        speed=1000, credits=500, silent=0, renderer=paint, film_url_lifetime=600
    ) as emulator:
        async with (
            Recorder(emulator.base_url, path) as recorder,
            emulator.client(base_url=recorder.base_url, client_id="somebody-in-particular") as one,
        ):
            seen = await converse(one, tmp_path, clip)
        (session,) = emulator.sessions.values()
        token = emulator.calls_of("balance")[0].headers["Authorization"].removeprefix("Bearer ")
        (render,) = emulator.renders
        secrets = {token, session.id, session.task_id, session.account.user_id, render}
        secrets |= {"somebody-in-particular", clip.name, "Signature"}
    return path, seen, secrets


async def test_a_recorded_conversation_is_played(
    recording: tuple[Path, dict[str, Any], set[str]], tmp_path: Path, clip: Path
) -> None:
    """A client sees the same events, the same reply and the same film, and no service is there."""
    path, seen, _ = recording
    (tmp_path / "again").mkdir()
    async with Emulator(replay=path, speed=1000) as emulator, emulator.client() as client:
        again = await converse(client, tmp_path / "again", clip)
        assert [call.status for call in emulator.calls_of("run_sse")] == [200]
        assert emulator.charges == []
    assert again == seen
    assert again["film"] == FILM


async def test_a_stream_is_played_byte_for_byte(
    recording: tuple[Path, dict[str, Any], set[str]],
) -> None:
    """Every byte of a stream comes as it was recorded, in the pieces in which it came."""
    path, _, _ = recording
    (then,) = (call for call in read(path) if call.path == "/run_sse")
    async with (
        Emulator(replay=path, speed=10_000) as emulator,
        aiohttp.ClientSession(emulator.base_url) as http,
        http.post("/run_sse", json={}) as response,
    ):
        assert await response.read() == then.body
        assert response.content_type == "text/event-stream"
    assert len(then.chunks) > 1
    assert [chunk.seconds for chunk in then.chunks] == sorted(c.seconds for c in then.chunks)


async def test_nobody_is_known_from_a_recording(
    recording: tuple[Path, dict[str, Any], set[str]],
) -> None:
    """Tokens, ids, names and signatures are others, and the file is its owner's alone."""
    path, _, secrets = recording
    text = path.read_text("utf-8")
    assert [secret for secret in secrets if secret in text] == []
    assert "lo-fi music" in text
    if os.name == "posix":
        assert path.stat().st_mode & 0o077 == 0
    tokens = set(re.findall(r"nmv_usr_\w+", text))
    assert len(tokens) == 1


async def test_what_was_not_recorded_is_refused(
    recording: tuple[Path, dict[str, Any], set[str]],
) -> None:
    """A message more than there were gets no answer of another one; a look may be repeated."""
    path, _, _ = recording
    async with (
        Emulator(replay=path, speed=10_000) as emulator,
        aiohttp.ClientSession(emulator.base_url) as http,
    ):
        for status in (200, 410):
            async with http.post("/run_sse", json={}) as response:
                assert response.status == status
                await response.read()
        for _ in range(3):
            async with http.get("/api/credits/balance/simple") as response:
                assert response.status == 200


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"format":"nemo-sdk-recording","version":9}'])
def test_what_is_no_recording_is_refused(tmp_path: Path, text: str) -> None:
    """Another file, or one of a newer version, is told from a recording at once."""
    path = tmp_path / "other.jsonl"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"other\.jsonl is no recording"):
        Emulator(replay=path)


@pytest.mark.parametrize("line", ["{", "{}", '{"method":"GET","path":"/","status":"x"}', "7"])
def test_a_broken_line_is_named(tmp_path: Path, line: str) -> None:
    """The words say which line cannot be read."""
    path = tmp_path / "broken.jsonl"
    header = json.dumps({"format": "nemo-sdk-recording", "version": 1})
    path.write_text(f"{header}\n\n{line}\n")
    with pytest.raises(ValueError, match=r"Line 3 of broken\.jsonl"):
        Emulator(replay=path)


@pytest.mark.parametrize("url", ["", "example.com", "ftp://example.com", "https://"])
def test_a_recorder_needs_an_address(url: str) -> None:
    """What cannot be the service's address is refused at once."""
    with pytest.raises(ValueError, match="must look like"):
        Recorder(url)


def test_a_value_cut_in_two_is_masked() -> None:
    """A token that two pieces of a stream share is in neither; what is between stays in place."""
    masks = Masks()
    masks.look_at({"token": "nmv_usr_abcdef123456", "session_id": 1234567890, "name": "Lo-fi"})
    pieces = [b"data: nmv_usr_abc", b"def123456 and", b" 1234567890 Lo-fi"]
    masked = masks.chunks([Chunk(at, data) for at, data in enumerate(pieces)])
    assert [chunk.data for chunk in masked] == [
        b"data: nmv_usr_000000000001",
        b" and",
        b" 1000000002 Lo-fi",
    ]
    assert [chunk.seconds for chunk in masked] == [0, 1, 2]


TOKEN = "nmv_usr_0123456789abcdef"


@pytest.mark.parametrize(
    "place",
    [
        "https://w.example/claim?ct=clm_9f8e7d6c5b",
        "https://films.example/a.mp4?X-Amz-Signature=9f8e7d6c5b&part=1",
        "session of anon_9f8e7d6c5b was not found",
        'wrong header: "Authorization: Bearer 9f8e7d6c5b"',
        '{"args": "{\\"session_id\\": \\"9f8e7d6c5b\\"}"}',
        'data: {"parts": [{"text": "{\\"claim_token\\": \\"9f8e7d6c5b\\"}"}]}',
        "ask 9f8e7d6c5b@example.com about it",
        "<h1>eyJhbGciOi.9f8e7d6c5b.c2ln</h1>",
    ],
)
def test_secrets_in_odd_places(place: str) -> None:
    """What looks like a secret is masked where it stands, in whatever text that is."""
    masks = Masks()
    masks.look_at_text(place)
    assert "9f8e7d6c5b" not in masks.text(place)


@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
def test_a_token_in_base_64(before: str) -> None:
    """A token is masked in base 64 too, behind however many other letters it stands there."""
    masks = Masks()
    masks.add(TOKEN)
    hidden = base64.b64encode(f"{before}{TOKEN}:x".encode()).decode()
    shown = base64.b64decode(masks.text(f"Basic {hidden}").removeprefix("Basic "))
    assert TOKEN[4:-4].encode() not in shown


def test_usual_words_stay() -> None:
    """What is no secret is not taken for one."""
    text = "Use lo-fi music at 35%; see https://example.com/a?page=2&lang=en. token=short"
    masks = Masks()
    masks.look_at_text(text)
    assert masks.text(text) == text


async def test_a_redirect_is_recorded_without_its_signature(tmp_path: Path) -> None:
    """Headers are as silent as bodies are."""

    async def moved(_: web.Request) -> web.Response:
        raise web.HTTPFound(f"/films/{TOKEN}?Signature=abcdef123456")

    app = web.Application()
    app.router.add_get("/film", moved)
    async with TestServer(app) as service:
        path = tmp_path / "talk.jsonl"
        async with (
            Recorder(str(service.make_url("")), path) as recorder,
            aiohttp.ClientSession() as http,
        ):
            headers = {"Authorization": f"Bearer {TOKEN}"}
            address = f"{recorder.base_url}/film"
            async with http.get(address, headers=headers, allow_redirects=False) as answer:
                assert "Signature" in answer.headers["Location"]
    text = path.read_text("utf-8")
    assert TOKEN not in text
    assert "Signature" not in text


CALL = {"method": "GET", "path": "/a", "sent": {}, "status": 200, "headers": {}, "chunks": []}


@pytest.mark.parametrize(
    "change",
    [
        {"status": 9999},
        {"status": 100},
        {"method": 7},
        {"method": "GET /"},
        {"path": None},
        {"path": "a"},
        {"headers": {"a": 5}},
        {"headers": {"a": "b\r\nc: d"}},
        {"headers": [1]},
        {"sent": 5},
        {"chunks": [[-1, "a"]]},
        {"chunks": [[float("nan"), "a"]]},
        {"chunks": [[float("inf"), "a"]]},
        {"chunks": [[0, {"base64": "%%%"}]]},
        {"chunks": [[0, 5]]},
        {"chunks": 5},
    ],
    ids=str,
)
def test_a_tampered_call_is_named(tmp_path: Path, change: dict[str, Any]) -> None:
    """A call that no service can have answered is refused before anything is played."""
    path = tmp_path / "tampered.jsonl"
    header = json.dumps({"format": "nemo-sdk-recording", "version": 1})
    path.write_text(f"{header}\n{json.dumps(CALL)}\n{json.dumps(CALL | change)}\n")
    with pytest.raises(ValueError, match=r"Line 3 of tampered\.jsonl"):
        Emulator(replay=path)


def test_what_editors_and_other_programs_leave(tmp_path: Path) -> None:
    """A byte order mark and Windows' ends of lines do no harm; bytes that are no text are told."""
    header = json.dumps({"format": "nemo-sdk-recording", "version": 1})
    path = tmp_path / "windows.jsonl"
    path.write_bytes(f"\ufeff{header}\r\n{json.dumps(CALL)}\r\n".encode())
    assert len(read(path)) == 1
    for content in (b"\x00\xff\xfe", f"{header}\n".encode("utf-16"), b"[" * 100_000):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"windows\.jsonl is no recording"):
            read(path)
