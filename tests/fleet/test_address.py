"""The address of a database: what cannot be right is refused at once, and never shown."""

import pytest

from nemo_sdk.fleet import PostgresStore

WRONG = [
    "films",
    "mysql://films:pa55word@db/films",
    "postgresql+asyncpg://films:pa55word@db/films",
    "postgresql://films:pa55word@5ecret@db/films",
    "postgresql://films:pa55word/5ecret@db/films",
    "postgresql://films:55/5ecret@db/films",
    "postgresql://films:pa55word@5ecret/x@db/films",
    "postgres://films:pa55word@5ecret/x@db",
    "postgresql://films:pa55word%zz5ecret@db/films",
    "postgresql://films:pa55word 5ecret@db/films",
    "postgresql://films:pa55word@db:port/films",
    "postgresql://films:pa55word@db:99999/films",
    "postgresql://films:pa55word@db/films?sslmode=always",
    "postgresql://films:pa55word@db/films?colour=red",
    "host=db password=pa55word 5ecret",
]
RIGHT = [
    "",  # what libpq's own variables say
    "postgresql://films@db/films",
    "postgresql://films:pa55word%40%2F@db:5432,other:5433/films?sslmode=verify-full",
    "postgresql://films@[::1]:5432/films",
    "postgresql:///films?host=/run/a@b&user=films",
    "postgresql:///films?host=@abstract",
    "postgresql://films@db/films%40home",
    "host=db dbname=films@home user=films",
    "host=db dbname=films password='pa55word 5ecret'",
]


@pytest.mark.parametrize("address", WRONG)
def test_what_is_no_address_is_refused(address: str) -> None:
    """Before anything is sent, in words that tell nothing of a password."""
    with pytest.raises(ValueError, match="@ is %40") as caught:
        PostgresStore(address)
    told = f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r}"
    assert not [secret for secret in ("pa55word", "5ecret") if secret in told]


@pytest.mark.parametrize("address", RIGHT)
def test_what_may_be_an_address_is_taken(address: str) -> None:
    """All that libpq knows."""
    store = PostgresStore(address)
    assert store.dsn == address
    assert not [secret for secret in ("pa55word", "5ecret") if secret in repr(vars(store.database))]
