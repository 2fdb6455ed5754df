"""What the engines' tests stand on, where that is there; of the fleet, its own tests tell."""

from fleet.installed import IS_INSTALLED

from .workers import EXAMPLES

if IS_INSTALLED and EXAMPLES.exists():
    from .fixtures import dsn, server, slow_emulator, store

    __all__ = ["dsn", "server", "slow_emulator", "store"]
else:  # the wheel is tested without the examples
    collect_ignore_glob = ["test_*.py"]
