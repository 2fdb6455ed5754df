"""What the emulator's habits do to the library's client."""

import os
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import FAST, sketch

from nemo_sdk import NemoClient, Timing
from nemo_sdk.emulator import Clock, Emulator


class Shifted(Clock):
    """A clock that a test can put forward while it runs."""

    ahead = timedelta()

    def now(self) -> datetime:
        """Return the date, as far ahead as the test has put it."""
        return super().now() + self.ahead


async def test_a_film_whose_address_expired_is_asked_for_again(tmp_path: Path) -> None:
    """A video kept too long is saved all the same: its render is asked, its film made once."""
    clock = Shifted(1000)
    async with (
        Emulator(clock=clock, credits=1000, film_url_lifetime=600, renderer=sketch) as emulator,
        NemoClient(base_url=emulator.base_url, timing=FAST) as client,
    ):
        video = await client.generate("a cat in the snow")
        asked = len(emulator.calls_of("render_status"))
        clock.ahead = timedelta(hours=1)
        path = await video.save(tmp_path / "cat.mp4")
        assert [call.status for call in emulator.calls_of("film")] == [403, 200]
        assert len(emulator.calls_of("render_status")) == asked + 1
        assert not emulator.calls_of("download")
        assert path.stat().st_size == video.size


async def test_a_client_that_goes_with_an_emulator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    """It keeps step, is a user of its own, and leaves token and home folder alone."""
    monkeypatch.setenv("NEMO_TOKEN", "the-users-own")
    async with (
        Emulator(speed=1000, renderer=sketch) as emulator,
        emulator.client() as client,
        emulator.client(token=emulator.add_token(credits=7)) as rich,
    ):
        video = await client.generate("a cat in the snow")
        await video.save(tmp_path / "cat.mp4")
        assert (await rich.credits()).available == 7
        sent = {call.headers.get("Authorization") for call in emulator.calls}
    assert "Bearer the-users-own" not in sent
    assert os.environ["NEMO_TOKEN"] == "the-users-own"
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("options", [{"speed": 1000}, {"clock": Clock(manual=True)}, {"speed": 1}])
def test_limits_are_patient_and_waits_are_short(options: dict[str, Any]) -> None:
    """A film that is really painted has the time that the service has, however fast the clock."""
    timing, real = Emulator(renderer=sketch, **options).timing, Timing()
    limits = ("connect", "read", "turn", "quiet", "render")
    assert [getattr(timing, name) for name in limits] == [getattr(real, name) for name in limits]
    slow = options.get("speed") == 1
    assert timing.render_poll == (30 if slow else 0.12)
    assert sum(timing.recovery) == pytest.approx(270 if slow else 1.08)


def test_a_client_needs_an_emulator_that_serves() -> None:
    """Before the start there is no address to give to a client."""
    with pytest.raises(RuntimeError, match=r"does not serve yet: .*'start\(\)'"):
        Emulator(renderer=sketch).client()


@pytest.mark.parametrize("missing", ["av", "PIL"])
def test_without_its_extra_an_emulator_is_not_made(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    """Nothing is charged for a film that cannot be painted; with a renderer it can."""
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(RuntimeError, match=r"pip install 'nemo-sdk\[emulator\]'"):
        Emulator()
    Emulator(renderer=sketch)
