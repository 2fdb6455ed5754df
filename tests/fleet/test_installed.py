"""Says so where the fleet cannot be tested."""

import pytest

from .installed import IS_INSTALLED


@pytest.mark.skipif(not IS_INSTALLED, reason="the fleet needs more: pip install 'nemo-sdk[fleet]'")
def test_the_fleet_is_installed() -> None:
    """Its package can be imported."""
    import nemo_sdk.fleet

    assert nemo_sdk.fleet.__all__ == ["PostgresStore", "Worker"]
