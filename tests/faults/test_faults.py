"""A sample of the fault suite; `python -m tests.faults all` and `kills` run the whole of it."""

import logging
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from nemo_sdk import _turn
from nemo_sdk.emulator import Fault

from . import kills, lanes, plans
from .trials import Trial


@pytest.fixture(autouse=True)
def _quiet_emulator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger("aiohttp.server"), "disabled", True)


async def _expect_no_problem(trials: Iterator[Trial], folder: Path) -> lanes.Figures:
    figures = await lanes.run(trials, folder)
    assert figures.problems == []
    assert (figures.charged_twice, figures.hangs, figures.leaks) == (0, 0, 0)
    return figures


async def test_no_single_fault_charges_twice_or_loses_the_film(tmp_path: Path) -> None:
    """Every promise is kept under single faults at every endpoint."""
    figures = await _expect_no_problem(islice(plans.single_faults(), 0, None, 7), tmp_path)
    assert figures.runs > 90
    assert figures.outcomes["Video"] > 30


async def test_a_stream_may_break_anywhere(tmp_path: Path) -> None:
    """A stream that breaks at any event or byte still ends in the film."""
    trials = islice(plans.places_in_the_stream(60, 20_000, 50), 0, None, 8)
    figures = await _expect_no_problem(trials, tmp_path)
    assert figures.outcomes == {"Video": figures.runs}


async def test_faults_may_come_together(tmp_path: Path) -> None:
    """Every promise is kept under chance combinations of faults."""
    figures = await _expect_no_problem(plans.chance_combinations(80, seed=1), tmp_path)
    assert figures.runs == 80


async def test_killed_processes_are_gone_on_with(tmp_path: Path) -> None:
    """Processes killed at random instants are charged once, and their films are had."""
    deaths = await kills.run(6, tmp_path)
    assert deaths.problems == []
    assert deaths.kills >= 3
    assert (deaths.charged_twice, deaths.lost) == (0, 0)


async def test_the_suite_notices_a_message_given_up_too_early(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error that says "not charged" of a charged message is reported as a broken promise."""
    monkeypatch.setattr(_turn, "may_have_arrived", lambda error: False)
    trial = Trial("a reset before the headers", (Fault("run_sse", "reset", after=-1),))
    figures = await lanes.run([trial], tmp_path, lanes=1)
    assert "does not tell the truth" in figures.problems[0]
