"""Programs that are run to be measured."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence

_ENVIRONMENT = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}


def answer_of(program: str, *arguments: str) -> str:
    """What a Python program prints."""
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.check_output(command, env=_ENVIRONMENT, text=True)


def cpu_of(command: Sequence[str], more: Mapping[str, str] | None = None) -> float:
    """The CPU time of a whole program, from its start to its end.

    Raises:
        subprocess.CalledProcessError: It failed.
    """
    process = subprocess.Popen(
        command, env={**_ENVIRONMENT, **(more or {})}, stdout=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return used.ru_utime + used.ru_stime
