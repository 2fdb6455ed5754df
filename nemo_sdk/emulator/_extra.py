"""The extra `emulator`: the packages that paint films and look into them."""

from importlib.util import find_spec

_PACKAGES = ("av", "PIL", "numpy", "emoji")


class MissingExtraError(RuntimeError):
    """A package of the extra is not installed.

    Args:
        what: What needs it, as the sentence begins.
    """

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} needs the extra 'emulator' (PyAV, Pillow, numpy and emoji): "
            "pip install 'nemo-sdk[emulator]'"
        )


def has_extra() -> bool:
    """Whether all packages of the extra are installed."""
    return all(map(find_spec, _PACKAGES))


def check_extra() -> None:
    """Raise where films cannot be painted.

    Raises:
        MissingExtraError: A package of the extra is not installed.
    """
    if not has_extra():
        raise MissingExtraError("The emulator")
