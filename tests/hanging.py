"""A connection for a message that is opened without end, for tests."""

import asyncio
from typing import Any, Self

import aiohttp
import pytest


class Opening(asyncio.Event):
    """Set when a connection for a message is being opened that takes without end.

    Attributes:
        before: How many are opened before it.
    """

    before = 0

    @classmethod
    def of(cls, monkeypatch: pytest.MonkeyPatch) -> Self:
        """Have one connection for a message hang."""
        told = cls()
        connect = aiohttp.TCPConnector.connect

        async def hang(self: Any, request: Any, *args: Any, **how: Any) -> Any:
            if request.url.path == "/run_sse":
                told.before -= 1
                if told.before == -1:
                    told.set()
                    await asyncio.Event().wait()
            return await connect(self, request, *args, **how)

        monkeypatch.setattr(aiohttp.TCPConnector, "connect", hang)
        return told
