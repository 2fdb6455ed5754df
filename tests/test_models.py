"""The values of the public API: Timing, Checkpoint, AnonymousToken."""

import copy
import json
import math
import pickle
from typing import Any

import attrs
import pytest

from nemo_sdk import AnonymousToken, Checkpoint, Timing

DURATIONS = [field.name for field in attrs.fields(Timing) if field.name != "recovery"]
FULL = Checkpoint(
    stage="render",
    prompt="猫 🐈 \u2028 \ud83d",
    session_id="42",
    task_id="7",
    render_id="render_1",
    renders=1,
    draft_digest="",
    files=("a.mp4", "https://host/b.png"),
    unnamed_files=True,
    language="zh",
    format="mov",
    quality="low",
    task_name="p",
)


def test_the_defaults_are_the_services_own() -> None:
    """The clock starts from what the service's contract says, in seconds."""
    timing = Timing()
    assert (timing.connect, timing.read, timing.turn, timing.quiet) == (30, 60, 900, 600)
    assert (timing.still_working, timing.rate_limit_wait, timing.render_poll) == (120, 30, 30)
    assert (timing.render, timing.recovery) == (900, (30, 60, 60, 60, 60))
    assert (timing.backoff, timing.backoff_max) == (0.5, 8)


@pytest.mark.parametrize("name", DURATIONS)
@pytest.mark.parametrize("value", [0, -1, math.nan, "5", None, (1,)])
def test_a_duration_is_above_zero(name: str, value: Any) -> None:
    """A duration that is none is refused by name."""
    with pytest.raises((ValueError, TypeError), match=name):
        Timing(**{name: value})


@pytest.mark.parametrize("value", [(), (0,), (30, -1), ("30",)])
def test_recovery_is_at_least_one_wait(value: Any) -> None:
    """Looking for a lost outcome takes at least one wait above zero."""
    with pytest.raises(ValueError, match="recovery"):
        Timing(recovery=value)


def test_a_clock_can_be_scaled() -> None:
    """`scaled` multiplies every duration, those of `recovery` too, and leaves the original."""
    timing: Timing = Timing()
    fast = timing.scaled(0.5)
    for name in DURATIONS:
        assert getattr(fast, name) == getattr(timing, name) / 2
    assert list(fast.recovery) == [15, 30, 30, 30, 30]
    assert timing == Timing()


@pytest.mark.parametrize("factor", [0, -1, math.nan])
def test_a_clock_does_not_stand_still(factor: float) -> None:
    """A factor that is not above 0 is refused."""
    with pytest.raises(ValueError, match="factor"):
        Timing().scaled(factor)


@pytest.mark.parametrize("checkpoint", [Checkpoint(), FULL])
def test_a_checkpoint_survives_json(checkpoint: Checkpoint) -> None:
    """A checkpoint written as JSON is one line, and comes back equal."""
    text = checkpoint.to_json()
    assert len(text.splitlines()) == 1
    assert Checkpoint.from_json(text) == checkpoint


def test_a_checkpoint_of_a_later_version_is_read() -> None:
    """Keys that are not known yet do not make a checkpoint unreadable; missing ones are default."""
    values = json.loads(FULL.to_json()) | {"invented_later": [1]}
    del values["language"]
    assert Checkpoint.from_json(json.dumps(values)) == attrs.evolve(FULL, language=None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '"text"',
        "7",
        "[" * 100_000,
        '{"stage": "dreaming"}',
        '{"stage": ["render"]}',
        '{"stage": null}',
        '{"prompt": 5}',
        '{"session_id": 5}',
        '{"renders": "1"}',
        '{"files": 5}',
        '{"files": [5]}',
        '{"renders": 1' + "0" * 5000 + "}",
    ],
    ids=lambda text: text[:24],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    """Damaged JSON is a ValueError that says what it is not, never another error later."""
    with pytest.raises(ValueError, match="checkpoint"):
        Checkpoint.from_json(text)


def test_a_token_survives_json() -> None:
    """A kept token comes back equal."""
    token = AnonymousToken("nmv_usr_1", "anon_1", "2030-01-01T00:00:00Z")
    assert AnonymousToken.from_json(token.to_json()) == token


@pytest.mark.parametrize(
    "text",
    ["", "{}", "null", '{"token": 5}', '{"token": "t", "expires_at": 5}', '{"token": null}'],
)
def test_what_is_no_token_is_refused(text: str) -> None:
    """A damaged token is a ValueError that does not show it."""
    with pytest.raises(ValueError, match="JSON text of a token"):
        AnonymousToken.from_json(text)


def test_the_repr_of_a_token_does_not_show_it() -> None:
    """A token is not shown by accident."""
    assert "nmv" not in repr(AnonymousToken("nmv_usr_1", "anon_1"))


@pytest.mark.parametrize("value", [FULL, Timing(), AnonymousToken("t")])
def test_values_are_copied_and_pickled(value: Any) -> None:
    """Values go through pickle and copy, and are frozen."""
    assert pickle.loads(pickle.dumps(value)) == value == copy.deepcopy(value)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(value, attrs.fields(type(value))[0].name, 5)
