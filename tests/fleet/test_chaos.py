"""A few films through workers that are killed and frozen; `python -m tests.fleet` takes more."""

import sys
from pathlib import Path

import pytest

from .__main__ import PLANS, strike
from .chaos import Plan
from .postgres import Postgres


@pytest.mark.parametrize("what", ["kills", "cancels", "restarts"])
async def test_no_film_is_lost_or_charged_twice(
    server: Postgres, tmp_path: Path, what: str
) -> None:
    """Whatever is killed, frozen, cancelled or restarted; what is unknown is said with a reason."""
    figures = await strike(Plan(12, PLANS[what], seed=1), server, tmp_path)
    sys.stdout.write("\n".join(figures.lines()))
    assert figures.problems == []
    assert (figures.twice, figures.stranded) == (0, 0)


async def test_without_the_compare_and_set_films_are_charged_twice(
    server: Postgres, tmp_path: Path
) -> None:
    """The trial above can fail: where everybody may send, somebody does."""
    plan = Plan(12, PLANS["control"], twice=1.0, guarded=False, seed=1)
    figures = await strike(plan, server, tmp_path)
    assert figures.twice > 0
