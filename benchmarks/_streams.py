"""Streams as servers write them: the service's, and the same words as others' servers have them."""

import json
from collections.abc import Iterable, Sequence

READ_BUFFER = 64 * 1024
TCP_SEGMENT = 1400
WORDS = "The cat walks on, step {}. "


def ours(texts: Iterable[str]) -> list[bytes]:
    """Return pieces of the model's text, as an ADK server writes them."""
    return [_frame(_text_event(text, number)) for number, text in enumerate(texts)]


def results(sizes: Iterable[int]) -> list[bytes]:
    """Return results of a tool, which can be large."""
    return [_frame(_result_event("x" * size)) for size in sizes]


def openais(texts: Iterable[str]) -> list[bytes]:
    """Return the same texts in the shape that openai's client reads."""
    head = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    choices = ([{"index": 0, "delta": {"content": text}, "finish_reason": None}] for text in texts)
    return [*(_frame({**head, "choices": one}) for one in choices), b"data: [DONE]\n\n"]


def anthropics(texts: Iterable[str]) -> list[bytes]:
    """Return the same texts in the shape that anthropic's client reads."""
    kind = "content_block_delta"
    events = ({"type": kind, "index": 0, "delta": {"type": "text_delta", "text": t}} for t in texts)
    return [f"event: {kind}\n".encode() + _frame(event) for event in events]


def small(number: int) -> list[str]:
    """Return so many pieces of a text."""
    return [WORDS.format(one) for one in range(number)]


def cut(frames: Sequence[bytes], size: int | None) -> list[bytes]:
    """Return the chunks in which frames arrive: of a size, or one for each frame."""
    if size is None:
        return list(frames)
    whole = b"".join(frames)
    return [whole[start : start + size] for start in range(0, len(whole), size)]


def _text_event(text: str, number: int) -> dict[str, object]:
    return {
        "content": {"parts": [{"text": text}], "role": "model"},
        "partial": True,
        "invocationId": "e-4f1c7a52-8a34-4d0e-9f53-0c7a6d2f8f11",
        "author": "nemo_agent",
        "actions": {"stateDelta": {}, "artifactDelta": {}, "requestedAuthConfigs": {}},
        "id": f"5c0f1c2e-{number:08d}",
        "timestamp": 1763800000.25 + number,
    }


def _result_event(text: str) -> dict[str, object]:
    response = {"id": "call-1", "name": "generate_video", "response": {"log": text}}
    part = {"functionResponse": response}
    return {"content": {"parts": [part], "role": "user"}, "author": "nemo_agent"}


def _frame(event: dict[str, object]) -> bytes:
    return b"data: " + json.dumps(event, separators=(",", ":")).encode() + b"\n\n"
