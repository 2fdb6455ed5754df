"""What an answer says: every envelope and code of the service's, and garbage."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from nemo_sdk import (
    APIError,
    AuthenticationError,
    BadRequestError,
    FileTooLargeError,
    InsufficientCreditsError,
    InvalidResponseError,
    RateLimitError,
    ServerError,
    SessionNotFoundError,
    UnsupportedFileTypeError,
)
from nemo_sdk._protocol import endpoints
from nemo_sdk._protocol.envelope import ACCEPTED, MAX_FILE_SIZE, Answer, open_envelope, refusal_in

DATA = {"available": 1}


def opened(
    body: object, status: int = 200, *, of_session: bool = False, **headers: str
) -> dict[str, Any]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = Answer(status, told, raw)
    data: dict[str, Any] = open_envelope(answer, method="GET", path="/p", of_session=of_session)
    return data


def refused(body: object, status: int = 200, **options: Any) -> APIError:
    with pytest.raises(APIError) as caught:
        opened(body, status, **options)
    return caught.value


@pytest.mark.parametrize(
    "body",
    [
        {"code": 0, "data": DATA},
        {"code": "0", "message": "success", "data": DATA},
        {"code": 0.0, "msg": "ok", "data": DATA},
        {"success": True, "data": DATA},
        {"success": True, "code": 0, "data": DATA, "request_id": "new"},
        {"success": True, "error": None, "data": DATA},
        {"code": None, "success": True, "data": DATA},
        DATA,
        {"code": 0, **DATA},
        {"success": True, **DATA},
    ],
    ids=str,
)
def test_each_envelope_gives_its_data(body: dict[str, Any]) -> None:
    """A, B, C and what lies between them are opened to the same data."""
    assert opened(body)["available"] == 1


@pytest.mark.parametrize("status", [200, 201, 202])
def test_any_success_status_is_one(status: int) -> None:
    """An answer with 201 or 202 is read like one with 200."""
    assert opened({"code": 0, "data": DATA}, status) == DATA


KINDS = [
    (1001, AuthenticationError),
    (1010, AuthenticationError),
    (1011, AuthenticationError),
    (1002, SessionNotFoundError),
    (2001, InsufficientCreditsError),
    (4001, UnsupportedFileTypeError),
    (4002, FileTooLargeError),
    (400, BadRequestError),
    (402, InsufficientCreditsError),
    (429, RateLimitError),
]


@pytest.mark.parametrize("status", [200, 400, 401, 404, 500])
@pytest.mark.parametrize("write", [int, str, float], ids=["int", "str", "float"])
@pytest.mark.parametrize(("code", "kind"), KINDS)
def test_a_known_code_decides(code: int, kind: type[APIError], write: Any, status: int) -> None:
    """A code of the table, as a number or as text, decides on any HTTP status."""
    spelled = str(code) if write is str else write(code)
    error = refused({"code": spelled, "message": "no", "data": None}, status)
    assert type(error) is kind
    assert (error.code, error.status, error.message) == (code, status, "no")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, BadRequestError),
        (401, AuthenticationError),
        (402, InsufficientCreditsError),
        (403, APIError),
        (404, APIError),
        (413, FileTooLargeError),
        (415, UnsupportedFileTypeError),
        (422, BadRequestError),
        (429, RateLimitError),
        (500, ServerError),
        (502, ServerError),
        (503, ServerError),
        (599, ServerError),
    ],
)
@pytest.mark.parametrize(
    "body",
    [b"", b"<html><h1>no</h1></html>", b"plain words", {"detail": "no"}, {"code": 0}, [], 7, None],
    ids=str,
)
def test_a_status_alone_decides(status: int, kind: type[APIError], body: object) -> None:
    """Without a code of the table the HTTP status says what it is, whatever the body."""
    assert type(refused(body, status)) is kind


def test_a_bare_404_of_a_session_is_a_missing_session() -> None:
    """A 404 on a session's path, or as a code, means 1002; on another path it does not."""
    assert type(refused({"detail": "Not Found"}, 404, of_session=True)) is SessionNotFoundError
    assert type(refused({"code": 404, "msg": "x"}, 200, of_session=True)) is SessionNotFoundError
    assert type(refused({"detail": "Not Found"}, 404)) is APIError


@pytest.mark.parametrize(
    "body",
    [
        {"success": False, "error": "no"},
        {"success": "false", "error": "no"},
        {"success": False, "error": {"message": "no"}},
        {"success": False, "code": None, "message": "no", "data": DATA},
        {"code": 9999, "msg": "no", "data": DATA},
        {"code": -1, "msg": "no"},
        {"code": "-1", "msg": "no"},
        {"code": 1, "success": True, "msg": "no"},
    ],
    ids=str,
)
def test_a_no_on_http_200_is_an_error(body: dict[str, Any]) -> None:
    """What says no on HTTP 200, with a known code or none, is no success."""
    error = refused(body)
    assert type(error) is APIError
    assert error.message == "no"


def test_a_server_error_may_come_as_a_code() -> None:
    """A 5xx in the body of an HTTP 200 is the service's failure."""
    assert type(refused({"code": 503, "message": "busy"})) is ServerError


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"detail": "x"}, "x"),
        ({"detail": [{"loc": ["body"], "msg": "a"}, {"msg": "b"}]}, "a; b"),
        ({"error": {"message": "x"}}, "x"),
        ({"message": "  x  "}, "x"),
        ({"message": None, "msg": "x"}, "x"),
        (b"out of order", "out of order"),
        (b"<html>secret layout</html>", ""),
        (b"", ""),
        ({"message": {"deep": []}}, ""),
    ],
    ids=str,
)
def test_the_words_of_a_refusal_are_found(body: object, words: str) -> None:
    """The service's reason is found where it has been put so far, and HTML is none."""
    assert refused(body, 500).message == words


def test_what_an_error_keeps_of_the_body_is_bounded() -> None:
    """A megabyte of refusal is neither kept nor shown whole."""
    error = refused({"message": "x" * 1_000_000}, 500)
    assert len(error.body) < 5000
    assert len(str(error)) < 1000


GARBAGE = {
    "empty": b"",
    "spaces": b" " * 1_000_000,
    "html": b"<!doctype html><html></html>",
    "cut": b'{"code":0,"data":{"avail',
    "list": b"[1,2]",
    "text": b'"hello"',
    "null": b"null",
    "number": b"0",
    "deep": b'{"data":' * 5000 + b"0" + b"}" * 5000,
    "endless number": b'{"code":0,"data":' + b"9" * 1_000_000 + b"}",
    "endless fraction": b'{"available":1' + b"0" * 1_000_000 + b".5}",
    "nan": b'{"code":0,"data":{"available":NaN}}',
    "infinity": b'{"available":1e999}',
    "no utf-8": b'{"available":"\xff\xfe"}',
    "data null": b'{"code":0,"data":null}',
    "data text": b'{"code":0,"data":"none"}',
    "data list": b'{"code":0,"data":[]}',
    "no field": b'{"code":0,"data":{}}',
}


@pytest.mark.parametrize("raw", GARBAGE.values(), ids=GARBAGE)
@pytest.mark.parametrize(
    "call",
    [
        endpoints.balance(),
        endpoints.state("s"),
        endpoints.create_session("p", "en"),
        endpoints.anonymous_token("c"),
        endpoints.claim_token("t", "s"),
        endpoints.render_status("r"),
        endpoints.submit_render("r", "s", {}, format="mp4", quality="high"),
    ],
    ids=lambda call: call.decode.__qualname__.replace("<locals>.", ""),
)
def test_garbage_is_an_unreadable_answer(call: endpoints.Call[Any], raw: bytes) -> None:
    """Whatever is no answer of the service's is an InvalidResponseError that names the call."""
    with pytest.raises(InvalidResponseError) as caught:
        call.read(Answer(200, {"Content-Type": "text/html"}, raw))
    assert f"{call.method} {call.path}" in str(caught.value)
    assert len(str(caught.value)) < 600
    assert caught.value.__context__ is None


@pytest.mark.parametrize("name", sorted(GARBAGE.keys() - {"data list"}))
def test_garbage_is_no_upload(name: str) -> None:
    """An upload's answer may be a bare list, even of no files, but no other garbage."""
    with pytest.raises(InvalidResponseError):
        endpoints.upload_urls("s", []).read(Answer(200, {}, GARBAGE[name]))
    assert endpoints.upload_urls("s", []).read(Answer(200, {}, GARBAGE["data list"])).files == ()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_refused_with_a_hint(status: int) -> None:
    """A redirect is not followed, and the error says what to check."""
    error = refused(b"", status, Location="https://elsewhere")
    assert "base_url" in str(error)
    assert "elsewhere" not in str(error)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("30", 30.0),
        ("0", 0.0),
        ("1.5", 1.5),
        (" 7 ", 7.0),
        ("604800", 604800.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("nan", None),
        ("1_0", None),
        ("1e400", 31_536_000.0),
        ("9" * 20, 31_536_000.0),
        ("٣", None),
        ("Fri, 31 Dec 1999 23:59:59 GMT", 0.0),
        ("Fri, 99 Foo 1999", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str, seconds: float | None) -> None:
    """`Retry-After` in seconds or as a date is told in seconds, anything else as None."""
    error = refused({}, 429, Retry_After=header)
    assert isinstance(error, RateLimitError)
    assert error.retry_after == seconds


@pytest.mark.parametrize("zone", ["GMT", "-0000"])
def test_a_date_in_the_future_is_counted_from_now(zone: str) -> None:
    """A date of `Retry-After` is a wait from now."""
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=90)).replace("+0000", zone)
    error = refused({}, 429, Retry_After=date)
    assert isinstance(error, RateLimitError)
    assert error.retry_after == pytest.approx(90, abs=5)


def test_file_errors_say_what_the_service_takes() -> None:
    """4001 carries the accepted extensions, 4002 the limit in bytes."""
    unsupported, large = refused({"code": 4001}), refused({"code": 4002})
    assert isinstance(unsupported, UnsupportedFileTypeError)
    assert unsupported.accepted == ACCEPTED
    assert isinstance(large, FileTooLargeError)
    assert large.limit == MAX_FILE_SIZE == 500_000_000


@pytest.mark.parametrize("code", [code for code, _ in KINDS])
def test_a_refusal_inside_a_stream_is_known_by_its_code(code: int) -> None:
    """An envelope with a code of the table is a refusal inside a stream, too."""
    assert isinstance(refusal_in({"code": code, "message": "no"}), dict(KINDS)[code])


@pytest.mark.parametrize("value", [{}, {"code": 0}, {"code": "mp4"}, {"code": 77}, {"code": True}])
def test_another_object_inside_a_stream_is_no_refusal(value: dict[str, Any]) -> None:
    """What has no code of the table is something else."""
    assert refusal_in(value) is None
