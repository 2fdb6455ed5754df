"""A command in a terminal of its own, or in pipes: what goes in, and what comes out."""

import asyncio
import fcntl
import os
import pty
import struct
import sys
import termios
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import NamedTuple, Self

import pyte
from attrs import define, field
from loop_time import without_slowness

_PATIENCE = 300.0  # only a command that hangs takes so long
# A process that leads its session gets the first terminal that it opens as its own, with Ctrl-C.
_OPEN = 'exec "$@" <"$0" >"$0" 2>"$0"'
_COMMAND = (sys.executable, "-W", "error", "-m", "nemo_sdk")


class Ended(NamedTuple):
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


async def started(
    *arguments: str | bytes, folder: Path | None = None, **environment: str
) -> asyncio.subprocess.Process:
    """Start `nemo-sdk` with pipes in place of a terminal."""
    root = str(Path(__file__).parents[1])
    return await asyncio.create_subprocess_exec(
        *(*_COMMAND, *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1", "PYTHONPATH": root, **environment},
    )


async def ended(process: asyncio.subprocess.Process, typed: str | bytes = "") -> Ended:
    """Wait for the end of a command that reads what is typed and no more."""
    raw = typed.encode() if isinstance(typed, str) else typed
    out, err = await asyncio.wait_for(process.communicate(raw), _PATIENCE)
    return Ended(process.returncode or 0, out.decode(), without_slowness(err.decode()))


async def until(process: asyncio.subprocess.Process, true: Callable[[], object]) -> None:
    """Wait until a command has brought something about; one that ends before it has failed."""
    while not true():
        assert process.returncode is None, await ended(process)
        await asyncio.sleep(0.02)


async def nemo(
    *arguments: str | bytes,
    folder: Path | None = None,
    typed: str | bytes = "",
    **environment: str,
) -> Ended:
    """Run `nemo-sdk` and return its exit code, its output and what it said beside."""
    return await ended(await started(*arguments, folder=folder, **environment), typed)


async def shell(words: str, folder: Path | None = None) -> Ended:
    """Run words in bash, where `$NEMO` is the command."""
    root = str(Path(__file__).parents[1])
    process = await asyncio.create_subprocess_exec(
        *("bash", "-c", words),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1", "PYTHONPATH": root, "NEMO": " ".join(_COMMAND)},
    )
    return await ended(process)


@define
class PseudoTerminal:
    """One terminal with a command in it.

    Attributes:
        raw: All bytes that the command wrote.
    """

    _master: int
    _process: asyncio.subprocess.Process
    _columns: int
    _rows: int
    raw: bytes = b""
    _news: asyncio.Event = field(factory=asyncio.Event)

    @classmethod
    async def start(
        cls, *arguments: str, columns: int, rows: int, environment: Mapping[str, str]
    ) -> Self:
        """Start `nemo-sdk` in a terminal of a size."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        command = (*_COMMAND, *arguments)
        process = await asyncio.create_subprocess_exec(
            *("sh", "-c", _OPEN, os.ttyname(slave), *command),
            start_new_session=True,
            env={**_inherited(), "TERM": "xterm-256color", "LANG": "C.UTF-8", **environment},
        )
        made = cls(master, process, columns, rows)
        os.set_blocking(master, False)
        asyncio.get_running_loop().add_reader(master, made._read)
        process_end = asyncio.create_task(process.wait())
        process_end.add_done_callback(lambda _: os.close(slave))
        return made

    def type(self, text: str) -> None:
        """Press keys; Ctrl-C and Ctrl-D are the characters 3 and 4."""
        os.write(self._master, text.encode())

    def paste(self, text: str) -> None:
        """Paste a text: marked as such, as terminals do it where a program has asked for that."""
        asked = self.raw.rfind(b"\x1b[?2004h") > self.raw.rfind(b"\x1b[?2004l")
        self.type(f"\x1b[200~{text}\x1b[201~" if asked else text)

    def signal(self, number: int) -> None:
        """Send the command a signal."""
        self._process.send_signal(number)

    def lines(self) -> list[str]:
        """Return what stands on the screen now, without empty lines."""
        screen = pyte.Screen(self._columns, self._rows)
        pyte.ByteStream(screen).feed(self.raw)
        return [line.rstrip() for line in screen.display if line.strip()]

    async def until(self, words: str) -> None:
        """Wait until words were written, wherever they are by now."""
        async with asyncio.timeout(_PATIENCE):
            while words.encode() not in self.raw:
                self._news.clear()
                await self._news.wait()

    async def pause(self) -> None:
        """Let the command come to rest; Python loses a Ctrl-C in the moment of its prompt."""
        await asyncio.sleep(0.2)

    async def end(self) -> int:
        """Wait for the command's end, and return its code."""
        async with asyncio.timeout(_PATIENCE):
            code = await self._process.wait()
        await asyncio.sleep(0)
        self._read()
        return code

    async def aclose(self) -> None:
        """Kill what still runs."""
        asyncio.get_running_loop().remove_reader(self._master)
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        os.close(self._master)

    def _read(self) -> None:
        with suppress(OSError):
            while piece := os.read(self._master, 65536):
                self.raw += piece
                self._news.set()


def _inherited() -> dict[str, str]:
    """The environment, without what is said in it of another terminal's size."""
    return {name: text for name, text in os.environ.items() if name not in {"COLUMNS", "LINES"}}


@asynccontextmanager
async def terminal(
    *arguments: str, columns: int = 80, rows: int = 24, **environment: str
) -> AsyncIterator[PseudoTerminal]:
    """Run `nemo-sdk` in a terminal, and see that it is gone afterwards."""
    made = await PseudoTerminal.start(
        *arguments, columns=columns, rows=rows, environment=environment
    )
    try:
        yield made
    finally:
        await made.aclose()
