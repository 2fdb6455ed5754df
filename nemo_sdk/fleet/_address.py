"""The address of a database: what cannot be right is said at once, and not what it holds."""

from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

__all__ = ["check_address"]

_PORTS = range(1, 65536)
_TLS = {None, "disable", "allow", "prefer", "require", "verify-ca", "verify-full"}


def check_address(dsn: str) -> str:
    """Return an address that a database may have.

    A password with an @ or a / in it is taken for a part of the host, which errors name: so
    what is no host is refused here, in words that tell nothing of the address.

    Raises:
        ValueError: It cannot be one.
    """
    try:
        parts = conninfo_to_dict(dsn)
    except psycopg.Error:  # its words may tell the password
        parts = None
    if parts is None or not (_names(parts) and _has_ports(parts) and parts.get("sslmode") in _TLS):
        raise ValueError(
            "This is no address of a database: write postgresql://user:password@host/name, and "
            "what is special in the password by its code: @ is %40, / is %2F, # is %23, ? is "
            "%3F, % is %25."
        )
    return dsn


def _names(parts: dict[str, Any]) -> bool:
    """Whether the host and the database are names: neither has taken in a part of a password."""
    hosts = str(parts.get("host") or "").split(",")
    if any("@" in host[1:] for host in hosts if not host.startswith("/")):
        return False
    return "user" in parts or "@" not in str(parts.get("dbname") or "")


def _has_ports(parts: dict[str, Any]) -> bool:
    ports = str(parts.get("port") or "5432").split(",")
    return all(one.isdecimal() and int(one) in _PORTS for one in ports if one)
