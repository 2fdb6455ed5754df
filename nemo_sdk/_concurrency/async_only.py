"""Sentences for the mistakes that everybody makes once with `async` and `await`."""

from typing import TYPE_CHECKING, NoReturn

__all__ = ["AsyncOnly"]


class AsyncOnly:
    """What is entered with `async with` alone, and says so where the `async` was forgotten."""

    __slots__ = ()

    if not TYPE_CHECKING:  # type checkers find the mistake by themselves, as long as this is hidden

        def __enter__(self) -> NoReturn:
            name = type(self).__name__
            raise TypeError(f"{name} is entered with 'async with', not with 'with' alone.")

        def __exit__(self, *_: object) -> None: ...
