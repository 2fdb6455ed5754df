"""How often commands ask: as often as the service on this machine says that it can be asked."""

from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from nemo_sdk._cli import running
from nemo_sdk.emulator import Emulator, Recorder
from nemo_sdk.models import Timing


async def clock_of(address: str, monkeypatch: pytest.MonkeyPatch, scale: str = "") -> Timing | None:
    """Return the clock of commands that go to an address."""
    monkeypatch.setenv("NEMO_API_URL", address)
    monkeypatch.setenv("NEMO_TIMING_SCALE", scale)
    async with running.client_for(emulator=False, strict=False) as client:
        return client.timing


@pytest.mark.parametrize(("speed", "scale"), [(1, 0.01), (100, 0.01), (4000, 0.001)])
async def test_a_fast_emulator_is_followed(
    monkeypatch: pytest.MonkeyPatch, speed: float, scale: float
) -> None:
    """It tells its speed, and no call is made for that."""
    async with Emulator(speed=speed) as service:
        found = await clock_of(service.base_url, monkeypatch)
        assert not service.calls
    assert found == Timing().scaled(scale, limits=False)


async def test_what_is_asked_for_holds(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """NEMO_TIMING_SCALE is right, whatever an emulator says."""
    found = await clock_of(emulator.base_url, monkeypatch, "0.5")
    assert found is not None and found.render_poll == Timing().render_poll / 2


@pytest.mark.parametrize("speed", [None, "", "fast", "-3", "0", "nan", "inf"])
async def test_whoever_tells_no_speed_is_asked_often(
    monkeypatch: pytest.MonkeyPatch, speed: str | None
) -> None:
    """An emulator whose time stands still, and services of other kinds."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(headers={} if speed is None else {"X-Emulator-Speed": speed})

    app = web.Application()
    app.router.add_get("/", answer)
    async with TestServer(app) as server:
        found = await clock_of(str(server.make_url("")).rstrip("/"), monkeypatch)
    assert found == Timing().scaled(0.01, limits=False)


async def test_a_recording_does_not_have_the_question(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, emulator: Emulator
) -> None:
    """It is no part of what a client says to the service."""
    async with Recorder(emulator.base_url, tmp_path / "talk.jsonl") as recorder:
        assert await clock_of(recorder.base_url, monkeypatch) == Timing().scaled(0.01, limits=False)
        assert recorder.calls == 0
