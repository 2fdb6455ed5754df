"""Settings: from arguments, else from the environment, else the service's defaults."""

import ipaddress
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from attrs import field, frozen
from yarl import URL

from nemo_sdk.models import Timing

from .attribution import Attribution

DEFAULT_BASE_URL = "https://mega-api-prod.nemovideo.ai"
DEFAULT_WEB_URL = "https://nemovideo.com"
MAX_CLIENT_ID = 64

_T = TypeVar("_T")
TokenSource = str | Callable[[], Awaitable[str]]


@frozen
class Settings:
    """All that a client was told, checked."""

    base_url: URL
    web_url: URL
    token: TokenSource | None = field(repr=False)
    client_id: str | None
    attribution: Attribution
    timing: Timing
    max_retries: int
    max_connections: int
    anonymous_fallback: bool


def complete_settings(
    *,
    token: TokenSource | None,
    base_url: str | None,
    web_url: str | None,
    client_id: str | None,
    attribution: Attribution | None,
    timing: Timing | None,
    max_retries: int,
    max_connections: int,
    anonymous_fallback: bool,
) -> Settings:
    """Complete the arguments from the environment and check them all.

    Raises:
        ValueError: A value cannot be right; the sentence says which, and never shows a token.
        TypeError: A value is of another kind than it must be.
    """
    return Settings(
        base_url=_service_url(_given(base_url, "NEMO_API_URL", DEFAULT_BASE_URL)),
        web_url=_web_url(_given(web_url, "NEMO_WEB_URL", DEFAULT_WEB_URL)),
        token=_token_source(_given(token, "NEMO_TOKEN", None)),
        client_id=check_client_id(_given(client_id, "NEMO_CLIENT_ID", None)),
        attribution=_instance(attribution, Attribution, "attribution"),
        timing=_instance(timing, Timing, "timing"),
        max_retries=_count(max_retries, "max_retries"),
        max_connections=_count(max_connections, "max_connections"),
        anonymous_fallback=bool(anonymous_fallback),
    )


def _given(value: Any, variable: str, default: Any) -> Any:
    """Return an argument, else a variable that is set to something, else the default."""
    return value if value is not None else os.environ.get(variable, "").strip() or default


def _instance(value: _T | None, kind: type[_T], name: str) -> _T:
    if value is None:
        return kind()
    if not isinstance(value, kind):
        raise TypeError(f"{name} must be a {kind.__name__}, not {type(value).__name__}.")
    return value


def config_folder() -> Path:
    """Where the client id and the anonymous tokens are kept between runs."""
    return Path.home() / ".config" / "nemovideo"


def check_token(token: object) -> str:
    """Return a bearer token that can go into a header.

    Raises:
        TypeError: It is no text.
        ValueError: It is empty or holds white space, control or non-ASCII characters.
    """
    if not isinstance(token, str):
        raise TypeError(f"A token must be a text, not {type(token).__name__}.")
    if not token or not all(33 <= ord(character) <= 126 for character in token):
        raise ValueError(
            "The token is empty or holds spaces, line breaks or characters that no token has: "
            "copy it again, without the line's end, or leave it out to use an anonymous one."
        )
    return token


def check_client_id(client_id: object) -> str | None:
    """Return a client id that can go into a header.

    Raises:
        ValueError: It is longer than 64 characters or holds characters that no header takes.
    """
    if client_id is None:
        return None
    if not isinstance(client_id, str) or not client_id or len(client_id) > MAX_CLIENT_ID:
        raise ValueError(f"client_id must be a text of 1 to {MAX_CLIENT_ID} characters.")
    if not all(33 <= ord(character) <= 126 for character in client_id):
        raise ValueError("client_id must not hold spaces, line breaks or non-ASCII characters.")
    return client_id


def is_loopback(host: str | None) -> bool:
    """Whether a host name can only mean this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _token_source(token: TokenSource | None) -> TokenSource | None:
    return token if token is None or callable(token) else check_token(token)


def _service_url(text: str) -> URL:
    url = _web_url(text)
    if url.scheme == "http" and not is_loopback(url.host):
        raise ValueError(
            f"The service's address {url.origin()} is plain http, which would show the token to "
            "the network: use https. Plain http is for addresses of this machine alone."
        )
    return url


def _web_url(text: str) -> URL:
    try:
        url = URL(str(text).rstrip("/"))
    except ValueError:
        url = URL()
    if url.scheme not in {"http", "https"} or not url.host:
        shown = "" if "@" in str(text) else f": {str(text)[:100]!r}"  # it may hold a password
        raise ValueError(f"Not an address{shown}. It must look like https://host.")
    if url.user or url.password or url.query_string or url.fragment:
        raise ValueError(
            "The service's address must hold no user, password, query or fragment: "
            "a token goes into the argument token= or the variable NEMO_TOKEN."
        )
    return url


def _count(value: object, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{name} must be a whole number, 0 or more.")
    return value
