"""The main way: one prompt in, one film out."""

from pathlib import Path

from clocks import FAST

from nemo_sdk import NemoClient, Video
from nemo_sdk.emulator import Emulator


async def test_one_prompt_becomes_one_film(
    emulator: Emulator, client: NemoClient, tmp_path: Path
) -> None:
    """`await client.generate(prompt)` gives a video, which is saved whole and charged once."""
    video = await client.generate("a cat walking through a snowy forest")
    assert isinstance(video, Video)
    saved = await video.save(tmp_path / "films" / "cat.mp4")
    assert saved.stat().st_size == video.size
    assert [charge.kind for charge in emulator.charges] == ["generation"]
    assert len(emulator.calls_of("run_sse")) == 1
    assert FAST.render_poll == 0.3
