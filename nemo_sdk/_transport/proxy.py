"""Proxies from the environment.

aiohttp's own trust_env would also read ~/.netrc, in a thread before every call, and refuse calls
with a token to a host that it finds there.
"""

import os
from typing import Any
from urllib.request import getproxies, proxy_bypass

from yarl import URL

from nemo_sdk._config.settings import is_loopback
from nemo_sdk.exceptions import NemoError

__all__ = ["ProxyOptions", "proxy_options"]

ProxyOptions = dict[str, Any]
"""Keyword arguments of aiohttp's for a request."""


def proxy_options(scheme: str, host: str) -> ProxyOptions:
    """Return a request's options for the proxy that the environment names, if any.

    HTTP_PROXY and HTTPS_PROXY are for their scheme, ALL_PROXY for what has none of its own;
    NO_PROXY names hosts that are reached without.

    Raises:
        NemoError: What is named is no proxy that can be used.
    """
    proxies = getproxies()
    name = scheme if proxies.get(scheme) else "all"
    text = proxies.get(name, "").strip()
    if not text or not host or is_loopback(host) or proxy_bypass(host):
        return {}
    proxy = _address(text)
    if proxy is None:
        raise NemoError(
            f"{_variable(name)} names no proxy that can be used: it must look like "
            "http://host:port, without quotes.",
            next="check_proxy",
        )
    return {"proxy": proxy}


def _address(text: str) -> URL | None:
    try:
        proxy = URL(text if "://" in text else f"http://{text}")
        fits = proxy.scheme in {"http", "https"} and bool(proxy.host and proxy.port)
    except ValueError:
        return None
    quoted = any(quote in text for quote in "\"'")
    return proxy if fits and not quoted else None


def _variable(name: str) -> str:
    """Return the variable that is set, in the spelling that was chosen."""
    small = f"{name}_proxy"
    return small if os.environ.get(small) else small.upper()
