"""The way from a prompt to a saved film, with what is needed to go on where it is stopped."""

import asyncio

import attrs
from attrs import define, field

from nemo_sdk import Generation, NemoClient
from nemo_sdk.exceptions import APIError, NemoError, OutcomeUnknownError
from nemo_sdk.models import Checkpoint, Credits

from .journal import Entry, Journal
from .saving import save, show_film
from .terminal import terminal
from .way_on import NOWHERE, WayOn

__all__ = ["Keeper", "finish"]

_CHARGED = {"message", "render"}
"""The stages from which on credits may have been taken."""
_WARNING = "cannot be written: this generation cannot be resumed where it is stopped."


@define
class Keeper:
    """Keeps a generation in the journal, and knows the way on from where it stands."""

    _entry: Entry
    _journal: Journal | None
    """None for a generation of an emulator that goes with the command."""
    _kept: bool = True
    _maybe_charged: bool = field(init=False)
    """Whether a process before this one may have sent the message."""

    def __attrs_post_init__(self) -> None:
        self._maybe_charged = self._entry.checkpoint.stage in _CHARGED

    def __call__(self, checkpoint: Checkpoint) -> None:
        """Take a checkpoint, before the call that it names."""
        if self._journal is None:
            return
        self._entry = attrs.evolve(self._entry, checkpoint=checkpoint)
        could, self._kept = self._kept, self._journal.keep(self._entry)
        if could and not self._kept:
            terminal.warn(f"{self._journal.place} {_WARNING}")
        if checkpoint.stage in _CHARGED:
            self.show_way()

    def show_way(self, words: str = "Go on with it: nemo-sdk resume {id}") -> None:
        """Have the end of the command tell how to go on."""
        session = self._entry.checkpoint.session_id
        facts = {"session_id": session} if session else {}
        if self._kept:
            words = words.format(id=self._entry.id, session=session)
            terminal.way_on = WayOn(words, {"resume": self._entry.id, **facts})
        else:
            terminal.way_on = WayOn(f"Its session stays: nemo-sdk export {session}", facts)

    def failed(self, generation: Generation, error: BaseException) -> None:
        """Take what ended a generation before its film was saved."""
        if not self._maybe_charged and _was_free(generation, error):
            terminal.way_on = NOWHERE
            self.forget()
        elif isinstance(error, OutcomeUnknownError) and self._journal is not None:
            self.show_way(
                "Look at it with 'nemo-sdk state {session}'. Once a film is there, "
                "'nemo-sdk resume {id}' saves it; 'nemo-sdk resume --forget {id}' gives it up."
            )

    def forget(self) -> None:
        """Take the generation off the journal."""
        if self._journal is not None:
            self._journal.forget(self._entry)


async def finish(client: NemoClient, generation: Generation, entry: Entry, keeper: Keeper) -> None:
    """Follow a generation to its film, save that, and say what has left the account."""
    before = await _balance(client)
    try:
        await terminal.follow(generation.progress(every=0.2))
        video = await generation
        spent = await _spent(client, before)
        path = await save(video, entry.target)
    except (Exception, asyncio.CancelledError) as error:
        keeper.failed(generation, error)
        raise
    keeper.forget()  # now, as nobody may be there to read the result
    show_film(video, path, spent)


def _was_free(generation: Generation, error: BaseException) -> bool:
    """Whether the generation ended before anything was charged: there is nothing to go on with."""
    refused = isinstance(error, APIError) and generation.reply is None
    stage = generation.checkpoint.stage
    return stage not in _CHARGED or (stage == "message" and refused)


async def _balance(client: NemoClient) -> Credits | None:
    try:
        return await client.credits()
    except NemoError:
        return None


async def _spent(client: NemoClient, before: Credits | None) -> float | None:
    """Return what has left the account meanwhile, by other commands too; None if not known."""
    after = await _balance(client)
    if before is None or after is None:
        return None
    return (before.available + before.frozen) - (after.available + after.frozen)
