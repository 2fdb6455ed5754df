"""Proxies: from the environment, as other programs take them, and with nothing of ~/.netrc."""

import asyncio
import base64

import attrs
import pytest
from conftest import FAST
from wire import server

from nemo_sdk import NemoClient, NemoError, RequestTimeoutError, TransportError
from nemo_sdk._transport.proxy import proxy_options


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin without the machine's own proxies."""
    for name in ("NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


def test_without_a_variable_there_is_none() -> None:
    """No variable, no proxy."""
    assert proxy_options("https", "host") == {}


@pytest.mark.parametrize("value", ["http://proxy:3128", "proxy:3128", "http://proxy:3128/"])
def test_a_proxy_is_read(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """A proxy is taken with and without its scheme, and for its own scheme alone."""
    monkeypatch.setenv("HTTPS_PROXY", value)
    options = proxy_options("https", "host")
    assert (options["proxy"].host, options["proxy"].port) == ("proxy", 3128)
    assert proxy_options("http", "host") == {}


@pytest.mark.parametrize("exempt", ["host.example", ".example", "*", "other, host.example"])
def test_hosts_can_be_exempt(monkeypatch: pytest.MonkeyPatch, exempt: str) -> None:
    """NO_PROXY names hosts that are reached directly."""
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    monkeypatch.setenv("NO_PROXY", exempt)
    assert proxy_options("https", "host.example") == {}


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
@pytest.mark.parametrize(
    "value",
    [
        *("socks5://me:secret@proxy:1080", "socks5h://proxy:1080", "http://", "http://proxy:port"),
        *("://", '"http://proxy:3128"', "'http://proxy:3128'", "http://proxy:3128'", "ftp://proxy"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_an_error(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """What is no http proxy is named by its variable, without its address; nothing goes direct."""
    monkeypatch.setenv(name, value)
    with pytest.raises(NemoError, match=f"^{name} names no proxy that can be used") as caught:
        proxy_options("https", "host")
    assert (caught.value.next, caught.value.charged) == ("check_proxy", "no")
    assert [piece for piece in ("secret", "3128", "1080") if piece in str(caught.value)] == []
    assert proxy_options("https", "127.0.0.1") == {}


def test_a_proxy_for_all_is_for_what_has_none_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """ALL_PROXY is used where the scheme's own variable is not set."""
    monkeypatch.setenv("ALL_PROXY", "http://proxy:3128")
    assert proxy_options("https", "host")["proxy"].host == "proxy"
    monkeypatch.setenv("HTTPS_PROXY", "http://other:3128")
    assert proxy_options("https", "host")["proxy"].host == "other"
    assert proxy_options("http", "host")["proxy"].host == "proxy"


async def test_a_call_is_not_made_where_the_proxy_cannot_be_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first call says so, and is not repeated."""
    monkeypatch.setenv("HTTPS_PROXY", "socks5://proxy:1080")
    async with NemoClient("t", base_url="https://nemo.invalid") as client:
        with pytest.raises(NemoError, match="HTTPS_PROXY"):
            async with asyncio.timeout(5):
                await client.create_session()


async def test_a_call_goes_through_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call to the service asks the proxy for a tunnel, with its password and not the token."""
    heads: list[bytes] = []

    async def refuse(head: bytes, writer: asyncio.StreamWriter) -> None:
        heads.append(head)
        writer.write(b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n")

    async with server(refuse) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.replace("//", "//me:p%40ss@"))
        async with NemoClient("nmv_usr_1", timing=FAST, max_retries=0) as client:
            with pytest.raises(TransportError, match="the proxy refused it") as caught:
                await client.create_session()
    assert not caught.value.sent
    (head,) = heads
    assert head.startswith(b"CONNECT mega-api-prod.nemovideo.ai:443 ")
    assert b"nmv_usr_1" not in head
    assert b"Basic " + base64.b64encode(b"me:p@ss") in head


async def test_a_proxy_that_is_not_there_is_named(
    monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    """Where the proxy cannot be reached, the error says that it is the proxy."""
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{unused_tcp_port}")
    async with NemoClient("t", timing=FAST, max_retries=0) as client:
        with pytest.raises(TransportError, match="proxy"):
            await client.credits()


async def test_a_proxy_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tunnel that does not come is a connection that could not be made in time."""

    async def wait(_: bytes, __: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.3)

    timing = attrs.evolve(FAST, connect=0.1)
    async with server(wait) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        async with NemoClient("t", timing=timing, max_retries=0) as client:
            with pytest.raises(RequestTimeoutError, match="no connection") as caught:
                await client.create_session()
        await asyncio.sleep(0.3)
    assert not caught.value.sent
