"""The CPU that an import takes, beside aiohttp's, which is underneath, and others' clients."""

from collections.abc import Iterator, Mapping
from functools import partial

from ._programs import answer_of
from ._rows import MILLISECONDS, Row, Size, in_turns, warm

ROUNDS = 15
PROGRAM = "from time import process_time as t; start = t(); {}; print(t() - start)"
MODULES = {
    "nemo_sdk": "import nemo_sdk",
    "aiohttp": "import aiohttp",
    "httpx": "import httpx",
    "openai": "import openai",
    "anthropic": "import anthropic",
    "runwayml": "import runwayml",
    "lumaai": "import lumaai",
    "fal-client": "import fal_client",
    "replicate": "import replicate",
    "google-genai": "import google.genai",
}
CLIENTS = {
    "nemo_sdk": "from nemo_sdk import NemoClient",
    "aiohttp": "from aiohttp import ClientSession",
    "httpx": "from httpx import AsyncClient",
    "openai": "from openai import AsyncOpenAI",
    "anthropic": "from anthropic import AsyncAnthropic",
    "runwayml": "from runwayml import AsyncRunwayML",
    "lumaai": "from lumaai import AsyncLumaAI",
    "fal-client": "from fal_client import AsyncClient",
    "replicate": "from replicate.client import Client",
    "google-genai": "from google.genai import Client",
}


def run(size: Size) -> Iterator[Row]:
    """Import each in turn, each time in a fresh interpreter."""
    for subject, statements in (("import", MODULES), ("import its client", CLIENTS)):
        yield Row(subject, MILLISECONDS, taken(statements, size.rounds(ROUNDS)))


def taken(statements: Mapping[str, str], rounds: int) -> dict[str, list[float]]:
    """What each statement takes in an interpreter that has loaded nothing."""
    contenders = {name: partial(seconds, one) for name, one in statements.items()}
    warm(contenders, rounds)
    return in_turns(contenders, rounds)


def seconds(statement: str) -> float:
    """The CPU time of one statement."""
    return float(answer_of(PROGRAM.format(statement)))
