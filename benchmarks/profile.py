"""Where the CPU of a generation goes, ours beside the same calls by hand.

A profiler makes Python's own calls dearer than they are: shares tell more than times.
"""

import asyncio
import pstats
import re
from collections import Counter
from collections.abc import Iterator
from cProfile import Profile
from pathlib import Path
from time import process_time

import nemo_sdk

from ._generation_server import generations
from ._rows import MILLISECONDS, OURS, Row, Size
from ._server import served
from .generation import MAKERS, together
from .many import allow_connections

AT_ONCE = 200
SHOWN = 16
PACKAGE = f"{Path(nemo_sdk.__file__).parent}/"
SOCKETS = re.compile(r"socket|select|epoll|ssl")


def run(size: Size) -> Iterator[Row]:
    """Profile many at once with each, and add up what belongs together."""
    allow_connections()
    number = size.of(AT_ONCE)
    with served(generations) as url:
        taken = {kind: asyncio.run(profiled(url, kind, number)) for kind in (OURS, "by hand")}
    for group, _ in taken[OURS].most_common(SHOWN):
        each = {kind: [shares[group] / number] for kind, shares in taken.items()}
        yield Row(f"profile of a generation: {group}", MILLISECONDS, each)
    whole = {kind: [shares.total() / number] for kind, shares in taken.items()}
    yield Row("profile of a generation: all of it", MILLISECONDS, whole)


async def profiled(url: str, kind: str, number: int) -> Counter[str]:
    """The seconds spent in each group of functions."""
    async with MAKERS[kind](f"{url}/{number}") as make:
        await together(make, number)
        profile = Profile(process_time)  # it waits most of the time
        profile.enable()
        await together(make, number)
        profile.disable()
    spent: Counter[str] = Counter()
    for (file, _, name), (_, _, own, _, _) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        spent[group_of(file, name)] += own
    return spent


def group_of(file: str, name: str) -> str:
    """What a function belongs to: a room of ours, a package, or Python itself."""
    if file.startswith(PACKAGE):
        return f"nemo_sdk.{file.removeprefix(PACKAGE).split('/')[0].removesuffix('.py')}"
    if "site-packages" in file:
        return file.rpartition("site-packages/")[2].split("/")[0].removesuffix(".py")
    if file == "~":
        return "sockets" if SOCKETS.search(name) else _builtin(name)
    if "benchmarks" in file:
        return "the calls by hand"
    parts = Path(file).parts
    return "asyncio" if "asyncio" in parts or "selectors.py" in parts else "the standard library"


def _builtin(name: str) -> str:
    return "JSON in C" if "json" in name else "built-in functions"
