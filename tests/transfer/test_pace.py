"""How transfers share the event loop: a few pieces in each round, in the order of asking."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from aiohttp.http_writer import StreamWriter
from scripted import PNG

from nemo_sdk import NemoClient
from nemo_sdk._transfer.download import Download
from nemo_sdk._transfer.pace import next_round


async def asked(number: int, served: list[int]) -> None:
    await next_round()
    served.append(number)


async def test_few_are_served_in_a_round_and_none_is_passed_over() -> None:
    """However many ask at once, each round of the loop serves two, first come, first served."""
    served: list[int] = []
    asking = [asyncio.create_task(asked(number, served)) for number in range(7)]
    after_each_round = []
    while not all(task.done() for task in asking):
        await asyncio.sleep(0)
        after_each_round.append(len(served))
    assert served == list(range(7))
    assert sorted(set(after_each_round) - {0}) == [2, 4, 6, 7]


async def test_who_goes_away_costs_nobody_a_place() -> None:
    """A transfer that is cancelled while it waits is passed over."""
    served: list[int] = []
    asking = [asyncio.create_task(asked(number, served)) for number in range(5)]
    await asyncio.sleep(0)
    for number in (0, 1, 3):
        asking[number].cancel()
    await asyncio.gather(*asking, return_exceptions=True)
    assert served == [2, 4]


def test_a_loop_that_was_stopped_in_the_middle_leaves_the_next_one_alone() -> None:
    """Who waited in a loop that is gone keeps nobody waiting in another."""

    async def leave() -> Any:
        return asyncio.create_task(next_round())

    loop = asyncio.new_event_loop()
    waiting = loop.run_until_complete(leave())
    waiting.cancel()
    loop.run_until_complete(asyncio.gather(waiting, return_exceptions=True))
    loop.close()
    asyncio.run(asyncio.wait_for(next_round(), 5))


async def test_who_comes_when_nobody_waits_is_served_at_once() -> None:
    """One transfer alone has each round for itself."""
    for _ in range(3):
        await asyncio.wait_for(next_round(), 5)


class Rounds:
    """Counts what happens in each round of the running loop."""

    def __init__(self) -> None:
        self.counts: list[int] = []
        self._loop = asyncio.get_running_loop()
        self._next()

    def _next(self) -> None:
        self.counts.append(0)
        self._handle = self._loop.call_soon(self._next)

    def happened(self) -> None:
        self.counts[-1] += 1

    def stop(self) -> int:
        """Return the most that happened in one round."""
        self._handle.cancel()
        return max(self.counts)


async def test_many_uploads_send_two_pieces_in_a_round(
    client: NemoClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many files are sent at once, the rest of the program has its turn after two."""
    write = StreamWriter.write
    session = await client.create_session()
    rounds = Rounds()

    async def counting(writer: StreamWriter, chunk: Any, **options: Any) -> None:
        if isinstance(chunk, memoryview):
            rounds.happened()
        await write(writer, chunk, **options)

    monkeypatch.setattr(StreamWriter, "write", counting)
    await asyncio.gather(*(session.upload(("a.png", PNG + bytes(10**6))) for _ in range(8)))
    assert 0 < rounds.stop() <= 2


async def test_many_downloads_take_two_pieces_in_a_round(
    client: NemoClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The same for films that are saved: a piece that has come waits for its turn."""
    video = await client.generate("a fox", language="en")
    take = Download._take
    rounds = Rounds()

    def counting(*args: Any) -> bytes:
        rounds.happened()
        return take(*args)

    monkeypatch.setattr(Download, "_take", counting)
    await asyncio.gather(*(video.save(tmp_path / f"{number}.mp4") for number in range(12)))
    assert 0 < rounds.stop() <= 2
