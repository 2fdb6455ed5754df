"""Iterative: a rough cut, a look at the timeline, refinements, an export.

python examples/iterative.py "a day in Lisbon" "make it 8 seconds" "add a title 'Lisbon'"
"""

import asyncio
import sys
from pathlib import Path

from nemo_sdk import NemoClient, NemoError, Timeline


async def iterative(client: NemoClient, wishes: list[str], target: str) -> Path:
    """Send wish after wish, show what each of them changed, and save the film."""
    session = await client.create_session(task_name=wishes[0][:40], text=wishes[0])
    before = Timeline.from_draft(None)
    for wish in wishes:
        reply = await session.ask(wish)
        print(f"> {wish}\n{reply.text}")
        for change in reply.timeline.diff(before):
            print(f"  {change}")
        before = reply.timeline
    print(before.summary())
    render = await session.export()
    async for progress in render:
        print(f"{progress.status} {progress.fraction:.0%}")
    return await render.video().save(target)


async def main(*wishes: str) -> None:
    """Run it with a client of its own."""
    async with NemoClient() as client:
        print(await iterative(client, list(wishes), "iterative.mp4"))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    try:
        asyncio.run(main(*sys.argv[1:]))
    except (NemoError, OSError, ValueError) as error:
        sys.exit(str(error))
