"""Hold an emulator against the OpenAPI description that it serves, with schemathesis.

One emulator for each wrapping of answers; its films are a few bytes, for they are not what is
looked at. The exit code is not 0 where schemathesis finds anything, or anything was answered 5xx.
"""

import asyncio
import logging
import os
import sys
import zlib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp
import schemathesis
from aiohttp.http_exceptions import HttpProcessingError
from attrs import frozen

from nemo_sdk.emulator import Emulator

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "ignored_auth",
)
EXAMPLES = 25
SHAPES = ("A", "B", "C")
SESSION = "CONTRACT_SESSION_ID"
RENDER_ID = "render_known"
ATTRIBUTION = ("X-Skill-Source", "X-Skill-Version", "X-Skill-Platform")


@frozen
class Scrap:
    """What the renderer says of its film."""

    duration: float = 1.0
    size: int = 4


def scrap(draft: Mapping[str, Any], target: Path, **_: Any) -> Scrap:
    """Write four bytes in place of a film."""
    target.write_bytes(b"film")
    return Scrap()


def with_known_ids(_context: schemathesis.HookContext, generated: Any) -> Any:
    """Put ids of a session and a render that exist into most of what is generated."""
    if isinstance(generated, dict) and zlib.crc32(repr(generated).encode()) % 4:
        ids = dict.fromkeys(("session_id", "sessionId"), os.environ[SESSION])
        ids["render_id"] = RENDER_ID
        return {name: ids.get(name, value) for name, value in generated.items()}
    return generated


async def hold(shapes: str) -> int:
    """Run schemathesis against an emulator of one wrapping, and return its exit code."""
    options: dict[str, Any] = {"shapes": shapes, "speed": 1e6, "renderer": scrap}
    async with Emulator(anonymous_limit=False, **options) as emulator:
        token = emulator.add_token(credits=1e9)
        known = await session(emulator, token)
        process = await asyncio.create_subprocess_exec(
            *("schemathesis", "run", f"{emulator.base_url}/openapi.json"),
            *("--header", f"Authorization: Bearer {token}"),
            *("--checks", ",".join(CHECKS), "--continue-on-failure", "--request-timeout", "20"),
            *("--seed", "1", "--max-examples", str(EXAMPLES), "--generation-database", "none"),
            env={**os.environ, "SCHEMATHESIS_HOOKS": __file__, SESSION: known},
            stdout=asyncio.subprocess.PIPE,
        )
        found, _ = await process.communicate()
        print(f"\n== answers {shapes}\n{found.decode()}")
        return process.returncode or figures(emulator)


async def session(emulator: Emulator, token: str) -> str:
    """Make a session and a render for the calls to come, and return the session's id."""
    headers = {"Authorization": f"Bearer {token}", **dict.fromkeys(ATTRIBUTION, "contract")}
    async with aiohttp.ClientSession(emulator.base_url, headers=headers) as http:
        await http.post("/api/tasks/me/with-session/nemo_agent", json={})
        (session_id,) = emulator.sessions
        draft = {"t": [{"tt": 0, "sg": [{"d": 1000}]}]}
        order = {"id": RENDER_ID, "sessionId": session_id, "draft": draft}
        await http.post("/api/render/proxy/lambda", json=order)
        while not emulator.renders[RENDER_ID].ended:  # noqa: ASYNC110 - renders tell nobody
            await asyncio.sleep(0.01)
    return session_id


def figures(emulator: Emulator) -> int:
    """Print what arrived, and return how often the answer was a 5xx."""
    errors = sum((call.status or 0) >= 500 for call in emulator.calls)
    statuses = sorted(Counter(call.status for call in emulator.calls if call.status).items())
    print(f"{len(emulator.calls)} calls, {errors} of them answered 5xx")
    print("answered " + ", ".join(f"{status}: {count}" for status, count in statuses))
    print(
        f"{len(emulator.sessions)} sessions, {len(emulator.charges)} charges, "
        f"{len(emulator.renders)} renders"
    )
    return errors


def is_about_answers(record: logging.LogRecord) -> bool:
    """Leave out what aiohttp tells of requests that are no HTTP: they are meant to be none."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


async def main() -> int:
    """Hold all wrappings at once, whatever the first ones show."""
    logging.getLogger("aiohttp.server").addFilter(is_about_answers)
    return int(any(await asyncio.gather(*map(hold, SHAPES))))


schemathesis.hook("map_body")(with_known_ids)
schemathesis.hook("map_path_parameters")(with_known_ids)

if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
