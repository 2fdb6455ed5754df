"""A user's suite: the two fixtures, and what else there is for tests."""

from typing import assert_type

from nemo_sdk import NemoClient, Timing
from nemo_sdk.emulator import Call, Charge, Emulator
from nemo_sdk.testing import LocalEmulator


async def test_film(nemo_client: NemoClient, nemo_emulator: LocalEmulator) -> None:
    """Fixtures are annotated with what they give."""
    nemo_emulator.faults.cut("run_sse", after_event=2)
    video = await nemo_client.generate("a fox")
    assert video.duration
    assert_type(nemo_emulator.charges, list[Charge])
    assert_type(nemo_emulator.calls_of("run_sse"), list[Call])
    assert_type(nemo_emulator.client(), NemoClient)


async def by_hand() -> None:
    """The emulator without pytest."""
    async with Emulator(speed=1000, shapes="B") as emulator:
        assert_type(emulator.base_url, str)
        NemoClient(base_url=emulator.base_url, timing=Timing(render_poll=0.3), token_store=None)
        Emulator(shapes="Z")  # type: ignore[arg-type]
