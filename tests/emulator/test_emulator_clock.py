"""The emulator's clock."""

import asyncio
from datetime import UTC, timedelta

import pytest

from nemo_sdk.emulator import Clock


async def test_a_fast_clock_sleeps_shorter() -> None:
    """Sixty seconds at a speed of 100000 are over before a real second has passed."""
    async with asyncio.timeout(1):
        await Clock(100_000).sleep(60)


def test_a_running_clock_tells_the_real_date() -> None:
    """Dates are not sped up, so that a client's own clock agrees with them."""
    first, second = Clock(1_000_000).now(), Clock().now()
    assert first.tzinfo is UTC
    assert abs(second - first) < timedelta(minutes=1)


async def test_advance_wakes_sleepers_in_their_order() -> None:
    """A manual clock wakes the earliest first, whatever the order they went to sleep."""
    clock, woken = Clock(manual=True), []

    async def sleeper(seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append((seconds, clock.now()))

    start = clock.now()
    async with asyncio.TaskGroup() as group:
        for seconds in (30, 10, 20):
            group.create_task(sleeper(seconds))
        await clock.advance(25)
        assert woken == [(at, start + timedelta(seconds=at)) for at in (10, 20)]
        await clock.advance(5)
    assert [seconds for seconds, _ in woken] == [10, 20, 30]
    assert clock.now() == start + timedelta(seconds=30)


async def test_who_sleeps_again_is_woken_again() -> None:
    """One advance carries a task through all of its sleeps that fall within it."""
    clock = Clock(manual=True)

    async def worker() -> int:
        for _ in range(5):
            await clock.sleep(10)
        return 5

    work = asyncio.create_task(worker())
    await clock.advance(50)
    await asyncio.sleep(0)
    assert work.done()


async def test_a_cancelled_sleeper_is_left_out() -> None:
    """A sleeper that was cancelled does not stop the others."""
    clock = Clock(manual=True)
    cancelled = asyncio.create_task(clock.sleep(5))
    other = asyncio.create_task(clock.sleep(6))
    await asyncio.sleep(0)
    cancelled.cancel()
    await clock.advance(10)
    await other
    assert cancelled.cancelled()


async def test_no_time_needs_no_advance() -> None:
    """A sleep of nothing ends by itself, on a manual clock too."""
    await Clock(manual=True).sleep(0)


@pytest.mark.parametrize("speed", [0, -1, float("nan")])
def test_speed_is_above_zero(speed: float) -> None:
    """A clock that would stand still or go backwards is refused."""
    with pytest.raises(ValueError, match="speed must be above 0"):
        Clock(speed)


async def test_a_running_clock_is_not_moved_by_hand() -> None:
    """Only a manual clock can be advanced."""
    with pytest.raises(RuntimeError, match="manual=True"):
        await Clock().advance(1)


async def test_time_does_not_go_backwards() -> None:
    """A manual clock refuses negative seconds."""
    with pytest.raises(ValueError, match="backwards"):
        await Clock(manual=True).advance(-1)
