"""Errors as IPython shows them."""

from collections.abc import AsyncIterator

import pytest
from kernels import Kernel, running_kernel

from nemo_sdk.emulator import Emulator

FAILING = """
async def film(prompt):
    return await client.generate(prompt)

await film("a fox")
"""
HINT = "(Shortened to your own code; all of it: %tb Plain)"


@pytest.fixture
async def kernel(emulator: Emulator) -> AsyncIterator[Kernel]:
    """A kernel whose client has no credits."""
    broke = emulator.add_token("nmv_usr_very-secret", credits=1)
    async with running_kernel(NEMO_API_URL=emulator.base_url, NEMO_TOKEN=broke) as made:
        await made.run("from nemo_sdk import NemoClient, Timing, NemoError\nclient = NemoClient()")
        yield made


async def test_traceback_is_the_callers_own(kernel: Kernel) -> None:
    """A traceback shows the caller's frames and ends with the sentence, and says it is short."""
    shown = (await kernel.run(FAILING)).traceback.splitlines()
    assert [line.split(",")[0] for line in shown if line.startswith(("Cell", "File"))] == [
        "Cell In[2]",
        "Cell In[2]",
    ]
    assert shown[-2] == HINT
    assert shown[-1].startswith("InsufficientCreditsError: POST /run_sse was refused (2001)")


@pytest.mark.parametrize("ask", ["%tb Plain", "%xmode Plain\nraise NemoError('x') from last"])
async def test_all_of_it_can_be_seen(kernel: Kernel, ask: str) -> None:
    """%tb Plain, and the mode Plain, show the library's frames and the causes too."""
    await kernel.run("import sys\n" + FAILING)
    shown = (await kernel.run(f"last = sys.last_value\n{ask}")).traceback
    assert "nemo_sdk/_generation/" in shown
    assert HINT not in shown
    assert "very-secret" not in shown


async def test_short_traceback_leaves_the_error_alone(kernel: Kernel) -> None:
    """The error that a debugger or a log gets has its whole traceback and its cause."""
    await kernel.run("import sys, traceback\n" + FAILING)
    seen = await kernel.run("print(''.join(traceback.format_exception(sys.last_value)))")
    assert "nemo_sdk/_generation/" in seen.printed


async def test_error_of_ones_own_is_shown_whole(kernel: Kernel) -> None:
    """Where nothing was left out, nothing is said of it."""
    shown = (await kernel.run("raise NemoError('Something.')")).traceback
    assert HINT not in shown
    assert shown.endswith("NemoError: Something.")


async def test_environment_switches_it_off(kernel: Kernel) -> None:
    """With NEMO_NOTEBOOK=0 the traceback is IPython's own."""
    await kernel.run("import os; os.environ['NEMO_NOTEBOOK'] = '0'")
    shown = (await kernel.run(FAILING)).traceback
    assert "nemo_sdk/_generation/" in shown
    assert HINT not in shown
