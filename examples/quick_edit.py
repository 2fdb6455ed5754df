"""Quick edit: upload a clip, say what to do, export.

python examples/quick_edit.py holiday.mov "cut it to ten seconds and add lo-fi music" cut.mp4
"""

import asyncio
import sys
from pathlib import Path

from nemo_sdk import NemoClient, NemoError, TextDelta, ToolCall


async def quick_edit(client: NemoClient, clip: str, instruction: str, target: str) -> Path:
    """Edit one clip, print what the agent says and does, and save the film."""
    session = await client.create_session(text=instruction)
    await session.upload(clip)
    async with session.send(instruction) as turn:
        async for event in turn:
            match event:
                case TextDelta(text):
                    print(text, end="", flush=True)
                case ToolCall():
                    print(event.doing)
    print()  # the agent's words end anywhere in a line
    print(turn.reply.timeline.summary())
    render = await session.export()
    video = await render.wait()
    return await video.save(target)


async def main(clip: str, instruction: str, target: str) -> None:
    """Run it with a client of its own."""
    async with NemoClient() as client:
        print(await quick_edit(client, clip, instruction, target))


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    try:
        asyncio.run(main(*sys.argv[1:4]))
    except (NemoError, OSError, ValueError) as error:
        sys.exit(str(error))
