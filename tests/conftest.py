"""What every test stands on: a home of its own, an emulator over real sockets, a fast clock."""

import signal
from collections.abc import AsyncIterator, Iterator
from inspect import signature
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import aiohttp
import hypothesis
import pytest
from aioresponses import aioresponses
from clocks import FAST, HASTY
from loop_time import count_only_waiting
from sketches import Sketch, sketch

from nemo_sdk import NemoClient, Timing
from nemo_sdk.emulator import Emulator

__all__ = ["FAST", "HASTY", "Sketch", "sketch"]

count_only_waiting()
hypothesis.settings.register_profile(
    "patient", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("patient")
# A shell that runs the tests in the background has them, and all they start, ignore Ctrl-C; under
# nohup they ignore the end of a terminal.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a home and an environment without the developer's own settings."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    for name in (
        *("NEMO_TOKEN", "NEMO_API_URL", "NEMO_WEB_URL", "NEMO_CLIENT_ID", "NEMO_LOG"),
        *("NEMO_TIMING_SCALE", "NEMO_SKILL", "SKILL_SOURCE"),
        *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"),
    ):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    """The service on this machine, with credits for many generations and films that cost nothing.

    Ten times faster than the clients' clock, so that no test waits for its films.
    """
    async with Emulator(credits=10_000, speed=1000, renderer=sketch) as running:
        yield running


@pytest.fixture
def timing() -> Timing:
    """The clock of `client`, with waits a hundred times shorter than the real ones."""
    return FAST


@pytest.fixture
async def client(emulator: Emulator, timing: Timing) -> AsyncIterator[NemoClient]:
    """A client of the emulator."""
    async with NemoClient(base_url=emulator.base_url, timing=timing) as made:
        yield made


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A real clip of one second."""
    import av

    path = tmp_path / "holiday.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=12)
        stream.width, stream.height, stream.pix_fmt = 160, 90, "yuv420p"
        for _ in range(12):
            for packet in stream.encode(av.VideoFrame(160, 90, "yuv420p")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return path


class _Response(aiohttp.ClientResponse):
    """aioresponses does not know the argument that aiohttp 3.14 asks for."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if "stream_writer" in signature(aiohttp.ClientResponse).parameters:
            kwargs.setdefault("stream_writer", Mock(output_size=0))
        super().__init__(*args, **kwargs)


@pytest.fixture
def http(monkeypatch: pytest.MonkeyPatch) -> Iterator[aioresponses]:
    """Mock aiohttp: for what one request looks like, and how often it is sent."""
    monkeypatch.setattr("aioresponses.core.ClientResponse", _Response)
    monkeypatch.setattr("aioresponses.core.stream_reader_factory", _stream_reader)
    with aioresponses() as mocked:
        yield mocked


def _stream_reader(loop: Any = None) -> aiohttp.StreamReader:
    """A reader that takes a long body: its protocol has the parser that pausing looks for."""
    return aiohttp.StreamReader(Mock(_reading_paused=False, _parser=Mock()), 2**16, loop=loop)
