"""The log, in the shape of all that is said on standard error."""

import json
import logging
import os

from .terminal import terminal

__all__ = ["show_log"]

_LOG = logging.getLogger("nemo_sdk")


class _AsObject(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        values = {"type": "log", "log": super().format(record), "level": record.levelname.lower()}
        return json.dumps(values, ensure_ascii=False)


def show_log(*, debug: bool) -> None:
    """Show the log as --debug or NEMO_LOG want it; the library leaves it to a handler of ours."""
    if debug:
        os.environ["NEMO_LOG"] = "debug"
    if terminal.as_json and os.environ.get("NEMO_LOG"):
        handler = logging.StreamHandler()
        handler.setFormatter(_AsObject())
        _LOG.handlers = [handler]
