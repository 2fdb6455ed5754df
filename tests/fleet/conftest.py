"""What the fleet's tests stand on, where it is installed; else they are left out, with a word."""

from pathlib import Path

from .installed import IS_INSTALLED

if IS_INSTALLED:
    from .fixtures import dsn, server, store

    __all__ = ["dsn", "server", "store"]
else:
    WORD = "test_installed.py"
    collect_ignore = [
        one.name for one in Path(__file__).parent.glob("test_*.py") if one.name != WORD
    ]
