"""What newcomers do wrong, and the one sentence that each mistake ends in."""

import asyncio
import gc
import subprocess
import sys
import traceback
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port
from conftest import FAST
from yarl import URL

from nemo_sdk import (
    AuthenticationError,
    InsufficientCreditsError,
    InvalidResponseError,
    NemoClient,
    TransportError,
    UnsupportedFileTypeError,
)
from nemo_sdk._transport.connections import Connections
from nemo_sdk.emulator import Emulator
from nemo_sdk.jobs import Jobs, MemoryStore

NOBODY = "http://127.0.0.1:{port}"


@pytest.fixture
async def proxy() -> AsyncIterator[TestServer]:
    """A proxy that wants a password, and a page for people at every address."""

    async def refuse(request: web.Request) -> web.Response:
        return web.Response(status=407, text="<html>Who are you?</html>")

    server = TestServer(answering(refuse))
    await server.start_server()
    yield server
    await server.close()


def answering(answer: Any) -> web.Application:
    """An app with one answer for whatever it is asked."""
    app = web.Application()
    app.router.add_route("*", "/{any:.*}", answer)
    return app


class Test1NoAwait:
    async def test_a_generation_is_taken_for_a_video(self, client: NemoClient) -> None:
        """What only a Video has says that the generation is to be awaited first."""
        video: Any = client.generate("a fox")
        with pytest.raises(AttributeError, match=r"no 'save', its Video has: await it first"):
            video.save("fox.mp4")
        with pytest.raises(AttributeError, match=r"no 'url', its Video has: await it first"):
            _ = video.url
        await video

    async def test_another_name_is_just_wrong(self, client: NemoClient) -> None:
        """What neither has is Python's usual error."""
        generation: Any = client.generate("a fox")
        with pytest.raises(AttributeError, match="object has no attribute 'colour'"):
            _ = generation.colour
        await generation

    async def test_a_generation_is_forgotten(self, client: NemoClient) -> None:
        """A generation that nobody awaited warns when it is gone, as a coroutine does."""
        client.generate("a fox")
        with pytest.warns(RuntimeWarning, match="was never awaited, so nothing was made"):
            gc.collect()

    async def test_a_generation_is_printed(self, client: NemoClient) -> None:
        """A generation that is shown before it runs says what it waits for."""
        generation = client.generate("a fox")
        assert repr(generation) == "Generation('a fox', not started: await it)"
        await generation


class Test2NoAsyncWith:
    def test_with_alone(self) -> None:
        """`with` in place of `async with` is told so."""
        client: Any = NemoClient("t")
        with (
            pytest.raises(TypeError, match="entered with 'async with', not with 'with' alone"),
            client,
        ):
            pass

    async def test_with_alone_for_a_turn(self, client: NemoClient) -> None:
        """A turn says the same."""
        turn: Any = (await client.create_session()).send("hello")
        with pytest.raises(TypeError, match="Turn is entered with 'async with'"), turn:
            pass

    async def test_with_alone_for_jobs(self, client: NemoClient) -> None:
        """Jobs say the same."""
        jobs: Any = Jobs(client, store=MemoryStore())
        with pytest.raises(TypeError, match="Jobs is entered with 'async with'"), jobs:
            pass

    async def test_a_client_is_left_open(self, emulator: Emulator) -> None:
        """A client that nobody closed warns with what to do."""
        client = NemoClient(base_url=emulator.base_url, timing=FAST)
        await client.credits()
        connections = client._connections
        gone = [client]
        del client
        with pytest.warns(ResourceWarning, match="use it with 'async with', or await its aclose"):
            gone.clear()
        await connections.aclose()


class Test3AsyncioRunInANotebook:
    async def test_run_in_a_running_loop(self, client: NemoClient) -> None:
        """Where a loop runs, Python refuses a second one, and a generation says how instead."""
        generation: Any = client.generate("a fox")
        with pytest.raises((RuntimeError, ValueError)) as refused:
            asyncio.run(generation)
        words = f"{refused.value} {generation!r}"
        assert "await it" in words
        await generation


class Test4ExpiredToken:
    async def test_it_is_told_with_the_ways_out(self, emulator: Emulator) -> None:
        """A rejected token says where to look and that it can be left out."""
        client = NemoClient(
            "nmv_usr_old", base_url=emulator.base_url, timing=FAST, anonymous_fallback=False
        )
        async with client:
            with pytest.raises(AuthenticationError, match="leave it out to use an anonymous one"):
                await client.credits()

    async def test_going_on_without_it_is_told(self, emulator: Emulator) -> None:
        """Where the client goes on with an anonymous token, a warning says so."""
        async with NemoClient("nmv_usr_old", base_url=emulator.base_url, timing=FAST) as client:
            with pytest.warns(UserWarning, match="Going on with an anonymous one"):
                await client.credits()

    def test_a_token_with_a_line_end(self) -> None:
        """A token that was copied badly is refused before it is sent, and not shown."""
        with pytest.raises(ValueError, match="copy it again, without the line's end") as refused:
            NemoClient("nmv_usr_secret\nmore")
        assert "secret" not in str(refused.value)


class Test5NoCredits:
    async def test_where_to_get_more(self) -> None:
        """An anonymous user without credits gets the registration link."""
        async with (
            Emulator(credits=0, speed=1000) as service,
            NemoClient(base_url=service.base_url, timing=FAST) as client,
        ):
            with pytest.raises(InsufficientCreditsError, match=r"Register .*/register\?bind="):
                await client.generate("a fox")


class Test6WrongFile:
    async def test_a_text(self, client: NemoClient, tmp_path: Path) -> None:
        """A file of another kind is refused with the kinds that there are, and nothing is sent."""
        script = tmp_path / "script.txt"
        script.write_text("a fox")
        with pytest.raises(UnsupportedFileTypeError, match="Accepted are: mp4, mov, avi"):
            await client.generate("a fox", files=[script])

    async def test_a_film_in_name_only(self, client: NemoClient, tmp_path: Path) -> None:
        """A file whose content is something else says what it is."""
        page = tmp_path / "film.mp4"
        page.write_text("<!doctype html><p>Not found")
        with pytest.raises(UnsupportedFileTypeError, match="named like mp4 but is a web page"):
            await client.generate("a fox", files=[page])


class Test7WrongPath:
    async def test_no_file(self, emulator: Emulator, client: NemoClient, tmp_path: Path) -> None:
        """A path with nothing at it is told before anything is sent."""
        with pytest.raises(FileNotFoundError, match=r"There is no file .*holiday\.mov"):
            await client.generate("a fox", files=[tmp_path / "holiday.mov"])
        assert emulator.calls == []

    async def test_a_folder_to_save_in(self, client: NemoClient, tmp_path: Path) -> None:
        """A folder given to `save` says that a file's name is missing."""
        video = await client.generate("a fox")
        with pytest.raises(IsADirectoryError, match="give the name of a file in it"):
            await video.save(tmp_path)


class Test8NoExtra:
    def test_the_emulator_without_its_films(self) -> None:
        """The emulator without PyAV says what to install, when a film is to be rendered."""
        program = (
            "import sys; sys.modules['av'] = None\n"
            "from nemo_sdk.emulator._renders import _own_renderer\n"
            "_own_renderer()"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
        last = done.stderr.decode().splitlines()[-1]
        assert last.endswith(
            "needs the extra 'emulator' (PyAV, Pillow, numpy and emoji): "
            "pip install 'nemo-sdk[emulator]'"
        )


class Test9ProxyInTheWay:
    async def test_a_proxy_that_refuses(
        self, proxy: TestServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A proxy from the environment is used, and its refusal names the variables."""
        monkeypatch.setenv("HTTPS_PROXY", str(proxy.make_url("/")))
        async with NemoClient("t", base_url="https://nemo.example", timing=FAST) as client:
            with pytest.raises(
                TransportError, match=r"proxy refused it .*HTTPS_PROXY and NO_PROXY"
            ):
                await client.credits()

    async def test_a_proxy_that_is_not_there(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A proxy that cannot be reached is named, with the variables to look at."""
        monkeypatch.setenv("HTTPS_PROXY", NOBODY.format(port=unused_port()))
        async with NemoClient("t", base_url="https://nemo.example", timing=FAST) as client:
            with pytest.raises(TransportError, match=r"the proxy 127\.0\.0\.1 cannot be reached"):
                await client.credits()

    async def test_no_proxy_for_this_machine(
        self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A service on this machine, an emulator, is reached without the proxy."""
        monkeypatch.setenv("HTTP_PROXY", NOBODY.format(port=unused_port()))
        monkeypatch.setenv("ALL_PROXY", NOBODY.format(port=unused_port()))
        async with NemoClient(base_url=emulator.base_url, timing=FAST) as client:
            assert (await client.credits()).available

    async def test_films_come_through_the_proxy(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where proxies are taken from the environment, a plain forward proxy is asked."""
        asked: list[str] = []

        async def forward(request: web.Request) -> web.Response:
            asked.append(str(request.url))
            return web.Response(body=b"film")

        async with TestServer(answering(forward)) as server:
            monkeypatch.setenv("HTTP_PROXY", str(server.make_url("/")))
            connections = Connections(http=None, max_connections=0)
            session = await connections.session()
            address = URL("http://films.example/fox.mp4")
            async with session.get(address, **connections.proxy_for(address)) as answer:
                assert await answer.read() == b"film"
            await connections.aclose()
        assert asked == ["http://films.example/fox.mp4"]

    async def test_a_login_page(self) -> None:
        """A page for people in place of an answer is told for what it may be."""

        async def page(request: web.Request) -> web.Response:
            return web.Response(text="<html>Welcome to the hotel", content_type="text/html")

        async with TestServer(answering(page)) as server:
            address = str(server.make_url("")).rstrip("/")
            async with NemoClient("t", base_url=address, timing=FAST) as client:
                with pytest.raises(InvalidResponseError, match="network's login page, may be in"):
                    await client.credits()


class Test10NoNetwork:
    async def test_nobody_answers(self) -> None:
        """A service that cannot be reached says where it was looked for, and what to check."""
        address = NOBODY.format(port=unused_port())
        async with NemoClient("t", base_url=address, timing=FAST) as client:
            with pytest.raises(
                TransportError, match=r"cannot be reached .*check the network"
            ) as no:
                await client.credits()
        story = "".join(traceback.format_exception(no.value))
        assert "aiohttp/" not in story and "selector_events" not in story
        assert no.value.for_people.startswith("127.0.0.1:") and "Errno" not in str(no.value)

    async def test_a_name_that_nobody_knows(self) -> None:
        """A host name that cannot be looked up says what to check."""
        async with NemoClient("t", base_url="https://nemo.invalid", timing=FAST) as client:
            with pytest.raises(
                TransportError, match=r"is not known here\. See that the address \(base_url="
            ):
                await client.credits()
