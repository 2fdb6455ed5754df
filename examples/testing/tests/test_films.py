"""The films themselves, under anyio, and without any async plugin at all."""

import asyncio
from pathlib import Path

import av
import pytest
from film_bot import FilmBot

from nemo_sdk import NemoClient
from nemo_sdk.testing import LocalEmulator


@pytest.fixture
def anyio_backend() -> str:
    """The client stands on aiohttp, and so on asyncio."""
    return "asyncio"


@pytest.mark.anyio
async def test_film_plays(nemo_client: NemoClient, tmp_path: Path) -> None:
    """What is saved is a film of the length that was asked for."""
    video = await nemo_client.generate("a two second film of a lighthouse")
    with av.open(str(await video.save(tmp_path / "film.mp4"))) as film:
        assert film.duration is not None
        assert film.duration / 1_000_000 == pytest.approx(2, abs=0.2)
        assert film.streams.video[0].codec.name == "h264"


@pytest.mark.nemo_emulator(films=False)
def test_program_of_its_own(nemo_emulator: LocalEmulator) -> None:
    """A test that is no coroutine runs the bot in a loop of its own."""

    async def program() -> str:
        async with nemo_emulator.client() as client:
            return await FilmBot(client).answer("anna", "credits")

    assert asyncio.run(program()) == "10000 credits are left."
