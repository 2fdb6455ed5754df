"""Spans, for programs that use OpenTelemetry; nothing for the others.

A program that records spans has imported OpenTelemetry itself before the first one. So it is not
imported here, only looked for: who does not use it pays nothing.
"""

import asyncio
import sys
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import Any, Self

from nemo_sdk._version import __version__
from nemo_sdk.exceptions import APIError

__all__ = ["Span", "span"]


class Span:
    """What goes on, from entering to leaving; it goes nowhere where nobody records spans."""

    __slots__ = ()

    def set(self, **attributes: str | int | None) -> None:
        """Set attributes, as far as they are known; their names get the prefix `nemo.`."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Take note of the end, and of the error that it is."""


class _Recorded(Span):
    """A span of OpenTelemetry's."""

    __slots__ = ("_api", "_attributes", "_current", "_name", "_real", "_within")

    def __init__(
        self, api: Any, name: str, attributes: dict[str, str | int | None], *, current: bool
    ) -> None:
        self._api = api
        self._name = name
        self._attributes = attributes
        self._current = current
        self._within: AbstractContextManager[Any] = nullcontext()

    def set(self, **attributes: str | int | None) -> None:
        known = {key: value for key, value in attributes.items() if value not in (None, "")}
        self._real.set_attributes({f"nemo.{key}": value for key, value in known.items()})

    def __enter__(self) -> Self:
        self._real = self._api.get_tracer("nemo_sdk", __version__).start_span(self._name)
        self.set(**self._attributes)
        if self._current:
            self._within = self._api.use_span(
                self._real, record_exception=False, set_status_on_exception=False
            )
        self._within.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._within.__exit__(kind, error, traceback)
        if isinstance(error, asyncio.CancelledError | GeneratorExit):
            self.set(outcome="left")
        elif error is not None:
            self._failed(error)
        self._real.end()

    def _failed(self, error: BaseException) -> None:
        """Record an error by its kind and its numbers: its words may repeat a prompt."""
        kind = type(error).__name__
        self._real.add_event("exception", {"exception.type": kind})
        self._real.set_attribute("error.type", kind)
        self._real.set_status(self._api.StatusCode.ERROR, kind)
        if isinstance(error, APIError):
            self.set(code=error.code)
            self._real.set_attribute("http.response.status_code", error.status or 0)


_NOWHERE = Span()


def span(name: str, *, current: bool = False, **attributes: str | int | None) -> Span:
    """Return a span that begins, ends, and takes note of an error with its `with` block.

    Args:
        name: What goes on, such as "nemo.turn".
        current: Whether spans that begin within the block belong to this one. Not in an async
            generator, whose block may be left in another context than it was entered in.
        attributes: As `Span.set` takes them.
    """
    api: Any = sys.modules.get("opentelemetry.trace")
    return _NOWHERE if api is None else _Recorded(api, name, attributes, current=current)
