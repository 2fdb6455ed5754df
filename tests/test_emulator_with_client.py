"""What the emulator's habits do to the library's client."""

from datetime import datetime, timedelta
from pathlib import Path

from conftest import FAST, sketch

from nemo_sdk import NemoClient
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
