"""The address of a database: what cannot be right is said at once, and not what it holds."""

from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

__all__ = ["check_address"]

_PORTS = range(1, 65536)
_SCHEMES = ("postgresql://", "postgres://")
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
    if parts is None or not (_is_clear(dsn) and _has_ports(parts) and parts.get("sslmode") in _TLS):
        raise ValueError(
            "This is no address of a database: write postgresql://user:password@host/name, and "
            "what is special in the password by its code: @ is %40, / is %2F, # is %23, ? is "
            "%3F, % is %25."
        )
    return dsn


def _is_clear(dsn: str) -> bool:
    """Whether host and database have not taken in a part of a password: one @ ends that."""
    if not dsn.startswith(_SCHEMES):
        return True
    host, _, database = dsn.partition("://")[2].partition("?")[0].partition("/")
    return host.count("@") < 2 and "@" not in database


def _has_ports(parts: dict[str, Any]) -> bool:
    ports = str(parts.get("port") or "5432").split(",")
    return all(one.isdecimal() and int(one) in _PORTS for one in ports if one)
