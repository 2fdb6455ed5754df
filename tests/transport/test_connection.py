"""Connections: across event loops, threads and processes, and nothing left unclosed."""

import asyncio
import subprocess
import sys
import textwrap
import threading
from collections.abc import Awaitable
from typing import Any

import aiohttp
import pytest
from conftest import FAST
from loop_time import without_slowness
from wire import bytes_of, server

from nemo_sdk import NemoClient, NemoError
from nemo_sdk.emulator import Emulator

HEAD = """
import asyncio, gc, os, sys, threading
from nemo_sdk import NemoClient

client = NemoClient(sys.argv[2], base_url=sys.argv[1])

async def call(client=client):
    await client.credits()

def by_hand(work):
    loop = asyncio.new_event_loop()
    loop.run_until_complete(work)
    loop.close()
"""


async def run(emulator: Emulator, program: str, *options: str) -> tuple[int, str, str]:
    """Run a program with every warning on, against the emulator; return code, output, errors."""
    text = HEAD + textwrap.dedent(program)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *(options or ("-X", "dev", "-W", "error")), "-c", text),
        *(emulator.base_url, emulator.add_token()),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), without_slowness(err.decode())


QUIET = {
    "async with": "async def main():\n    async with client: await call()\nasyncio.run(main())",
    "two runs": "asyncio.run(call())\nasyncio.run(call())\nasyncio.run(client.aclose())",
    "closed in between": """
        async def main():
            async with client: await call()
        asyncio.run(main())
        asyncio.run(main())
        """,
    "closed twice": """
        async def main():
            await call()
            await client.aclose()
            await client.aclose()
        asyncio.run(main())
        """,
    "never used": "asyncio.run(client.aclose())",
    "never used, never closed": "",
    "a global after asyncio.run": "asyncio.run(call())",
    "by hand, then asyncio.run": """
        by_hand(call())
        asyncio.run(call())
        asyncio.run(client.aclose())
        """,
    "by hand, then by hand": "by_hand(call())\nby_hand(call())\nby_hand(client.aclose())",
    "by hand, closed later": "by_hand(call())\nasyncio.run(client.aclose())",
    "by hand, in the middle of a call": """
        loop = asyncio.new_event_loop()
        task = loop.create_task(client.session("1").state())
        loop.run_until_complete(asyncio.sleep(0.05))
        task.cancel()
        try:
            loop.run_until_complete(task)
        except asyncio.CancelledError:
            pass
        loop.close()
        asyncio.run(call())
        asyncio.run(client.aclose())
        """,
    "an exception inside": """
        async def main():
            async with client:
                await call()
                raise LookupError
        try:
            asyncio.run(main())
        except LookupError:
            pass
        """,
    "cancelled inside": """
        async def main():
            async with client:
                try:
                    async with asyncio.timeout(0.01):
                        await asyncio.gather(*(call() for _ in range(50)))
                except TimeoutError:
                    pass
        asyncio.run(main())
        """,
    "a loop that ends while the client is being closed": """
        async def main():
            await call()
            closing = asyncio.create_task(client.aclose())
            while client._connections.is_open:
                await asyncio.sleep(0)

        asyncio.run(main())
        """,
    "another thread's loop": """
        thread = threading.Thread(target=lambda: asyncio.run(call()))
        thread.start()
        thread.join()
        asyncio.run(call())
        asyncio.run(client.aclose())
        """,
    "forked before use": """
        child = os.fork()
        asyncio.run(call())
        asyncio.run(client.aclose())
        if child:
            assert os.waitpid(child, 0)[1] == 0
        """,
    "forked after use": """
        asyncio.run(call())
        child = os.fork()
        asyncio.run(call())
        asyncio.run(client.aclose())
        if child:
            assert os.waitpid(child, 0)[1] == 0
        """,
}


@pytest.mark.parametrize("program", QUIET.values(), ids=QUIET)
async def test_nothing_is_reported(emulator: Emulator, program: str) -> None:
    """However loops come and go, nothing is called unclosed, and every call is answered."""
    emulator.faults.stall("state")
    assert await run(emulator, program) == (0, "", "")


async def test_a_generation_of_a_loop_that_is_gone_is_no_hindrance(emulator: Emulator) -> None:
    """A run that was left in a loop closed by hand cannot be ended, and need not be."""
    program = """
        async def wait(generation):
            await generation

        async def begin():
            global waiting
            generation = client.generate("a cat")
            waiting = asyncio.ensure_future(wait(generation))
            await anext(aiter(generation))

        by_hand(begin())
        asyncio.run(call())
        asyncio.run(client.aclose())
        assert not client._connections.is_open
        os._exit(0)  # before Python complains of the task that was left
        """
    emulator.faults.stall("run_sse", after_event=1)
    assert await run(emulator, program) == (0, "", "")


LEFT_OPEN = {
    "in asyncio.run": """
        async def main():
            client = NemoClient(sys.argv[2], base_url=sys.argv[1])
            await call(client)
        asyncio.run(main())
        """,
    "in a loop closed by hand": "by_hand(call())\ndel client, call\ngc.collect()",
    "at the program's end": "by_hand(call())",
}


@pytest.mark.parametrize("program", LEFT_OPEN.values(), ids=LEFT_OPEN)
async def test_a_client_left_open_warns_once_by_name(emulator: Emulator, program: str) -> None:
    """A client that nobody closed is named, once, and nothing below it is."""
    code, _, errors = await run(emulator, program, "-W", "always::ResourceWarning")
    assert code == 0
    warned = [line for line in errors.splitlines() if "ResourceWarning:" in line]
    warned = [line for line in warned if "tracemalloc" not in line]
    assert len(warned) == 1, errors
    assert f"NemoClient(base_url='{emulator.base_url}') was not closed" in warned[0]
    assert "Unclosed" not in errors


async def test_a_client_used_before_a_fork_is_refused_after_it(emulator: Emulator) -> None:
    """A worker that inherits open connections gets a sentence that says what to do."""
    program = """
        loop = asyncio.new_event_loop()
        loop.run_until_complete(call())
        sys.stdout.flush()
        child = os.fork()
        if child:
            assert os.waitpid(child, 0)[1] == 0
            loop.run_until_complete(call())
            loop.run_until_complete(client.aclose())
            loop.close()
        else:
            asyncio.set_event_loop(None)
            try:
                asyncio.run(call())
            except Exception as error:
                print(type(error).__name__, error, flush=True)
            os._exit(0)
        """
    code, output, errors = await run(emulator, program)
    assert (code, errors) == (0, "")
    assert output.startswith("NemoError")
    assert "make a client in each worker" in output


async def test_two_running_loops_are_refused(emulator: Emulator) -> None:
    """A client in use in one running loop is refused in another with a sentence."""
    async with NemoClient(emulator.add_token(), base_url=emulator.base_url) as client:
        await client.credits()
        errors: list[BaseException] = []

        def other() -> None:
            try:
                asyncio.run(_credits(client))
            except NemoError as error:
                errors.append(error)

        thread = threading.Thread(target=other)
        thread.start()
        await asyncio.to_thread(thread.join)
        assert "one client for each loop" in str(errors[0])
        await client.credits()


async def _credits(client: NemoClient) -> None:
    await client.credits()


async def test_a_closed_client_opens_again(emulator: Emulator) -> None:
    """A client that was closed can be used again, and is closed again."""
    client = NemoClient(emulator.add_token(), base_url=emulator.base_url)
    for _ in range(2):
        async with client:
            await client.credits()


async def test_the_callers_session_is_never_closed(emulator: Emulator) -> None:
    """A session given as http= outlives the client, which works on where it is entered again."""
    async with aiohttp.ClientSession() as session:
        client = NemoClient(emulator.add_token(), base_url=emulator.base_url, http=session)
        async with client:
            await client.credits()
        assert not session.closed
        async with client:
            await client.credits()
        assert not session.closed


async def test_a_closed_session_of_the_callers_is_refused(emulator: Emulator) -> None:
    """A session that the caller has closed is refused with a sentence."""
    async with aiohttp.ClientSession() as session:
        client = NemoClient("t", base_url=emulator.base_url, http=session)
    with pytest.raises(NemoError, match="http= is closed"):
        await client.credits()


@pytest.mark.parametrize("after", [-1, 0, 5], ids=["no answer", "no body", "half a body"])
async def test_closing_ends_what_is_under_way(emulator: Emulator, after: int) -> None:
    """A call under way when the client is closed ends with an error, not with a hang."""
    emulator.faults.stall("balance", after=after)
    client = NemoClient(emulator.add_token(), base_url=emulator.base_url, max_retries=0)
    call = asyncio.create_task(_credits(client))
    await asyncio.sleep(0.1)
    await client.aclose()
    with pytest.raises(NemoError):
        async with asyncio.timeout(2):
            await call


async def test_a_cancelled_call_leaves_no_connection(emulator: Emulator) -> None:
    """Whoever cancels a call takes its connection with it."""
    emulator.faults.stall("balance")
    async with NemoClient(emulator.add_token(), base_url=emulator.base_url) as client:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await client.credits()
        assert open_connections(client) == 0
        await client.credits()
        assert open_connections(client) == 1


def open_connections(client: NemoClient) -> int:
    opened: Any = client._connections._open
    sessions = (opened.pooled, opened.fresh)
    return sum(
        len(session.connector._acquired) + sum(map(len, session.connector._conns.values()))
        for session in sessions
    )


async def test_reads_share_connections_and_posts_have_their_own(emulator: Emulator) -> None:
    """Ten reads one after the other take one connection; a POST leaves none behind."""
    async with NemoClient(emulator.add_token(), base_url=emulator.base_url) as client:
        for _ in range(10):
            await client.credits()
        await client.create_session()
        assert open_connections(client) == 1


async def test_there_is_no_limit_that_nobody_asked_for(emulator: Emulator) -> None:
    """Two hundred calls at once are two hundred connections, or as many as the caller allows."""
    emulator.faults.delay("balance", seconds=300, times=None)
    token = emulator.add_token()
    async with NemoClient(token, base_url=emulator.base_url) as free:
        assert await _most_at_once(emulator, free, 200) == 200
    async with NemoClient(token, base_url=emulator.base_url, max_connections=5) as limited:
        assert await _most_at_once(emulator, limited, 20) == 5


async def _most_at_once(emulator: Emulator, client: NemoClient, number: int) -> int:
    before = len(emulator.calls)
    calls: Awaitable[Any] = asyncio.gather(*(client.credits() for _ in range(number)))
    waiting = asyncio.ensure_future(calls)
    most = 0
    while not waiting.done():
        await asyncio.sleep(0.01)
        if not most and len(emulator.calls) - before:
            await asyncio.sleep(0.15)
            most = len(emulator.calls) - before
    await waiting
    return most


async def test_a_connection_is_kept_alive(emulator: Emulator) -> None:
    """TCP's own keep-alive is on, so that a silent turn survives a NAT."""
    import socket

    async with NemoClient(emulator.add_token(), base_url=emulator.base_url, timing=FAST) as client:
        await client.credits()
        opened: Any = client._connections._open
        ((protocol, _),) = next(iter(opened.pooled.connector._conns.values()))
        used = protocol.transport.get_extra_info("socket")
        assert used.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1


async def test_a_film_that_is_still_streamed_at_the_end_is_left_in_silence(
    emulator: Emulator,
) -> None:
    """The loop ends all generators at once, in any order: none of them is confused by that."""
    beginning = b"\x00\x00\x00\x18ftypmp42" + bytes(10_000)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: 1000000\r\n\r\n"
    async with server(bytes_of(head + beginning)) as url:
        program = f"""
            stream = client.video("r", url={url!r}).stream()
            async def main(): await anext(stream)
            asyncio.run(main())
            """
        assert await run(emulator, program, "-W", "error") == (0, "", "")
