"""What takes the place of films where tests are not about pictures."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import frozen

__all__ = ["Sketch", "sketch"]


@frozen
class Sketch:
    """What the tests' own renderer says of its film."""

    duration: float
    size: int


def sketch(draft: Mapping[str, Any], target: Path, **_: Any) -> Sketch:
    """Write a draft's tracks in place of a film: most tests are not about pictures."""
    content = json.dumps(draft["t"]).encode() * 50
    target.write_bytes(content)
    return Sketch(10.0, len(content))
