"""What goes to the log: a line for each call, and NEMO_LOG for people in a hurry."""

import logging
import sys
import time
from collections.abc import Callable, Iterator, Mapping

from nemo_sdk._config.environment import variable
from nemo_sdk._text import printable

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
        if _is_shown(record):
            return
        try:
            sys.stderr.write(f"{self.format(record)}\n")
        except Exception:
            self.handleError(record)  # logging's own rule: the line is lost, the program goes on


def to_stderr() -> None:
    """Show the log on standard error as NEMO_LOG says; once, however often it is asked for.

    Where the program shows the log by handlers of its own, only the level is set: no line is
    doubled.

    Raises:
        ValueError: There is no such level.
    """
    wanted = variable("NEMO_LOG").lower()
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


def _is_shown(record: logging.LogRecord) -> bool:
    """Whether the program has a handler of its own by which people see the line."""
    return any(
        record.levelno >= handler.level and (is_own or _is_seen(handler))
        for handler, is_own in _others()
    )


def _others() -> Iterator[tuple[logging.Handler, bool]]:
    """Give the program's handlers, each with whether it is for this library alone."""
    logger: logging.Logger | None = log
    while logger is not None:
        for handler in logger.handlers:
            if not isinstance(handler, logging.NullHandler | _Stderr):
                yield handler, logger is log
        logger = logger.parent if logger.propagate else None


def _is_seen(handler: logging.Handler) -> bool:
    """Whether a handler of all loggers shows what it takes, and does not only keep it."""
    if not isinstance(handler, logging.StreamHandler):
        return True
    return handler.stream in {sys.stderr, sys.stdout, sys.__stderr__, sys.__stdout__}


class CallLine:
    """The line of one HTTP exchange, whose clock starts now.

    Args:
        what: The method and the path, without anything that gives access.
        hide: Takes tokens out of what the server has sent.
        reads: Whether it only reads: then the line is for level debug, else for info.
    """

    __slots__ = ("_hide", "_level", "_started", "_what")

    def __init__(self, what: object, hide: Callable[[str], str], *, reads: bool) -> None:
        self._what = what
        self._hide = hide
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
            told = self._hide((headers or {}).get("X-Request-Id", ""))[:_LONGEST_ID]
            name = f", request {printable(told)}" if told else ""
            what = printable(self._hide(str(self._what)))
            log.log(self._level, "%s: %s in %.3f s%s", what, outcome, seconds, name)
