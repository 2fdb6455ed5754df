"""Settings: from arguments, else from the environment, else the service's defaults."""

import errno
import ipaddress
import math
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from attrs import field, frozen
from yarl import URL

from nemo_sdk._secret import Secret, hidden
from nemo_sdk.models import Timing

from .attribution import Attribution
from .environment import bare, is_placeholder, variable

DEFAULT_BASE_URL = "https://mega-api-prod.nemovideo.ai"
DEFAULT_WEB_URL = "https://nemovideo.com"
MAX_CLIENT_ID = 64

_T = TypeVar("_T")
TokenSource = str | Callable[[], Awaitable[str]]

_HEADER = re.compile(r"(authorization:\s*)?bearer(\s+|$)", re.IGNORECASE)


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
        token=_token_source(hidden(_given(token, "NEMO_TOKEN", None))),
        client_id=_given_client_id(_given(client_id, "NEMO_CLIENT_ID", None)),
        attribution=_instance(attribution or _skill_here(), Attribution, "attribution"),
        timing=_instance(timing or _timing_here(), Timing, "timing"),
        max_retries=check_count(max_retries, "max_retries"),
        max_connections=check_count(max_connections, "max_connections"),
        anonymous_fallback=bool(anonymous_fallback),
    )


def _given(value: Any, name: str, default: Any) -> Any:
    """Return an argument, else a variable that is set to something, else the default."""
    if isinstance(value, str):
        return str.__str__(value)  # of an enumeration's member, str() would give the name
    return value if value is not None else variable(name) or default


def _skill_here() -> Attribution | None:
    """Return what the skill says of itself that the variable NEMO_SKILL names, if it does."""
    named = variable("NEMO_SKILL")
    if not named:
        return None
    try:
        return Attribution.from_skill(named)
    except (OSError, ValueError) as error:
        raise ValueError(f"NEMO_SKILL names no skill: {error}") from error


def _timing_here() -> Timing | None:
    """Return the clock of a service that is faster than the real one, where one is told.

    Its waits are shorter; its limits stay, as the work itself may be no faster.
    """
    told = variable("NEMO_TIMING_SCALE")
    if not told:
        return None
    try:
        scale = float(told)
    except ValueError:
        scale = math.nan
    if not 0 < scale < math.inf:
        raise ValueError(
            f"NEMO_TIMING_SCALE is {told[:20]!r}: set it to a number above 0, 0.01 for a "
            "service 100 times faster than the real one."
        )
    return Timing().scaled(scale, limits=False)


def _instance(value: _T | None, kind: type[_T], name: str) -> _T:
    if value is None:
        return kind()
    if not isinstance(value, kind):
        raise TypeError(f"{name} must be a {kind.__name__}, not {type(value).__name__}.")
    return value


def config_folder() -> Path:
    """Return where the client id and the anonymous tokens are kept between runs.

    Raises:
        OSError: There is no home.
    """
    try:
        return Path.home() / ".config" / "nemovideo"
    except RuntimeError as error:
        raise FileNotFoundError(errno.ENOENT, str(error)) from error


def check_token(token: object) -> str:
    """Return a bearer token that can go into a header.

    Raises:
        TypeError: It is no text.
        ValueError: It is empty or holds white space, quotes, control or non-ASCII characters.
    """
    if not isinstance(token, str):
        raise TypeError(f"A token must be a text, not {type(token).__name__}.")
    if not token or not all(_is_of_tokens(character) for character in token):
        raise ValueError(
            "The token is empty or holds spaces, line breaks, quotes or what else no token has: "
            "copy it again, without the line's end, or leave it out to use an anonymous one."
        )
    return Secret(token)


def given_token(token: object) -> str:
    """Return the token that a person meant: without quotes, white space or "Bearer" round it.

    Raises:
        TypeError: It is no text.
        ValueError: It is none that a header takes, or stands where one was to be put.
    """
    if not isinstance(token, str):
        return check_token(token)
    meant = hidden(bare(token))
    if header := _HEADER.match(meant):
        meant = hidden(bare(meant[header.end() :]))
    if meant and is_placeholder(meant):
        raise ValueError(
            "NEMO_TOKEN or token= holds a placeholder and no token: put in your own, or leave it "
            "out to use an anonymous one."
        )
    return check_token(meant)


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


def _is_of_tokens(character: str) -> bool:
    return 33 <= ord(character) <= 126 and character not in "\"'`"


def is_loopback(host: str | None) -> bool:
    """Whether a host name can only mean this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _given_client_id(client_id: object) -> str | None:
    if isinstance(client_id, str) and is_placeholder(client_id):
        # Everybody who leaves it in would be one and the same user.
        raise ValueError("client_id or NEMO_CLIENT_ID is a placeholder: set it, or leave it out.")
    return check_client_id(client_id)


def _token_source(token: TokenSource | None) -> TokenSource | None:
    return token if token is None or callable(token) else given_token(token)


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
        host = url.host or ""  # read only now, and refused where it can be none
    except ValueError:
        url, host = URL(), ""
    if url.scheme not in {"http", "https"} or not host or " " in host:
        shown = "" if "@" in str(text) else f": {str(text)[:100]!r}"  # it may hold a password
        raise ValueError(f"Not an address{shown}. It must look like https://host.")
    if url.user or url.password or url.query_string or url.fragment:
        raise ValueError(
            "The service's address must hold no user, password, query or fragment: "
            "a token goes into the argument token= or the variable NEMO_TOKEN."
        )
    return url


def check_count(value: object, name: str, least: int = 0) -> int:
    """Return a number of things.

    Raises:
        ValueError: It is none, or less than `least`.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"{name} must be a whole number, {least} or more.")
    return value
