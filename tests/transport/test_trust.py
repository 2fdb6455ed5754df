"""Whom connections trust: a network's own certificates, named by a variable."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from conftest import FAST
from studio import open_studio, video_of

from nemo_sdk import NemoClient, TransportError

COMPANY = Path(__file__).parent / "company.pem"
"""The key and the certificate of a company that no machine trusts."""
ANSWER = b'HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{"available": 5}'


@asynccontextmanager
async def company() -> AsyncIterator[tuple[str, list[int]]]:
    """A server with the company's certificate; and how many connections it saw."""
    seen: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(ANSWER)
        writer.close()

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(COMPANY)
    context.sni_callback = lambda *_: seen.append(1)
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with server:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}", seen


async def test_a_certificate_that_is_not_trusted_is_said_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The error names the variable and the argument that help, and the call is not repeated."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    async with (
        company() as (url, seen),
        NemoClient("t" * 20, base_url=url, timing=FAST, max_retries=3) as client,
    ):
        for call in (client.credits, client.create_session):
            seen.clear()
            with pytest.raises(TransportError, match="is not trusted") as caught:
                await call()
            assert len(seen) == 1
            assert (caught.value.next, caught.value.sent) == ("check_certificates", False)
            assert "SSL_CERT_FILE" in str(caught.value)
            assert "http=" in str(caught.value)


async def test_a_films_host_that_is_not_trusted_is_asked_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service's own download has the film; asking again would change nothing."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    async with company() as (url, seen), open_studio() as studio:
        studio.addresses = [f"{url}/film.mp4"]
        async with video_of(studio) as video:
            await video.save(tmp_path / "film.mp4")
    assert len(seen) == 1
    assert (tmp_path / "film.mp4").read_bytes() == studio.film


async def test_a_variable_that_the_program_has_set_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Certificates are read at the first call, and not when the package is imported."""
    monkeypatch.setenv("SSL_CERT_FILE", str(COMPANY))
    async with company() as (url, _), NemoClient("t" * 20, base_url=url, timing=FAST) as client:
        assert (await client.credits()).available == 5


async def test_a_session_that_trusts_them_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    """So does a session of the caller's, as the error says."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    context = ssl.create_default_context(cafile=str(COMPANY))
    async with (
        company() as (url, _),
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as session,
        NemoClient("t" * 20, base_url=url, timing=FAST, http=session) as client,
    ):
        assert (await client.credits()).available == 5
