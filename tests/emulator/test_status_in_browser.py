"""The status page in a real browser: a film is made through the library while it looks on."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from clocks import FAST

from nemo_sdk import InsufficientCreditsError, NemoClient
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
    async with NemoClient(base_url=emulator.base_url, timing=FAST, token_store=None) as client:
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


async def opens(browser: Any, emulator: Emulator) -> None:
    """Opens the page, and forgets what the browser has complained of before."""
    await asyncio.to_thread(browser.get, "about:blank")
    await asyncio.to_thread(browser.get_log, "browser")
    await asyncio.to_thread(browser.get, f"{emulator.base_url}/")


async def clicks(browser: Any, selector: str, words: str = "") -> None:
    """Waits for an element with some words in it, and clicks it."""
    await shows(browser, selector, words)
    script = """
        [...document.querySelectorAll(arguments[0])]
            .find(each => each.textContent.includes(arguments[1])).click()"""
    await asyncio.to_thread(browser.execute_script, script, selector, words)


async def test_a_turn_is_cut_where_the_slider_stands(browser: Any, emulator: Emulator) -> None:
    """The page cuts it, the client follows it to its film, and the page shows one charge."""
    await opens(browser, emulator)
    await shows(browser, "#kinds button", "2001")
    slide = "const at = document.getElementById('instant'); at.value = 90; at.oninput()"
    await asyncio.to_thread(browser.execute_script, slide)
    await shows(browser, "#seconds", "after 90 s")
    await clicks(browser, "#cut")
    await shows(browser, "#waiting", "cut of run_sse")
    async with emulator.client(timing=FAST) as client:
        generation = asyncio.ensure_future(client.generate("a two second film of a cat"))
        while not generation.done():
            await emulator.clock.advance(5)
            await asyncio.sleep(0.05)
        await generation
    await shows(browser, "#cuts", "was sent once, charged once (100 cr)")
    await shows(browser, ".film .completed", "completed")
    assert len(emulator.charges) == 1
    assert browser.get_log("browser") == []


async def test_refusals_calls_and_sessions_are_found(browser: Any, emulator: Emulator) -> None:
    """2001 under HTTP 200 is red, a call opens, and the search says how many it shows."""
    poor = emulator.add_token(credits=1)
    async with emulator.client(token=poor, timing=FAST) as client:
        with pytest.raises(InsufficientCreditsError):
            await (await client.create_session()).ask("a film of a zebra")
        other = await client.create_session()
    await opens(browser, emulator)
    await shows(browser, ".talk .refusal", "run_sse: 2001")
    await shows(browser, "#calls b.refused", "200")
    await shows(browser, "#live .session", f"…{emulator.calls_of('run_sse')[0].session_id[-4:]}")
    await clicks(browser, "#calls summary", "run_sse")
    await shows(browser, ".parts pre", '"app_name": "nemo_agent"')
    await shows(browser, ".parts code", "refused: 2001")
    await shows(browser, "#shown", "2 sessions")
    search = "const at = document.getElementById('search'); at.value = arguments[0]; at.oninput()"
    await asyncio.to_thread(browser.execute_script, search, "zebra")
    await shows(browser, "#shown", "1 of 2 found")
    await asyncio.to_thread(browser.execute_script, search, other.id)
    await shows(browser, "#sessions code", other.id)
    assert browser.get_log("browser") == []


@pytest.mark.parametrize("width", [390, 1280])
async def test_the_page_fits(browser: Any, emulator: Emulator, width: int) -> None:
    """Nothing of it lies beside the screen, also on a phone and with words that have no end."""
    async with emulator.client(timing=FAST) as client:
        session = await client.create_session()
        emulator.script({"content": {"parts": [{"text": "x" * 300}]}}, charge="answer")
        await session.ask("y" * 300)
    await opens(browser, emulator)
    await shows(browser, ".talk .raw", "xxx")
    size = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 500}
    command = browser.execute_cdp_cmd
    await asyncio.to_thread(command, "Emulation.setDeviceMetricsOverride", size)
    for summary in ("create_session", "run_sse"):
        await clicks(browser, "#calls summary", summary)
    await shows(browser, ".parts pre", "xxx")
    fits = "return document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert await asyncio.to_thread(browser.execute_script, fits)
    await asyncio.to_thread(command, "Emulation.clearDeviceMetricsOverride", {})


async def _film(client: NemoClient) -> None:
    await client.generate(PROMPT)
