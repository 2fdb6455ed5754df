"""The bot's chats, under pytest-asyncio in its strict mode: nothing but the fixtures is needed."""

import pytest
from film_bot import FilmBot

from nemo_sdk import NemoClient
from nemo_sdk.testing import LocalEmulator

pytestmark = pytest.mark.asyncio
PROMPT = "a two second film of a lighthouse"


async def test_film_is_made(nemo_client: NemoClient, nemo_emulator: LocalEmulator) -> None:
    """A prompt and the word "export" give a film, and one charge."""
    bot = FilmBot(nemo_client)
    await bot.answer("anna", PROMPT)
    told = await bot.answer("anna", "export")
    assert told.startswith(f"Your film: {nemo_emulator.films_url}/films/")
    assert [charge.kind for charge in nemo_emulator.charges] == ["generation"]


async def test_chats_are_apart(nemo_client: NemoClient, nemo_emulator: LocalEmulator) -> None:
    """Two people's films do not meet."""
    bot = FilmBot(nemo_client)
    await bot.answer("anna", PROMPT)
    await bot.answer("ben", "a film of a goat")
    sessions = {charge.session_id for charge in nemo_emulator.charges}
    assert len(sessions) == 2
    assert "lighthouse" in await bot.answer("anna", "status")
    assert "lighthouse" not in await bot.answer("ben", "status")


@pytest.mark.nemo_emulator(credits=0)
async def test_poor_user_gets_a_link(nemo_client: NemoClient) -> None:
    """Who has no credits is told where to register."""
    told = await FilmBot(nemo_client).answer("anna", PROMPT)
    assert "/register?bind=anon_" in told


async def test_broken_connection(nemo_client: NemoClient, nemo_emulator: LocalEmulator) -> None:
    """A connection that breaks in the middle of a turn costs neither the film nor more credits."""
    nemo_emulator.faults.cut("run_sse", after_event=2)
    bot = FilmBot(nemo_client)
    await bot.answer("anna", PROMPT)
    assert "lighthouse" in await bot.answer("anna", "status")
    assert len(nemo_emulator.charges) == len(nemo_emulator.calls_of("run_sse")) == 1


async def test_broken_renderer(nemo_client: NemoClient, nemo_emulator: LocalEmulator) -> None:
    """A render that fails is told, and the chat goes on."""
    nemo_emulator.fail_renders(error="out of memory")
    bot = FilmBot(nemo_client)
    await bot.answer("anna", PROMPT)
    assert "out of memory" in await bot.answer("anna", "export")
    assert "Your film" in await bot.answer("anna", "export")
