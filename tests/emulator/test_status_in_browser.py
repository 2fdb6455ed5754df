"""The status page in a real browser: a film is made through the library while it looks on."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from clocks import PATIENT

from nemo_sdk import NemoClient
from nemo_sdk.emulator import Clock, Emulator

webdriver = pytest.importorskip("selenium.webdriver")
DRIVER = shutil.which("chromedriver")
CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(not (DRIVER and CHROMIUM), reason="chromium is not installed")

PROMPT = '<img src=x onerror="document.title=1"> a two second film of a cat'
PLAY = """
const done = arguments[0], player = document.querySelector("video");
const tell = () => player.currentTime > 0 && done([player.readyState, player.currentTime]);
player.addEventListener("timeupdate", tell);
player.play().catch(problem => done([0, String(problem)]));
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium without a window."""
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in ("headless=new", "no-sandbox", "disable-gpu", "disable-dev-shm-usage"):
        options.add_argument(f"--{argument}")
    options.add_argument("--window-size=1400,1300")
    service = webdriver.ChromeService(DRIVER)
    driver = webdriver.Chrome(options=options, service=service)
    yield driver
    driver.quit()


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    """An emulator with small films of its own renderer; the test moves its time."""
    clock = Clock(manual=True)
    async with Emulator(credits=1000, clock=clock, film_size=(320, 180)) as running:
        yield running


async def shows(browser: Any, selector: str, words: str = "") -> None:
    """Waits until the page has an element with some words in it."""
    script = "return [...document.querySelectorAll(arguments[0])].map(each => each.textContent)"
    async with asyncio.timeout(120):
        while True:
            texts = await asyncio.to_thread(browser.execute_script, script, selector)
            if any(words in text for text in texts):
                return
            await asyncio.sleep(0.05)


async def test_a_generation_is_watched_and_its_film_plays(browser: Any, emulator: Emulator) -> None:
    """The page shows the session live, the film plays in place, and no text becomes markup."""
    await asyncio.to_thread(browser.get, f"{emulator.base_url}/")
    await shows(browser, ".empty", "No session yet")
    async with NemoClient(base_url=emulator.base_url, timing=PATIENT, token_store=None) as client:
        generation = asyncio.ensure_future(_film(client))
        await shows(browser, ".state.working", "working")
        while not emulator.renders:
            await emulator.clock.advance(5)
            await asyncio.sleep(0.05)
        await shows(browser, "#live .tool", "generate_video begins")
        while not generation.done():
            await emulator.clock.advance(5)
            await asyncio.sleep(0.05)
        await generation
    await shows(browser, ".strip .segment.audio", "35%")
    await shows(browser, ".film .completed", "completed")
    await shows(browser, "#charges td", PROMPT)
    ready, position = await asyncio.to_thread(browser.execute_async_script, PLAY)
    assert ready >= 2
    assert position > 0
    assert browser.title == "NemoVideo emulator"
    assert not await asyncio.to_thread(browser.find_elements, "css selector", "img")
    assert browser.get_log("browser") == []


async def test_the_page_says_when_the_emulator_is_gone(browser: Any) -> None:
    """Without a connection the page says so, and keeps what it had."""
    async with Emulator() as emulator:
        await asyncio.to_thread(browser.get, f"{emulator.base_url}/")
        await shows(browser, "#link.live")
    await shows(browser, "#link.lost", "no connection")


async def _film(client: NemoClient) -> None:
    await client.generate(PROMPT)
