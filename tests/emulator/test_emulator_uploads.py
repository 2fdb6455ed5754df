"""Uploads, with files that PyAV has made."""

import hashlib
import math
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import aiohttp
import av
import pytest
from PIL import Image

from .conftest import Api, Emulators


def make_film(path: Path, *, frames: int = 20, fps: int = 10) -> Path:
    """Encodes a small film of moving grey."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(frames):
            frame = av.VideoFrame(64, 48, "yuv420p")
            for plane in frame.planes:
                plane.update(bytes([number * 10]) * plane.buffer_size)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def make_sound(path: Path, *, seconds: float = 0.5) -> Path:
    """Encodes a tone."""
    rate = 8000
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=rate)
        frame = av.AudioFrame(format="s16", layout="mono", samples=int(rate * seconds))
        samples = (int(9000 * math.sin(at / 5)) for at in range(frame.samples))
        frame.planes[0].update(
            b"".join(value.to_bytes(2, "little", signed=True) for value in samples)
        )
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def form(*files: tuple[str, bytes], field: str = "files") -> aiohttp.FormData:
    """Returns a multipart body."""
    data = aiohttp.FormData(quote_fields=False)
    for name, content in files:
        data.add_field(field, content, filename=name, content_type="video/mp4")
    return data


async def upload(api: Api, session: str, data: Any) -> tuple[int, Any]:
    """Posts an upload."""
    return await api.call("POST", f"/api/upload-video/nemo_agent/me/{session}", data=data)


async def test_a_film_is_measured(api: Api, tmp_path: Path) -> None:
    """An uploaded film's duration, size, rate and hash are its own."""
    content = make_film(tmp_path / "a.mp4").read_bytes()
    session = await api.session()
    status, answer = await upload(api, session, form(("度假.mp4", content)))
    assert (status, answer["code"]) == (200, 0)
    assert answer["data"]["session_state_applied"] is True
    (file,) = answer["data"]["files"]
    assert (file["filename"], file["file_type"]) == ("度假.mp4", "video")
    assert (file["width"], file["height"], file["fps"]) == (64, 48, 10)
    assert file["duration"] == pytest.approx(2.0, abs=0.11)
    assert file["hash"] == hashlib.sha256(content).hexdigest()
    async with aiohttp.ClientSession() as stranger, stranger.get(file["cdn_url"]) as response:
        assert await response.read() == content


async def test_several_files_of_all_types(api: Api, tmp_path: Path) -> None:
    """A film, a picture and a sound in one request are told apart and kept for the film."""
    Image.new("RGB", (30, 20), "red").save(tmp_path / "b.png")
    files = [
        ("a.MOV", make_film(tmp_path / "a.mov").read_bytes()),
        ("b.png", (tmp_path / "b.png").read_bytes()),
        ("c.wav", make_sound(tmp_path / "c.wav").read_bytes()),
    ]
    session = await api.session()
    _, answer = await upload(api, session, form(*files))
    facts = answer["data"]["files"]
    assert [file["file_type"] for file in facts] == ["video", "image", "audio"]
    assert (facts[1]["width"], facts[1]["height"], "duration" in facts[1]) == (30, 20, False)
    assert facts[2]["duration"] == pytest.approx(0.5)
    media = api.emulator.sessions[session].media
    assert [path.read_bytes() for path in media.values()] == [content for _, content in files]
    assert len((await api.state(session))["video_infos"]) == 3


async def test_an_uploaded_clip_is_what_is_rendered(api: Api, tmp_path: Path) -> None:
    """The draft's `src` of an uploaded clip is a key into what the renderer is given."""
    session = await api.session()
    await upload(api, session, form(("a.mp4", make_film(tmp_path / "a.mp4").read_bytes())))
    await api.turn(session, "add lo-fi music")
    draft = await api.draft(session)
    source = draft["t"][0]["sg"][0]["m"]["src"]
    assert list(api.emulator.sessions[session].media) == [source]
    await api.submit(session, draft=draft)
    assert (await api.rendered())["status"] == "completed"


@pytest.mark.parametrize("name", ["a.txt", "a", "a.mp4.exe", ".mp4", "a.heic"])
async def test_other_extensions_are_4001(api: Api, name: str) -> None:
    """A type that the service does not take is refused, with those that it does."""
    _, answer = await upload(api, await api.session(), form((name, b"x")))
    assert answer["code"] == 4001
    assert "mp4" in answer["message"]


@pytest.mark.parametrize("name", ["a.mp4", "a.png", "a.mp3", "a.webp"])
async def test_content_that_is_not_its_type_is_4001(api: Api, name: str) -> None:
    """A file that cannot be decoded as what it is called is refused, and not kept."""
    session = await api.session()
    _, answer = await upload(api, session, form((name, b"not a film at all" * 100)))
    assert answer["code"] == 4001
    assert api.emulator.sessions[session].media == {}


async def test_a_sound_called_a_film_is_4001(api: Api, tmp_path: Path) -> None:
    """A readable file without pictures is no film."""
    content = make_sound(tmp_path / "c.wav").read_bytes()
    _, answer = await upload(api, await api.session(), form(("a.mov", content)))
    assert answer["code"] == 4001


async def test_one_bad_file_refuses_all(api: Api, tmp_path: Path) -> None:
    """Of a request with one bad file nothing is kept."""
    content = make_film(tmp_path / "a.mp4").read_bytes()
    session = await api.session()
    _, answer = await upload(api, session, form(("a.mp4", content), ("b.txt", b"x")))
    assert answer["code"] == 4001
    assert api.emulator.sessions[session].uploads == {}


async def test_too_large_a_file_is_4002(emulators: Emulators) -> None:
    """A file above the limit is refused before it has been read whole."""
    api = await emulators(upload_limit=1_000_000)
    session = await api.session()
    _, answer = await upload(api, session, form(("a.mp4", b"x" * 1_000_001)))
    assert answer["code"] == 4002
    assert "1 MB" in answer["message"]


@pytest.mark.parametrize(
    "data",
    [
        form(("a.mp4", b"x"), field="file"),
        aiohttp.FormData({"files": "x"}, default_to_multipart=True),
    ],
)
async def test_files_come_in_the_field_files(api: Api, data: aiohttp.FormData) -> None:
    """Another field's name, or a part without a file name, is refused."""
    status, answer = await upload(api, await api.session(), data)
    assert status in {200, 422}
    assert answer["code"] in {422, 4001}


async def test_a_broken_multipart_body_is_refused(api: Api) -> None:
    """A multipart header without a multipart body is 422."""
    path = f"/api/upload-video/nemo_agent/me/{await api.session()}"
    for kind in ("multipart/form-data; boundary=x", "multipart/form-data"):
        status, _ = await api.call("POST", path, data=b"garbage", headers={"Content-Type": kind})
        assert status == 422


@pytest.mark.parametrize("header", [b"no header", b"na\x00me: x", b"A: " + b"x" * 100_000])
async def test_a_part_with_broken_headers_is_refused(api: Api, header: bytes) -> None:
    """What cannot be read as a part's headers is 422, not a failure of the service."""
    path = f"/api/upload-video/nemo_agent/me/{await api.session()}"
    body = b"--x\r\n" + header + b"\r\n\r\n1\r\n--x--\r\n"
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    assert (await api.call("POST", path, data=body, headers=kind))[0] == 422


async def test_the_parts_of_an_upload_are_recorded(api: Api) -> None:
    """A call tells the field, name, type and size of each part."""
    await upload(api, await api.session(), form(("a.mp4", b"x" * 10)))
    (call,) = api.emulator.calls_of("upload")
    assert call.body == [
        {"field": "files", "filename": "a.mp4", "content_type": "video/mp4", "size": 10}
    ]


async def test_addresses_are_taken_by_their_extension(api: Api) -> None:
    """URLs are recorded with their type; nobody fetches them."""
    session = await api.session()
    path = f"/api/upload-video/nemo_agent/me/{session}"
    urls = ["https://example.com/a.mp4?x=1", "https://example.com/d/b.JPG"]
    body = {"urls": urls, "source_type": "url"}
    files = (await api.data("POST", path, json=body))["files"]
    assert [(file["filename"], file["file_type"]) for file in files] == [
        ("a.mp4", "video"),
        ("b.JPG", "image"),
    ]
    await api.turn(session, "add lo-fi music")
    assert len((await api.draft(session))["t"][0]["sg"]) == 2


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"urls": ["https://example.com/page"], "source_type": "url"}, 4001),
        ({"urls": [], "source_type": "url"}, 422),
        ({"urls": "https://example.com/a.mp4", "source_type": "url"}, 422),
        ({"urls": ["https://example.com/a.mp4"]}, 422),
        ([], 422),
    ],
)
async def test_bad_addresses_are_refused(api: Api, body: Any, code: int) -> None:
    """An address without a known extension is 4001, another body 422."""
    path = f"/api/upload-video/nemo_agent/me/{await api.session()}"
    assert (await api.call("POST", path, json=body))[1]["code"] == code


async def test_without_pyav_the_answer_says_what_to_install(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An upload without the extra is a 500 that names the extra."""
    monkeypatch.setitem(sys.modules, "av", None)
    status, answer = await upload(api, await api.session(), form(("a.mp4", b"x")))
    assert status == 500
    assert "pip install 'nemo-sdk[emulator]'" in answer["detail"]
