"""What an error that ends a generation says: what was charged, and from where to go on."""

from attrs import evolve

from nemo_sdk._advice import Charged
from nemo_sdk.exceptions import APIError, NemoError, NothingToExportError, TransportError
from nemo_sdk.models import Checkpoint

__all__ = ["note_end"]


def note_end(
    error: BaseException, checkpoint: Checkpoint, *, answered: bool, begun_before: bool
) -> Checkpoint:
    """Give an error its checkpoint, and return it.

    Args:
        error: What ended the generation.
        checkpoint: Where the generation stood.
        answered: Whether the agent has answered.
        begun_before: Whether another process may have sent the message.
    """
    charged = _charged(error, checkpoint, answered=answered, begun_before=begun_before)
    if charged == "no" and checkpoint.stage == "message":  # it was refused: to be sent again
        checkpoint = evolve(checkpoint, stage="session", session_id=None, task_id=None)
    if isinstance(error, NemoError):
        error.charged, error.checkpoint = charged, checkpoint
    elif isinstance(error, Exception):  # of a file, or of the caller's own functions
        vars(error)["checkpoint"] = checkpoint
    return checkpoint


def _charged(
    error: BaseException, checkpoint: Checkpoint, *, answered: bool, begun_before: bool
) -> Charged:
    if isinstance(error, NothingToExportError):  # an answer alone is free, an edit is not
        return "maybe"
    if answered or checkpoint.stage == "render":
        return "yes"
    if checkpoint.stage != "message":
        return "no"
    if isinstance(error, APIError | TransportError) and not begun_before:
        return error.charged
    return "maybe"
