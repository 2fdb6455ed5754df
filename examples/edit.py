"""Quick edit: upload a clip, say what to do, export: python examples/edit.py clip.mp4 "add a title"."""

import asyncio
import sys

from nemo_sdk import NemoClient, TextDelta, ToolCall


async def main(clip: str, instruction: str) -> None:
    """Edit one clip and save the film beside it."""
    async with NemoClient() as client:
        session = await client.create_session()
        await session.upload(clip)
        async with session.send(instruction) as turn:
            async for event in turn:
                match event:
                    case TextDelta(text):
                        print(text, end="", flush=True)
                    case ToolCall(name):
                        print(f"[{name}]")
        print(turn.reply.timeline.summary())
        render = await session.export()
        video = await render.wait()
        print(await video.save("edited.mp4"))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
