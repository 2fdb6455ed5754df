"""The CPU that an import takes, beside that of the library underneath."""

import os
import subprocess
import sys
from collections.abc import Iterator
from statistics import median

from ._rows import Row, milliseconds

ROUNDS = 15
PROGRAM = "from time import process_time as t; start = t(); import {}; print(t() - start)"


def run() -> Iterator[Row]:
    """Import both in turn, each time in a fresh interpreter."""
    pairs = [(seconds("nemo_sdk"), seconds("aiohttp")) for _ in range(ROUNDS + 1)]
    del pairs[0]  # it wrote the byte code of a new installation
    ours, theirs = (median(times) for times in zip(*pairs, strict=True))
    yield Row("import", milliseconds(ours), "aiohttp", milliseconds(theirs), ours / theirs)


def seconds(module: str) -> float:
    """What one import of a module takes in an interpreter that has loaded nothing."""
    program = [sys.executable, "-c", PROGRAM.format(module)]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    return float(subprocess.check_output(program, env=environment))
