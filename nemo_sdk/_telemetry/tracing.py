"""Spans, for programs that use OpenTelemetry; nothing for the others.

A program that records spans has imported OpenTelemetry itself before the first one. So it is not
imported here, only looked for: who does not use it pays nothing.
"""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from nemo_sdk._version import __version__
from nemo_sdk.exceptions import APIError

__all__ = ["Span", "span"]


class Span:
    """What can be said of a span; it goes nowhere where the program uses no OpenTelemetry.

    Args:
        real: OpenTelemetry's own span, or None.
    """

    __slots__ = ("_real",)

    def __init__(self, real: Any = None) -> None:
        self._real = real

    def set(self, **attributes: str | int | None) -> None:
        """Set attributes, as far as they are known; their names get the prefix `nemo.`."""
        if self._real is not None:
            known = {key: value for key, value in attributes.items() if value not in (None, "")}
            self._real.set_attributes({f"nemo.{key}": value for key, value in known.items()})

    def failed(self, status: Any, error: BaseException) -> None:
        """Record an error by its kind and its numbers: its words may repeat a prompt."""
        kind = type(error).__name__
        self._real.add_event("exception", {"exception.type": kind})
        self._real.set_attribute("error.type", kind)
        self._real.set_status(status, kind)
        if isinstance(error, APIError):
            self.set(code=error.code)
            self._real.set_attribute("http.response.status_code", error.status or 0)


_NOWHERE = Span()


@contextmanager
def span(name: str, *, current: bool = False, **attributes: str | int | None) -> Iterator[Span]:
    """Give a span that ends, and takes note of an error, with the block.

    Args:
        name: What goes on, such as "nemo.turn".
        current: Whether spans that begin within the block belong to this one. Not in an async
            generator, whose block may be left in another context than it was entered in.
        attributes: As `Span.set` takes them.
    """
    api: Any = sys.modules.get("opentelemetry.trace")
    if api is None:
        yield _NOWHERE
        return
    real = api.get_tracer("nemo_sdk", __version__).start_span(name)
    made = Span(real)
    made.set(**attributes)
    try:
        if current:
            with api.use_span(real, record_exception=False, set_status_on_exception=False):
                yield made
        else:
            yield made
    except (asyncio.CancelledError, GeneratorExit):
        made.set(outcome="left")
        raise
    except BaseException as error:
        made.failed(api.StatusCode.ERROR, error)
        raise
    finally:
        real.end()
