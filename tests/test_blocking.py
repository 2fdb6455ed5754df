"""The event loop is never kept waiting: no call of the library's blocks in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from blockbuster import blockbuster_ctx
from conftest import FAST

from nemo_sdk import FileTokenStore, NemoClient
from nemo_sdk.emulator import Emulator


@pytest.fixture
def strict(emulator: Emulator) -> Iterator[None]:
    """Whatever of the library blocks in a loop raises; the emulator is none of its users' loops."""
    with blockbuster_ctx("nemo_sdk", excluded_modules=["nemo_sdk.emulator"]):
        yield


@pytest.mark.parametrize("known", [False, True], ids=["new", "known"])
async def test_a_whole_generation_blocks_nothing(
    emulator: Emulator, strict: None, clip: Path, tmp_path: Path, known: bool
) -> None:
    """Client id, lock, token, upload, message, render and film: all wait in threads."""
    client_id = "me" if known else None
    for _ in range(2):  # the second finds what the first has kept
        async with NemoClient(
            base_url=emulator.base_url,
            client_id=client_id,
            timing=FAST,
            token_store=FileTokenStore(tmp_path / "kept"),
        ) as client:
            video = await client.generate("a cat", files=[clip], language="en")
            await video.save(tmp_path / "films" / "cat.mp4")
    assert len(emulator.calls_of("anonymous_token")) == 1


async def test_a_token_renewed_blocks_nothing(emulator: Emulator, strict: None) -> None:
    """Nor does another token after one was rejected."""
    async with NemoClient(base_url=emulator.base_url, timing=FAST) as client:
        await client.credits()
        emulator.expire_tokens()
        await client.credits()


async def test_a_folder_of_films_blocks_nothing(
    emulator: Emulator, strict: None, tmp_path: Path
) -> None:
    """Nor do many films at once."""
    async with NemoClient(base_url=emulator.base_url, timing=FAST) as client:
        done = [one async for one in client.generate_many(["a", "b"], save_to=tmp_path / "films")]
    assert [one.error for one in done] == [None, None]
