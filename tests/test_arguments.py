"""Arguments as Python programs have them: other kinds, members of enumerations, no limit at all."""

import enum
import math
from collections.abc import Callable
from typing import Any

import attrs
import pytest
from conftest import FAST
from scripted import NEW, text

from nemo_sdk import Checkpoint, NemoClient, Timing
from nemo_sdk.emulator import Emulator


class Choice(str, enum.Enum):  # noqa: UP042 - as it was written before there was StrEnum
    """What a web framework gives for one of several words: `str()` of it is its name."""

    CONTAINER = "MP4"
    LEVEL = "high"
    LANGUAGE = "en"
    SERVICE = "http://127.0.0.1:1/v2"


CANNOT_BE: dict[str, Callable[[NemoClient], object]] = {
    "language": lambda client: client.generate("a cat", language=5),  # type: ignore[arg-type]
    "bytes": lambda client: client.generate("a cat", language=b"en"),  # type: ignore[arg-type]
    "task_name": lambda client: client.generate("a cat", task_name=42),  # type: ignore[arg-type]
    "no task_name": lambda client: client.generate("a", task_name=None),  # type: ignore[arg-type]
    "resume None": lambda client: client.resume(None),  # type: ignore[arg-type]
    "resume text": lambda client: client.resume(Checkpoint().to_json()),  # type: ignore[arg-type]
    "task_id": lambda client: client.session("1", task_id=b"2"),  # type: ignore[arg-type]
    "session's": lambda client: client.session("1").resume(None),  # type: ignore[arg-type]
    "stage": lambda _: Checkpoint(stage=b"message"),  # type: ignore[arg-type]
    "files": lambda _: Checkpoint(files=(1,)),  # type: ignore[arg-type]
    "url": lambda client: client.video("r", url=b"https://f.test"),  # type: ignore[arg-type]
    "http": lambda _: NemoClient(http="https://f.test"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("make", CANNOT_BE.values(), ids=CANNOT_BE)
async def test_what_cannot_be_is_refused_where_it_is_given(
    emulator: Emulator, client: NemoClient, make: Callable[[NemoClient], object]
) -> None:
    """The sentence says what it must be, before anything is sent."""
    with pytest.raises((TypeError, ValueError), match=r" must be |There is no stage"):
        make(client)
    assert not emulator.calls


@pytest.mark.parametrize("every", ["2", None, -1, math.nan, True])
async def test_progress_is_told_by_seconds(
    emulator: Emulator, client: NemoClient, every: Any
) -> None:
    """What is no number of seconds ends no generation that has been charged: it begins none."""
    generation = client.generate("a cat")
    with pytest.raises(ValueError, match="every must be a number of seconds"):
        generation.progress(every)
    generation.close()
    assert not emulator.calls


@pytest.mark.parametrize("given", [{"language": 5}, {"language": b"en"}, {"task_name": None}])
async def test_a_session_is_made_with_texts(
    emulator: Emulator, client: NemoClient, given: dict[str, Any]
) -> None:
    """What is no text is refused before anything is sent."""
    with pytest.raises(TypeError, match=f"{next(iter(given))} must be"):
        await client.create_session(**given)
    assert not emulator.calls


async def test_ids_may_come_as_numbers(emulator: Emulator, client: NemoClient) -> None:
    """Who keeps them as the digits that they are gets the same session."""
    made = await client.create_session()
    held: Any = [int(made.id)], {"task_id": int(made.task_id or "")}
    emulator.script(text("Done."), draft=NEW)
    session = client.session(*held[0], **held[1])
    assert (session.id, session.task_id) == (made.id, made.task_id)
    assert (await session.ask("a cat")).timeline.exportable


def test_a_checkpoint_of_an_unknown_stage_is_none() -> None:
    """A generation is not begun, and charged, anew because its stage is not understood."""
    with pytest.raises(ValueError, match="no stage 'mix'"):
        Checkpoint(stage="mix", session_id="1")  # type: ignore[arg-type]


async def test_members_of_enumerations_are_their_words(
    emulator: Emulator, client: NemoClient
) -> None:
    """Who takes a word from a web form gives it on as it is."""
    emulator.script(text("Done."), draft=NEW)
    given: Any = {"format": Choice.CONTAINER, "quality": Choice.LEVEL}
    video = await client.generate("a cat", language=Choice.LANGUAGE, **given)
    assert video.format == "mp4"
    assert NemoClient(base_url=Choice.SERVICE).base_url == Choice.SERVICE.value


@pytest.mark.parametrize("name", ["connect", "read", "call", "turn", "quiet", "render"])
@pytest.mark.parametrize("max_connections", [0, 1])
async def test_a_limit_may_be_infinite(emulator: Emulator, name: str, max_connections: int) -> None:
    """A program that wants no limit says so with the number that Python has for it."""
    limit: Any = {name: math.inf}
    timing: Timing = attrs.evolve(FAST, **limit)
    emulator.script(text("Done."), draft=NEW)
    async with NemoClient(
        base_url=emulator.base_url, timing=timing, max_connections=max_connections
    ) as client:
        video = await client.generate("a cat")
        assert await video.read()
