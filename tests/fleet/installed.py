"""Whether what a fleet needs is here."""

from importlib.util import find_spec

IS_INSTALLED = all(find_spec(name) for name in ("psycopg", "procrastinate"))
