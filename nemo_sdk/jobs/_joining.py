"""What becomes of a job's record when it is asked for again. No I/O but what `wanted` does."""

from collections.abc import Callable

import attrs

from ._record import Record

__all__ = ["joined", "reopened"]


def joined(
    kept: Record | None, asked: Record, wanted: Callable[[Record, str | None], Record]
) -> Record:
    """Return the record of a job that is asked for, maybe once more."""
    if kept is None:
        return asked
    if kept.over:
        return kept
    record = attrs.evolve(
        kept,
        save_as=asked.save_as or kept.save_as,
        save_in=asked.save_in or kept.save_in,
    )
    if kept.status == "done":
        return wanted(record, asked.save_as)
    return reopened(kept, record)


def reopened(kept: Record, record: Record) -> Record:
    """Return the record of a job that is not done; a new wish is not overwritten by its worker."""
    if kept.ended:
        return record.again()
    return record if record.save_as == kept.save_as else attrs.evolve(record, round=kept.round + 1)
