"""A Python client that goes with an emulator, and its clock.

The emulator writes its answers by hand and shares nothing with the library. This module alone knows
the library, and only inside its functions, so that nothing of the emulator's own can come to lean
on it.
"""

import contextlib
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ._clock import Clock

if TYPE_CHECKING:
    from nemo_sdk import NemoClient, Timing

_PATIENCE = 4
"""How much slower than the emulator's a client's clock is, so that a busy machine does not make it
ask all the time."""
_BY_HAND = 1000.0


class ForClients:
    """What an emulator has for Python clients.

    Attributes:
        base_url: The emulator's address.
        clock: Its clock.
    """

    base_url: str
    clock: Clock
    _clients: int = 0

    @property
    def timing(self) -> "Timing":
        """A client's clock for this emulator: its waits are short, its limits the real ones."""
        from nemo_sdk import Timing  # noqa: PLC0415 - the module's own words say why

        speed = _BY_HAND if self.clock.manual else self.clock.speed
        return Timing().scaled(min(_PATIENCE / speed, 1.0), limits=False)

    def client(self, **arguments: Any) -> "NemoClient":
        """Return a client of this emulator; close it, or use it with `async with`.

        It is another anonymous user than any client before, keeps its token in memory, takes
        nothing from the environment or the home folder, and has the clock `timing`.

        Args:
            arguments: What `NemoClient` takes, in place of what it is given here.

        Raises:
            RuntimeError: The emulator does not serve yet.
        """
        if not self.base_url:
            raise RuntimeError(
                "The emulator does not serve yet: use it with 'async with', or await its 'start()'."
            )
        from nemo_sdk import NemoClient  # noqa: PLC0415 - the module's own words say why

        self._clients += 1
        settings = {
            "base_url": self.base_url,
            "web_url": "https://nemovideo.com",
            "client_id": f"test-{self._clients}",
            "timing": self.timing,
            "token_store": None,
            **arguments,
        }
        with _without_the_users_token():
            return NemoClient(**settings)


@contextlib.contextmanager
def _without_the_users_token() -> Iterator[None]:
    kept = os.environ.pop("NEMO_TOKEN", None)
    try:
        yield
    finally:
        if kept is not None:
            os.environ["NEMO_TOKEN"] = kept
