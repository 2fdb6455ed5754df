"""Addresses of films, sign for sign: a signature in one may cover every sign of it. No I/O."""

import re
from urllib.parse import quote

from yarl import URL

from .film_answer import Refused

__all__ = ["MOST_REDIRECTS", "film_url", "redirected"]

MOST_REDIRECTS = 10
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))
_PLACE = re.compile(r"(?:[^/?#]*//[^/?#]*)?")


def film_url(text: str, base: URL | None = None) -> URL:
    """Return an address to ask at.

    Args:
        text: The address; relative ones are from `base`.
        base: The address that told it.

    Raises:
        Refused: It is no address of the web.
    """
    try:
        url = _verbatim(text)
        url = base.join(url) if base else url
        is_usable = url.scheme in {"http", "https"} and _is_host(url)
    except ValueError as error:
        raise Refused("its address is none") from error
    if not is_usable:
        raise Refused("its address is none of the web")
    return url.with_fragment(None)


def redirected(seen: list[URL], location: str) -> URL:
    """Return where an answer leads on to.

    Args:
        seen: The addresses so far; the last one gave the answer.
        location: The answer's Location.

    Raises:
        Refused: It leads nowhere, in a circle, too far, or out of https.
    """
    if not location:
        raise Refused("its address leads on to nowhere")
    url = film_url(location, seen[-1])
    if url in seen:
        raise Refused("its address leads in a circle: a redirect loop")
    if len(seen) > MOST_REDIRECTS:
        raise Refused(f"its address leads through more than {MOST_REDIRECTS} redirects")
    if seen[-1].scheme == "https" and url.scheme == "http":
        raise Refused("its address leads from https to http")
    return url


def _verbatim(text: str) -> URL:
    """Read an address without changing a sign of it that an address may have."""
    text = text.strip()
    if text.isascii() and text.isprintable() and " " not in text:
        return URL(text, encoded=True)
    place = _PLACE.match(text)
    end = place.end() if place else 0
    host = URL(text[:end]).raw_host if end else None
    start = text[:end] if host is None else text[:end].replace(URL(text[:end]).host or "", host)
    return URL(start + quote(text[end:], safe=_PRINTABLE), encoded=True)


def _is_host(url: URL) -> bool:
    """Whether a URL's host can be looked up; raises ValueError for a host or port that is none."""
    url.port  # noqa: B018 - it is read only now
    return bool(url.host and url.host.encode("idna"))
