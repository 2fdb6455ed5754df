"""The errors: pickled, copied, without a token, and each lower error turned into one of them."""

import copy
import inspect
import pickle
import socket
import ssl
from typing import Any

import aiohttp
import pytest
from aiohttp import client_exceptions
from aiohttp.client_reqrep import ConnectionKey
from conftest import FAST, HASTY
from wire import bytes_of, everything_in, server
from yarl import URL

import nemo_sdk
from nemo_sdk import (
    APIError,
    Checkpoint,
    FileTooLargeError,
    InsufficientCreditsError,
    InvalidResponseError,
    NemoClient,
    NemoError,
    OutcomeUnknownError,
    RateLimitError,
    RenderError,
    RequestTimeoutError,
    TransportError,
    TurnError,
    UnsupportedFileTypeError,
    exceptions,
)
from nemo_sdk._sse import EventTooLargeError
from nemo_sdk._transport.errors import error_of
from nemo_sdk.emulator import Emulator

TOKEN = "nmv_usr_0123456789abcdef"
PLAIN_TOKEN = "se/cr+et~0123456789"

KINDS = [kind for kind in vars(exceptions).values() if inspect.isclass(kind)]
KINDS = [kind for kind in KINDS if issubclass(kind, NemoError)]


def sample(kind: type[NemoError]) -> NemoError:
    """An error with something in each of its attributes."""
    if issubclass(kind, APIError):
        error: NemoError = kind(
            "no", code=5, status=400, body={"a": [1]}, method="POST", path="/run_sse"
        )
    elif issubclass(kind, TurnError):
        error = kind("no", code="X", checkpoint=Checkpoint(prompt="a cat", session_id="1"))
    elif issubclass(kind, RenderError):
        error = kind("no", render_id="render_1")
    else:
        error = kind("no")
    for name, value in {"sent": False, "retry_after": 5.0, "register_url": "https://r"}.items():
        if hasattr(kind, name):
            setattr(error, name, value)
    if isinstance(error, UnsupportedFileTypeError):
        error.accepted = ("mp4",)
    if isinstance(error, FileTooLargeError):
        error.limit = 500 * 1024**2
    return error


each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


@each_kind
@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_every_error_can_be_pickled(kind: type[NemoError], protocol: int) -> None:
    """An error comes out of a worker process as it went in."""
    error = sample(kind)
    error.add_note("a note")
    twin = pickle.loads(pickle.dumps(error, protocol))
    assert type(twin) is kind
    assert (str(twin), twin.args, vars(twin)) == (str(error), error.args, vars(error))


@each_kind
def test_every_error_can_be_copied(kind: type[NemoError]) -> None:
    """A copy of an error is equal in all that it says."""
    error = sample(kind)
    for twin in (copy.copy(error), copy.deepcopy(error)):
        assert type(twin) is kind
        assert (str(twin), vars(twin)) == (str(error), vars(error))


@each_kind
def test_every_error_is_public(kind: type[NemoError]) -> None:
    """Whatever can be raised can be caught by a name of the package."""
    assert getattr(nemo_sdk, kind.__name__) is kind


@pytest.mark.parametrize(
    ("error", "hint"),
    [
        (sample(nemo_sdk.AuthenticationError), "NEMO_TOKEN"),
        (sample(nemo_sdk.InsufficientCreditsError), "https://r"),
        (nemo_sdk.InsufficientCreditsError("no"), "Top up"),
        (nemo_sdk.ExportBlockedError("no"), "subscription"),
        (sample(nemo_sdk.ExportBlockedError), "https://r"),
        (sample(nemo_sdk.SessionNotFoundError), "create_session"),
        (sample(nemo_sdk.UnsupportedFileTypeError), "mp4"),
        (sample(nemo_sdk.FileTooLargeError), "500 MB"),
        (sample(nemo_sdk.ServerError), "later"),
        (sample(nemo_sdk.TransportError), "never charged"),
        (sample(nemo_sdk.OutcomeUnknownError), "client.resume"),
        (sample(nemo_sdk.TurnTimeoutError), "session.state"),
        (sample(nemo_sdk.NothingToExportError), "message"),
        (sample(nemo_sdk.RenderFailedError), "export()"),
        (sample(nemo_sdk.RenderTimeoutError), "client.render"),
        (sample(nemo_sdk.DownloadError), "again"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, NemoError) else None,
)
def test_the_text_says_what_to_do(error: NemoError, hint: str) -> None:
    """The last sentence of an error is what its reader can do."""
    assert hint in str(error)
    assert str(error).endswith((".", error.register_url or ".") if hint == "https://r" else ".")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "later"),
        (5, "in 5 seconds"),
        (600, "in 10 minutes"),
        (36000, "in 10 hours"),
        (604800, "in 7 days"),
    ],
)
def test_a_rate_limit_says_when(seconds: float | None, words: str) -> None:
    """The wait is told in a unit that people count in."""
    error = RateLimitError("no")
    error.retry_after = seconds
    assert words in str(error)


def test_an_api_error_names_its_call_and_its_number() -> None:
    """What was refused, with what number and why, stands in one line."""
    error = APIError("no such thing", status=404, method="GET", path="/x")
    assert str(error) == "GET /x was refused (404): no such thing."
    assert "(503)" in str(APIError("", code=0, status=503, method="GET", path="/x"))
    assert "no reason" in str(APIError("", status=503))


@each_kind
@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("\x1b[31mno\x07", "[31mno"),
        ("first\r\n\tsecond\u2028third", "first second third"),
        ("\u202egnp.exe", "gnp.exe"),
        ("\ud83d half", "half"),
        ("家庭 👩‍👩‍👧 é", "家庭 👩‍👩‍👧 é"),
        ("x" * 200_000, "xxx…"),
    ],
    ids=["terminal", "lines", "direction", "half a character", "plain", "long"],
)
def test_the_services_words_are_shown_plainly(
    kind: type[NemoError], words: str, shown: str
) -> None:
    """Whatever the service says, an error is one short line that steers no terminal."""
    error = kind(words)
    assert shown in str(error)
    assert len(str(error)) < 1500
    assert len(str(error).splitlines()) == 1 and "\x1b" not in str(error)
    assert error.for_people.encode()


KEY = ConnectionKey("host", 443, True, True, None, None, None)
INFO = aiohttp.RequestInfo(
    URL("https://host"),
    "POST",
    {"Authorization": f"Bearer {TOKEN}"},  # type: ignore[arg-type]
)
LOWER: dict[str, BaseException] = {
    "ClientConnectorError": aiohttp.ClientConnectorError(KEY, OSError(111, "refused")),
    "ClientProxyConnectionError": aiohttp.ClientProxyConnectionError(KEY, OSError(111, "refused")),
    "ClientConnectorDNSError": aiohttp.ClientConnectorDNSError(KEY, OSError(-2, "unknown")),
    "ClientSSLError": aiohttp.ClientSSLError(KEY, OSError(1, "ssl")),
    "ClientConnectorSSLError": aiohttp.ClientConnectorSSLError(KEY, OSError(1, "ssl")),
    "ClientConnectorCertificateError": aiohttp.ClientConnectorCertificateError(
        KEY, ssl.SSLCertVerificationError("self-signed")
    ),
    "UnixClientConnectorError": client_exceptions.UnixClientConnectorError(
        "/s", KEY, OSError(2, "no file")
    ),
    "ServerFingerprintMismatch": aiohttp.ServerFingerprintMismatch(b"a", b"b", "host", 443),
    "ClientResponseError": aiohttp.ClientResponseError(INFO, (), status=400, message="Bad"),
    "ContentTypeError": aiohttp.ContentTypeError(INFO, (), status=200),
    "WSServerHandshakeError": aiohttp.WSServerHandshakeError(INFO, (), status=200),
    "ClientHttpProxyError": aiohttp.ClientHttpProxyError(INFO, (), status=407, message="Proxy"),
    "TooManyRedirects": aiohttp.TooManyRedirects(INFO, (), status=302),
    "TimeoutError": TimeoutError(),
    "ConnectionResetError": ConnectionResetError(104, "reset"),
    "BrokenPipeError": BrokenPipeError(32, "pipe"),
    "SSLError": ssl.SSLError(1, "ssl"),
    "EventTooLargeError": EventTooLargeError("too large"),
}
NEVER_LEFT = {
    *("ClientConnectorError", "ClientProxyConnectionError", "ClientConnectorDNSError"),
    *("ClientSSLError", "ClientConnectorSSLError", "ClientConnectorCertificateError"),
    *("UnixClientConnectorError", "ServerFingerprintMismatch", "ConnectionTimeoutError"),
    *("ClientHttpProxyError", "InvalidURL", "InvalidUrlClientError"),
    "InvalidUrlRedirectClientError",
}
TIMEOUTS = {"ServerTimeoutError", "SocketTimeoutError", "ConnectionTimeoutError", "TimeoutError"}
UNREADABLE = {
    *("ClientResponseError", "ContentTypeError", "WSServerHandshakeError", "TooManyRedirects"),
    "EventTooLargeError",
}


def _lower_errors() -> dict[str, BaseException]:
    """Every exception that aiohttp's client can raise, and the system's own."""
    kinds: list[Any] = [kind for kind in vars(client_exceptions).values() if inspect.isclass(kind)]
    plain = {
        kind.__name__: kind("https://words")
        for kind in kinds
        if issubclass(kind, aiohttp.ClientError) and kind.__name__ not in LOWER
    }
    return LOWER | plain


@pytest.mark.parametrize("name", _lower_errors())
def test_each_lower_error_is_mapped(name: str) -> None:
    """Each of aiohttp's errors becomes ours: its kind, whether it left, and no token in it."""
    ours = error_of(_lower_errors()[name], "POST /run_sse")
    kind = TransportError
    if name in TIMEOUTS:
        kind = RequestTimeoutError
    elif name in UNREADABLE:
        kind = InvalidResponseError
    assert type(ours) is kind
    assert ours.sent is (name not in NEVER_LEFT)
    assert str(ours).startswith("POST /run_sse: ")
    assert TOKEN not in everything_in(ours)


BROKEN = {
    "closed": b"",
    "half a status": b"HTTP/1.1 2",
    "no http": b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
    "bad status": b"HTTP/1.1 banana\r\n\r\n",
    "bad header": b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",
    "long header": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
    "cut body": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
    "bad chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "cut chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    "bad gzip": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
    "bad length": b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}",
    "bad charset": b"HTTP/1.1 200 OK\r\nContent-Type: a;charset=nope\r\nContent-Length: 0\r\n\r\n",
    "bad location": b"HTTP/1.1 302 X\r\nLocation: http://[\r\nContent-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("raw", BROKEN.values(), ids=BROKEN)
async def test_broken_http_is_one_of_our_errors(raw: bytes) -> None:
    """Whatever bytes come for an answer, a NemoError is raised, without the token in it."""
    async with (
        server(bytes_of(raw)) as url,
        NemoClient(TOKEN, base_url=url, timing=FAST, max_retries=0) as client,
    ):
        with pytest.raises(NemoError) as caught:
            await client.credits()
    assert TOKEN not in everything_in(caught.value)
    assert "/api/credits/balance/simple" in str(caught.value)


@pytest.mark.parametrize("raw", BROKEN.values(), ids=BROKEN)
async def test_broken_http_in_a_post_may_have_arrived(raw: bytes) -> None:
    """After broken HTTP nobody knows whether a POST arrived: it says so where it is ours."""
    async with (
        server(bytes_of(raw)) as url,
        NemoClient(TOKEN, base_url=url, timing=FAST) as client,
    ):
        with pytest.raises(NemoError) as caught:
            await client.create_session()
    assert getattr(caught.value, "sent", True)


async def test_a_port_where_nobody_listens_never_saw_the_call() -> None:
    """A refused connection is a TransportError that names the place; nothing was sent."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    client = NemoClient(TOKEN, base_url=f"http://127.0.0.1:{port}", timing=FAST, max_retries=0)
    async with client:
        with pytest.raises(TransportError, match=str(port)) as caught:
            await client.create_session()
    assert not caught.value.sent


async def test_a_server_without_tls_is_not_trusted() -> None:
    """TLS to a server that does not speak it never leaves, and the error says why."""
    hello = b"\x16"
    async with server(bytes_of(b"HTTP/1.1 400 Bad\r\n\r\n"), until=hello) as url:
        client = NemoClient(TOKEN, base_url=url.replace("http:", "https:"), max_retries=0)
        async with client:
            with pytest.raises(TransportError, match="not trusted") as caught:
                await client.create_session()
    assert type(caught.value) is TransportError
    assert not caught.value.sent


async def test_a_slow_answer_is_a_timeout(emulator: Emulator) -> None:
    """A service that says nothing for `Timing.read` seconds is a RequestTimeoutError."""
    emulator.faults.stall("create_session", effect=False)
    async with NemoClient(base_url=emulator.base_url, timing=HASTY) as client:
        with pytest.raises(RequestTimeoutError, match="in time"):
            await client.create_session()


def test_out_of_credits_names_the_way_on() -> None:
    """2001 without an anonymous user says to top up, with one where to register."""
    error = InsufficientCreditsError("no")
    assert "Top up" in str(error)
    error.register_url = "https://web/register?bind=anon_1"
    assert "https://web/register?bind=anon_1" in str(error)


def test_an_unknown_outcome_carries_its_checkpoint() -> None:
    """What resume needs goes through pickle with the error."""
    checkpoint = Checkpoint(stage="message", prompt="a cat", session_id="1")
    error = pickle.loads(pickle.dumps(OutcomeUnknownError("lost", checkpoint=checkpoint)))
    assert error.checkpoint == checkpoint
