"""The web applications as files, each served on a real socket over the emulator."""

import asyncio
import contextlib
import importlib.util
from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from aiohttp.test_utils import TestServer
from clocks import FAST

from nemo_sdk import NemoClient
from nemo_sdk.emulator import Emulator

EXAMPLES = Path(__file__).parents[2] / "examples"
collect_ignore_glob = [] if EXAMPLES.exists() else ["test_*.py"]  # the wheel is tested without them
APPS = ["aiohttp_app", "fastapi_app"]


def load(path: str) -> ModuleType:
    """Import an example as the file that it is."""
    file = EXAMPLES / path
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def app_module(name: str) -> ModuleType:
    """Import an application, where its framework is installed, as Python does when it is run."""
    if name == "fastapi_app":
        pytest.importorskip("fastapi")
        pytest.importorskip("uvicorn")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(EXAMPLES / "apps")
        return load(f"apps/{name}.py")


@contextlib.asynccontextmanager
async def serving(name: str, emulator: Emulator, folder: Path) -> AsyncIterator[str]:
    """Serve an application that keeps its films in a folder; gives its address."""
    module = app_module(name)
    made = module.make_app(lambda: NemoClient(base_url=emulator.base_url, timing=FAST), folder)
    serve = _by_aiohttp if name == "aiohttp_app" else _by_uvicorn
    async with serve(made) as address:
        yield address


@contextlib.asynccontextmanager
async def _by_aiohttp(made: Any) -> AsyncIterator[str]:
    async with TestServer(await made) as server:
        yield str(server.make_url("/"))


@contextlib.asynccontextmanager
async def _by_uvicorn(made: Any) -> AsyncIterator[str]:
    import uvicorn

    config = uvicorn.Config(made, port=0, ws="none", log_config=None, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/"
    finally:
        server.should_exit = True
        await running


@pytest.fixture(params=APPS)
async def app(
    request: pytest.FixtureRequest, emulator: Emulator, tmp_path: Path
) -> AsyncIterator[str]:
    """Each of the applications, over the emulator; its address."""
    async with serving(request.param, emulator, tmp_path / "films") as address:
        yield address
