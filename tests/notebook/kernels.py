"""A real Jupyter kernel, and what a person sees in its cells."""

import contextlib
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from attrs import Factory, define

pytest.importorskip("ipykernel")
pytest.importorskip("jupyter_client")

from jupyter_client.manager import AsyncKernelManager

_COLORS = re.compile(r"\x1b\[[0-9;]*m")
_SECONDS = 300


@define
class Cell:
    """What one run of a cell left on the screen."""

    shown: list[dict[str, Any]] = Factory(list)
    """Each bundle as it was when it appeared."""
    outputs: list[dict[str, Any]] = Factory(list)
    """The bundles that stand there at the end, in their order."""
    updates: int = 0
    """How often one of them was replaced."""
    printed: str = ""
    error: str = ""
    """The kind of error that ended it."""
    traceback: str = ""
    widgets: dict[str, str] = Factory(dict)
    """The models of the widgets that were made here and are still there."""

    @property
    def html(self) -> str:
        """All HTML that stands there."""
        return "\n".join(bundle.get("text/html", "") for bundle in self.outputs)

    def take(self, kind: str, content: dict[str, Any]) -> None:
        """Do with a message what a frontend does."""
        if kind in {"display_data", "execute_result"}:
            self.shown.append(dict(content["data"]))
            self.outputs.append(content["data"])
        elif kind == "comm_open":
            self.widgets[content["comm_id"]] = content["data"]["state"]["_model_name"]
        elif kind == "comm_close":
            del self.widgets[content["comm_id"]]
        elif kind == "stream":
            self.printed += content["text"]
        elif kind == "error":
            self.error = content["ename"]
            self.traceback = _COLORS.sub("", "\n".join(content["traceback"]))


class Kernel:
    """A kernel that runs cells.

    Args:
        manager: Of the kernel.
        client: Connected to it.
    """

    def __init__(self, manager: AsyncKernelManager, client: Any) -> None:
        self._manager = manager
        self._client = client
        self._bundles: dict[str, dict[str, Any]] = {}

    async def run(self, code: str, *, stop: Callable[[], Awaitable[None]] | None = None) -> Cell:
        """Run a cell to its end.

        Args:
            code: The cell.
            stop: The person's stop button is pressed when it returns.
        """
        cell = Cell()
        asked = self._client.execute(code)
        if stop is not None:
            await stop()
            await self._manager.interrupt_kernel()
        while True:
            message = await self._client.get_iopub_msg(timeout=_SECONDS)
            kind, content = message["msg_type"], message["content"]
            if message["parent_header"].get("msg_id") != asked:
                continue
            if kind == "status" and content["execution_state"] == "idle":
                return cell
            name = content.get("transient", {}).get("display_id")
            if kind == "update_display_data":  # wherever it stands, also in an earlier cell
                cell.updates += 1
                self._bundles[name].clear()
                self._bundles[name].update(content["data"])
                continue
            if name:
                self._bundles[name] = content["data"]
            cell.take(kind, content)


@contextlib.asynccontextmanager
async def running_kernel(**environment: str) -> AsyncIterator[Kernel]:
    """Run a kernel of this Python, with variables beside the test's own environment."""
    manager = AsyncKernelManager(kernel_name="python3")
    await manager.start_kernel(env={**os.environ, **environment})
    client = manager.client()
    client.start_channels()
    try:
        await client.wait_for_ready(timeout=_SECONDS)
        yield Kernel(manager, client)
    finally:
        client.stop_channels()
        await manager.shutdown_kernel(now=True)
