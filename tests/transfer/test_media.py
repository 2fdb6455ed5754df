"""What the service takes, told by name and by content."""

import io
import wave
from pathlib import Path
from typing import cast

import av
import pytest
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image

from nemo_sdk import UnsupportedFileTypeError
from nemo_sdk._protocol.envelope import ACCEPTED
from nemo_sdk._transfer import file_types

VIDEO_CODECS = {"mp4": "mpeg4", "mov": "mpeg4", "avi": "mpeg4", "webm": "libvpx", "mkv": "mpeg4"}
PICTURES = {"jpg": "JPEG", "png": "PNG", "gif": "GIF", "webp": "WEBP"}
SOUND_CODECS = {"mp3": "libmp3lame", "m4a": "aac", "aac": "aac"}
FORMATS = (*VIDEO_CODECS, *PICTURES, *SOUND_CODECS, "wav")
FTYP = b"\0\0\0\x18ftyp"
FRAMES_FROM_THE_WILD = {
    "plain MPEG-1 layer III": b"\xff\xfb\x90\x64",
    "with a checksum": b"\xff\xfa\x90\x64",
    "MPEG-2": b"\xff\xf3\x48\xc4",
    "MPEG-2.5": b"\xff\xe3\x18\xc4",
    "after an encoder's padding": b"\0" * 100 + b"\xff\xfb\x90\x64",
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one small real file of each format."""
    folder = tmp_path_factory.mktemp("media")
    for extension, codec in VIDEO_CODECS.items():
        make_video(folder / f"real.{extension}", codec)
    for extension, kind in PICTURES.items():
        Image.new("RGB", (16, 16), "teal").save(folder / f"real.{extension}", kind)
    for extension, codec in SOUND_CODECS.items():
        make_sound(folder / f"real.{extension}", codec)
    with wave.open(str(folder / "real.wav"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(b"\0\0" * 800)
    return folder


def make_video(path: Path, codec: str) -> None:
    with av.open(str(path), "w") as container:
        stream = cast("VideoStream", container.add_stream(codec, rate=10))
        stream.width, stream.height, stream.pix_fmt = 16, 16, "yuv420p"
        for _ in range(2):
            container.mux(stream.encode(VideoFrame(16, 16, "yuv420p")))
        container.mux(stream.encode())


def make_sound(path: Path, codec: str) -> None:
    container_format = {"aac": "adts", "m4a": "ipod"}.get(path.suffix[1:])
    options = {"write_id3v2": "0"} if path.suffix == ".mp3" else {}
    with av.open(str(path), "w", format=container_format, options=options) as container:
        stream = cast("AudioStream", container.add_stream(codec, rate=44100, layout="mono"))
        frame = AudioFrame("fltp", "mono", 1024)
        frame.sample_rate = 44100
        frame.planes[0].update(bytes(frame.planes[0].buffer_size))
        for _ in range(3):
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def head_of(path: Path) -> bytes:
    return path.read_bytes()[: file_types.HEAD]


def test_thirteen_formats_are_tried() -> None:
    """The tests here know every format of the contract."""
    assert sorted(FORMATS) == sorted(ACCEPTED)


@pytest.mark.parametrize("extension", FORMATS)
def test_real_file_is_taken(files: Path, extension: str) -> None:
    """A file that is what its name says passes, in capitals too."""
    head = head_of(files / f"real.{extension}")
    name = f"FILM.{extension.upper()}"
    assert file_types.identified(name, head) == name


@pytest.mark.parametrize("extension", FORMATS)
def test_bytes_without_a_name_are_named_by_their_content(files: Path, extension: str) -> None:
    """The kind of bytes is told without a name, mp4 apart from mov, mkv apart from webm."""
    assert file_types.identified("", head_of(files / f"real.{extension}")) == f"upload.{extension}"


@pytest.mark.parametrize("extension", FORMATS)
def test_web_page_is_refused_under_every_name(extension: str) -> None:
    """An error page that was saved as a film is not uploaded."""
    with pytest.raises(UnsupportedFileTypeError, match="a web page inside"):
        file_types.identified(f"film.{extension}", b"\n<!DOCTYPE html><html>" + b" " * 600)


@pytest.mark.parametrize("name", ["film.mp4", "a.b.PNG", "film", "film.mp4.part"])
def test_what_is_not_recognised_is_left_to_the_service(name: str) -> None:
    """Bytes of no known kind go under their own name: the service knows more than we do."""
    noise = "Grüße, hello. ".encode() * 50
    assert file_types.identified(name, noise) == name


@pytest.mark.parametrize(
    ("name", "found", "sent"),
    [
        ("photo.jpg", "webp", "photo.webp"),
        ("photo.JPEG", "png", "photo.png"),
        ("photo.jfif", "jpg", "photo.jpg"),
        ("a.mp4", "jpg", "a.jpg"),
        ("a.mp3", "wav", "a.wav"),
        ("a.avi", "webp", "a.webp"),
        ("a.aac", "m4a", "a.m4a"),
        ("film", "mp4", "film.mp4"),
        ("film.m4v", "mp4", "film.mp4"),
        ("version 1.2", "mp4", "version 1.2.mp4"),
        ("film.mp4.part", "mp4", "film.mp4.part.mp4"),
        (".png", "jpg", "upload.jpg"),
    ],
)
def test_known_content_is_sent_under_its_true_ending(
    files: Path, name: str, found: str, sent: str
) -> None:
    """What is inside decides, and the type follows the name: a webp called .jpg is sent as webp."""
    assert file_types.identified(name, head_of(files / f"real.{found}")) == sent
    assert file_types.content_type(sent) == file_types.content_type(f"x.{found}")


@pytest.mark.parametrize("name", ["film.mp4", "film", "", "film.pdf", "x" * 1000 + ".mp4"])
@pytest.mark.parametrize(
    ("head", "found"),
    [
        (b"%PDF-1.7\n", "pdf"),
        (b"PK\x03\x04", "zip"),
        (b"\xef\xbb\xbf <!doctype HTML><p>", "a web page"),
        ('<?xml version="1.0"?><svg>'.encode("utf-16"), "XML"),
        (b'{"code": 1001}', "JSON"),
    ],
)
def test_what_is_known_to_be_something_else_is_refused(name: str, head: bytes, found: str) -> None:
    """The error says what it is, what there could be, and no long name as a whole."""
    with pytest.raises(UnsupportedFileTypeError, match=f"is {found} inside") as caught:
        file_types.identified(name, head + b" " * 600)
    assert caught.value.accepted == ACCEPTED
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("name", "found"), [("a.mp4", "mov"), ("a.mov", "mp4"), ("a.m4a", "mp4"), ("a.mkv", "webm")]
)
def test_sister_formats_pass_for_each_other(files: Path, name: str, found: str) -> None:
    """Containers that differ in a brand only are left to the service to tell apart."""
    assert file_types.identified(name, head_of(files / f"real.{found}")) == name


@pytest.mark.parametrize("atom", [b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"])
@pytest.mark.parametrize("size", [8, 0x100, 0x1B3, 5_000_000])
def test_mov_without_ftyp_is_known_by_its_first_atom(atom: bytes, size: int) -> None:
    """QuickTime files older than brands pass, whatever the length of their first atom."""
    head = size.to_bytes(4, "big") + atom + bytes(600)
    assert file_types.identified("", head) == "upload.mov"


def test_text_with_an_atoms_name_in_it_is_no_mov() -> None:
    """Words at the place of an atom need the length of one before them."""
    assert file_types.identified("a", b"The free world" * 50) == "a"


@pytest.mark.parametrize(
    ("brand", "name"),
    [
        (b"isom", "mp4"),
        (b"iso6", "mp4"),
        (b"avc1", "mp4"),
        (b"dash", "mp4"),
        (b"M4V ", "mp4"),
        (b"3gp5", "mp4"),
        (b"qt  ", "mov"),
        (b"M4A ", "m4a"),
        (b"M4B ", "m4a"),
    ],
)
def test_brands_of_the_iso_container(brand: bytes, name: str) -> None:
    """The major brand tells films, QuickTime and sound apart."""
    assert file_types.identified("", FTYP + brand + bytes(600)) == f"upload.{name}"


@pytest.mark.parametrize("brand", [b"heic", b"mif1", b"avif"])
@pytest.mark.parametrize("name", ["photo.jpg", "photo.mp4"])
def test_photo_of_a_phone_is_refused_under_other_names(brand: bytes, name: str) -> None:
    """HEIC and AVIF live in the films' container, and are neither film nor JPEG."""
    with pytest.raises(UnsupportedFileTypeError, match="inside"):
        file_types.identified(name, FTYP + brand + bytes(600))


@pytest.mark.parametrize("head", FRAMES_FROM_THE_WILD.values(), ids=FRAMES_FROM_THE_WILD.keys())
def test_mp3_without_a_tag_is_known_by_its_frames(head: bytes) -> None:
    """An mp3 need not begin with ID3."""
    assert file_types.identified("", head + bytes(600)) == "upload.mp3"


@pytest.mark.parametrize("second", [0xF0, 0xF1, 0xF8, 0xF9])
def test_aac_is_known_by_its_frames(second: int) -> None:
    """Both MPEG versions of AAC frames are known, with and without a checksum."""
    assert file_types.identified("", bytes([0xFF, second, 0x50]) + bytes(600)) == "upload.aac"


def test_utf_16_text_is_no_sound() -> None:
    """A byte order mark looks much like the start of a frame."""
    assert file_types.identified("a", "hello, world. ".encode("utf-16") * 50) == "a"


def test_animated_png_is_a_png() -> None:
    """A PNG may move."""
    frames = [Image.new("RGB", (8, 8), color) for color in ("red", "blue")]
    file = io.BytesIO()
    frames[0].save(file, "PNG", save_all=True, append_images=frames[1:])
    assert file_types.identified("a.png", file.getvalue()) == "a.png"
    assert file_types.identified("a.apng", file.getvalue()) == "a.png"


def test_type_is_that_of_the_ending() -> None:
    """Both spellings of JPEG are one format, and what nobody knows is only bytes."""
    assert file_types.content_type("A.JPEG") == file_types.content_type("a.jpg") == "image/jpeg"
    assert file_types.content_type("film") == "application/octet-stream"


@pytest.mark.parametrize("name", ["film.exe", "film.mp4.txt", "photo.HEIC"])
def test_name_that_says_what_the_service_does_not_take_is_refused(name: str) -> None:
    """Only the last ending counts, and the error lists those that there are."""
    with pytest.raises(UnsupportedFileTypeError, match="mp4, mov, avi"):
        file_types.identified(name, b"hello")


def test_bytes_of_no_kind_need_a_name() -> None:
    """Without a name nothing tells what bytes are."""
    with pytest.raises(UnsupportedFileTypeError, match="give them a name"):
        file_types.identified("", b"hello")
