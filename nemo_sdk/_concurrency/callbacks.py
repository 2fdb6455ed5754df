"""What a caller's function returns, sync or async."""

import inspect
from typing import Any

__all__ = ["settled"]


async def settled(value: Any) -> Any:
    """Return a value; wait for it first where it can be awaited."""
    return await value if inspect.isawaitable(value) else value
