"""The applications' page, in a real browser without a screen."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nemo_sdk.emulator import Emulator

from .conftest import APPS, serving

webdriver = pytest.importorskip("selenium.webdriver")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="needs chromium: apt-get install chromium chromium-driver"
)
PICTURES = os.environ.get("SCREENSHOTS")
WATCH = """
    window.seen = [];
    const get = (id) => document.getElementById(id);
    const look = () =>
      seen.push([get("make").disabled, get("percent").textContent, get("bar").value]);
    new MutationObserver(look).observe(get("film"), { subtree: true, childList: true });
"""
PLAYING = "return document.getElementById('video').readyState >= 2"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A browser for all tests of this file; its start takes a second."""
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    folder = tmp_path_factory.mktemp("browser")
    for argument in (
        *("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=900,900"),
        *("--autoplay-policy=no-user-gesture-required", "--no-proxy-server", "--disable-gpu"),
        f"--user-data-dir={folder}",
    ):
        options.add_argument(argument)
    service = webdriver.ChromeService(executable_path=DRIVER)
    driver = webdriver.Chrome(options=options, service=service)
    driver.set_page_load_timeout(60)
    yield driver
    driver.quit()


class Page:
    """What somebody does on the page and sees there; the browser works in a thread."""

    def __init__(self, browser: Any, address: str) -> None:
        self.browser = browser
        self._address = address

    async def open(self, path: str = "") -> None:
        """Open the page afresh."""
        await asyncio.to_thread(self.browser.get, "about:blank")
        await asyncio.to_thread(self.browser.get, self._address + path)

    async def ask(self, prompt: str) -> None:
        """Type a prompt and press the button."""
        await asyncio.to_thread(self._by_id("prompt").send_keys, prompt)
        await self.press("make")

    async def fill(self, name: str, words: str) -> None:
        """Type into a box, or choose a file."""
        await asyncio.to_thread(self._by_id(name).send_keys, words)

    async def press(self, name: str) -> None:
        """Press a button."""
        await asyncio.to_thread(self._by_id(name).click)

    async def run(self, script: str) -> Any:
        """Run a line of JavaScript and return its value."""
        return await asyncio.to_thread(self.browser.execute_script, script)

    async def text(self, name: str = "message") -> str:
        """Return what an element shows."""
        return str(await asyncio.to_thread(lambda: self._by_id(name).text))

    async def until(self, script: str) -> None:
        """Wait until a line of JavaScript is true."""
        async with asyncio.timeout(60):
            while not await self.run(script):
                await asyncio.sleep(0.05)

    async def picture(self, name: str) -> None:
        """Keep a picture of the page where the variable SCREENSHOTS names a folder."""
        if PICTURES:
            file = str(Path(PICTURES) / f"{name}.png")
            await asyncio.to_thread(self.browser.save_screenshot, file)

    def _by_id(self, name: str) -> Any:
        return self.browser.find_element("id", name)


@pytest.fixture
async def pages(browser: Any) -> AsyncIterator[Callable[[str], Page]]:
    """Makes pages, and leaves the last one at the end."""
    yield lambda address: Page(browser, address)
    await asyncio.to_thread(browser.get, "about:blank")


@pytest.mark.parametrize("name", APPS)
async def test_film(pages: Callable[[str], Page], name: str, tmp_path: Path) -> None:
    """A prompt becomes a film that plays in the page, with its way to it shown."""
    async with (
        Emulator(speed=60 if PICTURES else 500, film_size=(320, 180), fps=12) as emulator,
        serving(name, emulator, tmp_path) as app,
    ):
        page = pages(app)
        await page.open()
        await page.run(WATCH)
        await page.picture(f"{name}-before")
        await page.ask("a two second film of a ship at sea")
        if PICTURES:
            await page.until("return document.getElementById('bar').value > 0.3")
            await page.picture(f"{name}-during")
        await page.until(PLAYING)
        assert await page.text() == "The film is ready"
        assert await page.run("return document.getElementById('video').videoWidth") == 320
        assert await page.run("return document.documentElement.scrollWidth <= innerWidth")
        seen = await page.run("return window.seen")
        assert [True, True, True] in [[busy, "%" in said, bar > 0] for busy, said, bar in seen]
        assert not await page.run("return document.getElementById('make').disabled")
        await page.picture(f"{name}-after")


async def test_a_film_of_files_is_changed(
    pages: Callable[[str], Page], clip: Path, tmp_path: Path
) -> None:
    """A file is sent, its film is changed in words, and the player has the film's own shape."""
    async with (
        Emulator(speed=500, film_size=(320, 180), fps=12, silent=0) as emulator,
        serving("aiohttp_app", emulator, tmp_path / "films") as app,
    ):
        page = pages(app)
        await page.open()
        await page.fill("files", str(clip))
        await page.ask("cut it to one second")
        await page.until(PLAYING)
        await page.fill("wish", "make it 9:16")
        await page.press("tell")
        await page.until("return document.getElementById('reply').textContent.includes('9:16')")
        await page.until("return document.getElementById('video').videoHeight === 320")
        shape = "const at = document.getElementById('video').getBoundingClientRect();"
        assert await page.run(f"{shape} return Math.abs(at.width / at.height - 9 / 16) < 0.01")
        assert await page.text() == "The film is ready"
        await page.picture("changed")
    (session,) = emulator.sessions.values()
    assert [one["filename"] for one in session.uploads.values()] == ["holiday.mp4"]
    assert len(emulator.charges) == 2


@pytest.mark.parametrize("width", [390, 1280])
async def test_it_fits(pages: Callable[[str], Page], app: str, width: int) -> None:
    """Nothing lies beside the screen, also on a phone and with words that have no end."""
    page = pages(app)
    await page.open()
    size = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 500}
    command = page.browser.execute_cdp_cmd
    await asyncio.to_thread(command, "Emulation.setDeviceMetricsOverride", size)
    await page.run(f"end({{ message: '{'x' * 200}' }}); finish({{ text: '{'y' * 200}' }})")
    await page.run("document.getElementById('links').hidden = false")
    wide = "document.documentElement.scrollWidth"
    assert await page.run(f"return {wide} <= document.documentElement.clientWidth")
    await page.picture(f"fits-{width}")
    await asyncio.to_thread(command, "Emulation.clearDeviceMetricsOverride", {})


async def test_come_back(pages: Callable[[str], Page], emulator: Emulator, app: str) -> None:
    """A page that is opened again goes on with its film."""
    emulator.faults.delay("run_sse", 500)
    page = pages(app)
    await page.open()
    await page.ask("a fox")
    await page.until("return location.hash.length > 10")
    path = await page.run("return location.hash")
    await page.open(path)
    await page.until("return document.getElementById('message').textContent.includes('ready')")
    assert len(emulator.charges) == 1


async def test_cancel(pages: Callable[[str], Page], emulator: Emulator, app: str) -> None:
    """A film can be cancelled, and another one asked for."""
    emulator.faults.stall("run_sse")
    page = pages(app)
    await page.open()
    await page.ask("a fox")
    await page.until("return document.getElementById('bar').value > 0")
    await page.press("cancel")
    await page.until("return !document.getElementById('make').disabled")
    assert await page.text() == "Cancelled."
    await page.press("make")
    await page.until("return document.getElementById('message').textContent.includes('ready')")


@pytest.mark.parametrize("name", APPS)
async def test_no_credits(pages: Callable[[str], Page], name: str, tmp_path: Path) -> None:
    """Without credits there is a link to register."""
    async with (
        Emulator(credits=10, speed=1000) as emulator,
        serving(name, emulator, tmp_path) as app,
    ):
        page = pages(app)
        await page.open()
        await page.ask("a fox")
        await page.until("return !!document.querySelector('#message a')")
        link = await page.run("return document.querySelector('#message a').href")
        await page.picture(f"{name}-no-credits")
    assert link.startswith("https://nemovideo.com/register?bind=anon_")


async def test_unknown_film(pages: Callable[[str], Page], app: str) -> None:
    """The address of a film that is not known any more says so, and leaves the page usable."""
    page = pages(app)
    await page.open("#not-a-film-of-this-process")
    await page.until("return document.getElementById('message').textContent.includes('not known')")
    assert not await page.run("return document.getElementById('make').disabled")
