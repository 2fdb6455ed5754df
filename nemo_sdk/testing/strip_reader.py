"""The strip along a film's edge, read back from decoded frames of any size."""

from typing import Any

import numpy as np

from nemo_sdk.emulator._film._strip import (
    CHECKSUM,
    COLUMNS,
    ROWS,
    SHARE,
    WIDTHS,
    Mark,
    along_edge,
    checksum,
)

_TITLES = WIDTHS[-1]


def read_strip(luma: Any) -> Mark | None:
    """Return what a frame's strip says; None where there is none, or it is damaged.

    Args:
        luma: The frame's brightness, as an array of rows.
    """
    along = along_edge(luma)
    high, long = along.shape
    if long < COLUMNS:
        return None
    deep, wide = long / SHARE, long / COLUMNS
    lines = [_middle(along.T, high - row * deep, deep) for row in range(ROWS, 0, -1)]
    levels = [_middle(line, block * wide, wide) for line in lines for block in range(COLUMNS)]
    threshold = (min(levels) + max(levels)) / 2
    return _mark("".join("1" if level > threshold else "0" for level in levels))


def may_show(mark: Mark, title: int) -> bool:
    """Return whether a title may stand in a frame, by its number: every 18th has the same bit."""
    return bool(mark.titles >> (title - 1) % _TITLES & 1)


def _middle(plane: Any, start: float, length: float) -> Any:
    """Return the mean of what lies in the middle half of a stretch along the last axis."""
    first = round(start + length * 0.25)
    return plane[..., first : max(first + 1, round(start + length * 0.75))].mean(axis=-1)


def _mark(bits: str) -> Mark | None:
    told = bits[:-CHECKSUM]
    if checksum(told) != int(bits[-CHECKSUM:], 2):
        return None
    ends = np.cumsum(WIDTHS)
    return Mark(*(int(told[end - width : end], 2) for end, width in zip(ends, WIDTHS, strict=True)))
