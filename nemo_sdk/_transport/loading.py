"""What calls need at some time, loaded before the first of them.

A module that is first imported where something has gone wrong hides what that was by a failure of
its own: there may be no file left to open, or the package is being replaced. And certificates are
read when they are needed, so that a variable set by the program counts.
"""

import os
import ssl
import threading
from importlib import import_module
from typing import Final

from nemo_sdk._concurrency.threads import in_thread

__all__ = ["prepared"]

_MODULES: Final = ("tenacity", "encodings.idna", "encodings.utf_16", "encodings.utf_8_sig")
_trusted: dict[tuple[str | None, ...], ssl.SSLContext] = {}
"""By what the environment says of certificates."""
_one_at_a_time = threading.Lock()


async def prepared() -> ssl.SSLContext:
    """Load what calls need, beside the event loop, and return whom they trust.

    Raises:
        OSError, ImportError: Something cannot be loaded (now).
    """
    place = tuple(map(os.environ.get, ("SSL_CERT_FILE", "SSL_CERT_DIR")))
    known = _trusted.get(place)
    return await in_thread(_load, place) if known is None else known


def _load(place: tuple[str | None, ...]) -> ssl.SSLContext:
    with _one_at_a_time:  # the first calls of a program may be many
        if place not in _trusted:
            for name in _MODULES:
                import_module(name)
            context = ssl.create_default_context()
            context.set_alpn_protocols(["http/1.1"])
            _trusted[place] = context
    return _trusted[place]
