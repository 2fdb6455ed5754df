"""The log, in the shape of all that is said on standard error."""

import json
import logging

from nemo_sdk._telemetry import log

from .terminal import terminal

__all__ = ["show_log"]


class _AsObject(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        values = {"type": "log", "log": super().format(record), "level": record.levelname.lower()}
        return json.dumps(values, ensure_ascii=False)


def show_log(*, debug: bool) -> None:
    """Show the log as --debug or NEMO_LOG want it."""
    log.to_stderr("debug" if debug else None)
    for handler in log.log.handlers if terminal.as_json else ():
        handler.setFormatter(_AsObject())
