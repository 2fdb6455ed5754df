"""What goes to the log: a line for each call, and NEMO_LOG for people in a hurry."""

import logging
import os
import sys
import time
from collections.abc import Mapping

__all__ = ["CallLine", "log", "to_stderr"]

log = logging.getLogger("nemo_sdk")
log.addHandler(logging.NullHandler())

_LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "1": logging.DEBUG,
    "true": logging.DEBUG,
}
_OFF = {"", "0", "false", "off"}
_LONGEST_ID = 100


class _Stderr(logging.Handler):
    """Writes to what is standard error at the time, as tests and notebooks change it."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(f"{self.format(record)}\n")
        except Exception:
            self.handleError(record)  # logging's own rule: the line is lost, the program goes on


def to_stderr(level: str | None = None) -> None:
    """Show the log on standard error; once, however often it is asked for.

    Args:
        level: debug, info, warning or error; None for what NEMO_LOG says, if anything.

    Raises:
        ValueError: There is no such level.
    """
    wanted = (os.environ.get("NEMO_LOG", "") if level is None else level).strip().lower()
    if wanted in _OFF:
        return
    if wanted not in _LEVELS:
        raise ValueError(
            f"There is no log level {wanted[:20]!r}: set NEMO_LOG to debug, info, warning or error."
        )
    log.setLevel(_LEVELS[wanted])
    if not any(isinstance(handler, _Stderr) for handler in log.handlers):
        handler = _Stderr()
        handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
        log.addHandler(handler)


class CallLine:
    """The line of one HTTP exchange, whose clock starts now.

    Args:
        what: The method and the path, without anything that gives access.
        reads: Whether it only reads: then the line is for level debug, else for info.
    """

    __slots__ = ("_level", "_started", "_what")

    def __init__(self, what: str, *, reads: bool) -> None:
        self._what = what
        self._level = logging.DEBUG if reads else logging.INFO
        self._started = time.perf_counter()

    def end(self, outcome: object, headers: Mapping[str, str] | None = None) -> None:
        """Write the line.

        Args:
            outcome: The status, or the kind of error that came in place of an answer.
            headers: Of the answer, which may name the request.
        """
        if log.isEnabledFor(self._level):
            seconds = time.perf_counter() - self._started
            told = (headers or {}).get("X-Request-Id", "")[:_LONGEST_ID]
            name = f", request {told}" if told else ""
            log.log(self._level, "%s: %s in %.3f s%s", self._what, outcome, seconds, name)
