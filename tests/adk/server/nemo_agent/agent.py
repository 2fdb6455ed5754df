"""An agent without a model: for each message it yields the events that a script has for it."""

# This runs in the session `adk` alone, where google-adk is installed.
# pyright: reportMissingImports=false

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from google.adk.agents import BaseAgent
from google.adk.events import Event, EventActions
from google.genai import types

_FOLDER = Path(__file__).parent


class ScriptedAgent(BaseAgent):  # type: ignore[misc] # google-adk is in a session of its own
    """Reads `script.json` beside it: the steps of each turn, under the message that asks for it."""

    async def _run_async_impl(self, ctx: Any) -> AsyncIterator[Any]:
        text = ctx.user_content.parts[0].text
        steps = json.loads((_FOLDER / "script.json").read_text("utf-8"))[text]
        try:
            for step in steps:
                if "wait" in step:
                    await asyncio.sleep(step["wait"])
                else:
                    yield _event(step, ctx.invocation_id)
        except BaseException as error:
            (_FOLDER / "ended_by").write_text(type(error).__name__, "utf-8")
            raise


def _event(step: dict[str, Any], invocation: str) -> Any:
    if "crash" in step:
        raise RuntimeError(step["crash"])
    kinds = {kind for part in step["parts"] for kind in part}
    role = "user" if "result" in kinds else "model"
    parts = [_part(part) for part in step["parts"]]
    return Event(
        invocation_id=invocation,
        author="nemo_agent",
        content=types.Content(role=role, parts=parts) if parts else None,
        partial=step.get("partial"),
        actions=EventActions(state_delta=step.get("changes", {})),
        error_code=step.get("error_code"),
        error_message=step.get("error_message"),
        long_running_tool_ids=set() if "call" in kinds else None,
    )


def _part(part: dict[str, Any]) -> Any:
    if "call" in part:
        return types.Part(function_call=types.FunctionCall(**part["call"]))
    if "result" in part:
        return types.Part(function_response=types.FunctionResponse(**part["result"]))
    return types.Part(text=part["text"], thought=part.get("thought"))


root_agent = ScriptedAgent(name="nemo_agent")
