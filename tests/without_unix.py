"""Runs a module of ours as where there is no Unix: ``python without_unix.py MODULE [ARGUMENTS]``.

No such machine is here. What Windows lacks is taken away, what it refuses is refused, and clocks
are as coarse as there. What others' packages make of a real one is not shown.
"""

import asyncio
import importlib
import os
import runpy
import signal
import ssl
import subprocess
import sys
import sysconfig
import time
from pathlib import Path
from typing import Any

OTHERS = (
    *("aiohttp", "asyncio.subprocess", "attrs", "av", "cattrs", "emoji", "filelock", "numpy"),
    *("PIL.Image", "PIL.ImageDraw", "PIL.ImageFont", "rich.console", "rich.live", "tempfile"),
    *("tenacity", "typer.core", "typer.main", "uuid", "webbrowser", "yaml", "aiohttp.web"),
)
TICK = 0.0156
"""Seconds between two ticks of its clock."""


def pretend() -> None:
    """Take away what is of Unix alone, once others' packages are loaded."""
    for name in OTHERS:
        importlib.import_module(name)
    sysconfig.get_config_vars()
    ssl.enum_certificates = lambda _: ()  # type: ignore[attr-defined]
    for name in ("fcntl", "grp", "pty", "pwd", "readline", "resource", "termios", "tty"):
        sys.modules[name] = None  # type: ignore[assignment]
    for owner, names in {
        os: ("fork", "geteuid", "getuid", "chown", "fchmod", "killpg", "mkfifo", "pathconf"),
        signal: ("SIGHUP", "SIGKILL", "SIGUSR1", "SIGALRM", "alarm", "setitimer"),
    }.items():
        for name in names:
            delattr(owner, name)
    loop: Any = asyncio.SelectorEventLoop
    for name in ("add_signal_handler", "remove_signal_handler", "add_reader", "add_writer"):
        setattr(loop, name, refuse_handlers)
    os.chmod = lambda *_, **__: None
    for clock in ("monotonic", "perf_counter", "time"):
        setattr(time, clock, coarse(getattr(time, clock)))
    for flag in ("DETACHED_PROCESS", "CREATE_NEW_PROCESS_GROUP"):
        setattr(subprocess, flag, 0)
    os.open = only_files(os.open)
    sys.platform = "win32"


def refuse_handlers(*_: Any, **__: Any) -> None:
    """Refuse, as the loop of Windows does."""
    raise NotImplementedError


def coarse(clock: Any) -> Any:
    """Return a clock that tells the time of its last tick."""
    return lambda: clock() // TICK * TICK


def only_files(opened: Any) -> Any:
    """Refuse to open folders, as one would to bring their names to the disk."""

    def tried(path: Any, *arguments: Any, **options: Any) -> Any:
        if isinstance(path, str | Path) and Path(path).is_dir():
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *arguments, **options)

    return tried


if __name__ == "__main__":
    pretend()
    sys.argv[:] = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
