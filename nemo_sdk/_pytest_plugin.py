"""The pytest plugin of nemo_sdk: the fixtures `nemo_emulator` and `nemo_client`.

pytest imports it at every start, wherever the package is installed: so it loads no more of the
library than its version, until a test asks for a fixture.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from nemo_sdk import NemoClient
    from nemo_sdk.testing import LocalEmulator

_MARKER = "nemo_emulator"
_NOT_ASYNCIO = (
    "nemo_sdk runs on asyncio, and anyio has parametrised this test with another backend too: "
    "define a fixture anyio_backend that returns 'asyncio'."
)


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, so that `--strict-markers` takes it."""
    config.addinivalue_line(
        "markers", f"{_MARKER}(**options): options of the emulator that this test runs against"
    )


@pytest.fixture
def nemo_emulator_options() -> Mapping[str, Any]:
    """Options for all emulators of a module or folder: override it there.

    Takes what `nemo_sdk.testing.LocalEmulator` takes; a test's marker wins over it.
    """
    return {}


@pytest.fixture
def nemo_emulator(
    request: pytest.FixtureRequest, nemo_emulator_options: Mapping[str, Any]
) -> "Iterator[LocalEmulator]":
    """The NemoVideo service on this machine, for this test alone."""
    from nemo_sdk.testing import LocalEmulator  # noqa: PLC0415 - only who uses it pays for it

    options = dict(nemo_emulator_options)
    for marker in reversed(list(request.node.iter_markers(_MARKER))):
        if marker.args:
            raise pytest.UsageError(f"{_MARKER} takes options by name, such as credits=50.")
        options.update(marker.kwargs)
    with ExitStack() as stack:
        try:
            running = stack.enter_context(LocalEmulator(**options))
        except RuntimeError as error:
            pytest.fail(str(error), pytrace=False)
        yield running


@pytest.fixture
def nemo_client(request: pytest.FixtureRequest, nemo_emulator: "LocalEmulator") -> "NemoClient":
    """A client of this test's emulator, on a fast clock; it is closed after the test."""
    on_anyio = "anyio_backend" in request.fixturenames
    if on_anyio and request.getfixturevalue("anyio_backend_name") != "asyncio":
        pytest.fail(_NOT_ASYNCIO, pytrace=False)
    return nemo_emulator.client()
