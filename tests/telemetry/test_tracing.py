"""Spans for programs with OpenTelemetry, as its in-memory exporter has them."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from conftest import FAST
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from nemo_sdk import InsufficientCreditsError, NemoClient, RenderTimeoutError
from nemo_sdk.emulator import Emulator


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """What the program's own OpenTelemetry receives."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    yield exporter
    provider.shutdown()


def by_name(spans: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    """The finished spans, of which there is one of a name."""
    finished = spans.get_finished_spans()
    named = {span.name: span for span in finished}
    assert len(named) == len(finished)
    return named


def attributes(span: ReadableSpan) -> Mapping[str, Any]:
    return dict(span.attributes or {})


async def test_a_generation_is_a_tree(
    spans: InMemorySpanExporter, client: NemoClient, tmp_path: Path
) -> None:
    """Session, turn and render are within the generation, and the ids and bytes are told."""
    video = await client.generate("a purple fox")
    path = await video.save(tmp_path / "fox.mp4")
    named = by_name(spans)
    whole = named["nemo.generate"]
    inner = ("nemo.session", "nemo.turn", "nemo.render")
    assert whole.context is not None and whole.parent is None
    assert all(named[name].parent == whole.context for name in inner)
    assert set(named) == {*inner, "nemo.generate", "nemo.download"}
    for name in ("nemo.generate", *inner):
        assert attributes(named[name])["nemo.session_id"] == video.session_id
    assert attributes(named["nemo.render"])["nemo.status"] == "completed"
    assert attributes(named["nemo.download"]) == {
        "nemo.render_id": video.render_id,
        "nemo.bytes": path.stat().st_size,
    }


async def test_nothing_private_is_in_a_span(
    spans: InMemorySpanExporter, emulator: Emulator, client: NemoClient
) -> None:
    """Neither prompts nor tokens nor the service's words are in spans, of failures neither."""
    await client.generate("a purple fox")
    emulator.faults.answer(
        "run_sse",
        status=200,
        body=b'{"code": 2001, "message": "purple is not covered"}',
        headers={"Content-Type": "application/json"},
    )
    with pytest.raises(InsufficientCreditsError):
        await client.generate("a purple fox")
    told = "".join(span.to_json() for span in spans.get_finished_spans())
    assert "2001" in told
    assert "purple" not in told and "nmv_usr" not in told


async def test_a_failure_is_recorded_by_kind(
    spans: InMemorySpanExporter, emulator: Emulator, client: NemoClient
) -> None:
    """An error ends the turn's and the generation's span with its kind, code and status."""
    emulator.faults.answer(
        "run_sse", status=402, body=b'{"code": 2001}', headers={"Content-Type": "application/json"}
    )
    with pytest.raises(InsufficientCreditsError):
        await client.generate("a fox")
    for name in ("nemo.turn", "nemo.generate"):
        span = by_name(spans)[name]
        assert span.status.status_code is trace.StatusCode.ERROR
        assert [event.name for event in span.events] == ["exception"]
        assert attributes(span)["error.type"] == "InsufficientCreditsError"
        assert attributes(span)["nemo.code"] == 2001
        assert attributes(span)["http.response.status_code"] == 402


async def test_a_wait_that_is_too_long_is_recorded(
    spans: InMemorySpanExporter, emulator: Emulator
) -> None:
    """The deadline of a wait is the error of the render's span."""
    async with NemoClient(base_url=emulator.base_url, timing=FAST) as client:
        session = await client.create_session()
        await session.ask("a fox")
        render = await session.export()
        with pytest.raises(RenderTimeoutError):
            await render.wait(timeout=0)
    assert attributes(by_name(spans)["nemo.render"])["error.type"] == "RenderTimeoutError"


async def test_a_turn_left_early_is_ended_in_its_own_context(
    spans: InMemorySpanExporter, client: NemoClient
) -> None:
    """A turn that is entered in one task and left in another leaves no complaint and no span."""
    session = await client.create_session()
    turn = session.send("hello")
    await asyncio.create_task(turn.__aenter__())
    await asyncio.create_task(turn.__aexit__(None, None, None))
    assert "nemo.turn" in by_name(spans)
    assert trace.get_current_span() is trace.INVALID_SPAN


async def test_a_cancelled_generation_is_no_error(
    spans: InMemorySpanExporter, client: NemoClient
) -> None:
    """Who stops waiting has not made an error."""
    generation = client.generate("a fox")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await generation
    span = by_name(spans)["nemo.generate"]
    assert span.status.status_code is trace.StatusCode.UNSET
    assert attributes(span)["nemo.outcome"] == "left"


async def test_spans_of_the_caller_are_parents(
    spans: InMemorySpanExporter, client: NemoClient
) -> None:
    """A generation belongs to the span that the program is in."""
    with trace.get_tracer("app").start_as_current_span("request") as request:
        await client.generate("a fox")
    assert by_name(spans)["nemo.generate"].parent == request.get_span_context()


def test_who_does_not_use_it_does_not_load_it() -> None:
    """`import nemo_sdk` and a span bring no OpenTelemetry in."""
    program = (
        "import json, sys, nemo_sdk\n"
        "from nemo_sdk._telemetry.tracing import span\n"
        "with span('nemo.turn', session_id='1') as told: told.set(bytes=1)\n"
        "print(json.dumps([name for name in sys.modules if 'opentelemetry' in name]))"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
    assert json.loads(done.stdout) == []
