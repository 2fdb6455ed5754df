"""Proxies from the environment.

aiohttp's own trust_env would also read ~/.netrc, in a thread before every call, and refuse calls
with a token to a host that it finds there.
"""

import logging
from typing import Any
from urllib.request import getproxies, proxy_bypass

from yarl import URL

from nemo_sdk._config.settings import is_loopback

__all__ = ["ProxyOptions", "proxy_options"]

log = logging.getLogger("nemo_sdk")
ProxyOptions = dict[str, Any]
"""Keyword arguments of aiohttp's for a request."""


def proxy_options(scheme: str, host: str) -> ProxyOptions:
    """Return a request's options for the proxy of HTTP_PROXY, HTTPS_PROXY and NO_PROXY, if any."""
    text = getproxies().get(scheme, "")
    if not text or not host or is_loopback(host) or proxy_bypass(host):
        return {}
    try:
        proxy = URL(text if "://" in text else f"http://{text}")
    except ValueError:
        proxy = URL()
    if proxy.scheme not in {"http", "https"} or not proxy.host:
        log.warning("%s_PROXY is not used: it is no http address", scheme.upper())
        return {}
    return {"proxy": proxy}
