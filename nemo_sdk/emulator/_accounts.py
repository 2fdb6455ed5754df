"""Who calls: tokens, their expiry, the limits on anonymous ones, and credits."""

import random
from datetime import datetime, timedelta
from typing import Any

from attrs import define, field

from ._clock import Clock
from ._envelopes import RefusedError
from ._records import Charge, ChargeKind

TOKEN_LIFETIME = timedelta(days=7)
PER_ADDRESS = 10
_LONGEST_CLIENT_ID = 64


@define(eq=False)
class Account:
    """A user and the credits left.

    Attributes:
        user_id: `anon_…` for an anonymous one.
        available: Credits that can be spent.
        frozen: Credits reserved for work in progress.
        client_id: Of an anonymous user, else None.
    """

    user_id: str
    available: float
    frozen: float = 0
    client_id: str | None = None

    def reserve(self, credits_: float) -> None:
        """Take credits for work that begins, or refuse with 2001."""
        if credits_ > self.available:
            raise RefusedError(
                2001,
                "Insufficient credits",
                data={"user_id": self.user_id, "available": self.available, "required": credits_},
            )
        self.available -= credits_
        self.frozen += credits_

    def settle(self, credits_: float) -> None:
        """End the reservation of credits: they are gone."""
        self.frozen -= credits_

    def balance(self) -> dict[str, Any]:
        """Return the balance as the service writes it."""
        return {
            "available": self.available,
            "frozen": self.frozen,
            "total": self.available + self.frozen,
        }


@define(eq=False)
class Token:
    """A bearer token and whose it is."""

    value: str = field(repr=False)
    account: Account
    expires_at: datetime | None = None
    revoked: bool = False

    def valid_at(self, now: datetime) -> bool:
        """Whether the service still takes it."""
        return not self.revoked and (self.expires_at is None or now < self.expires_at)


@define(eq=False)
class Accounts:
    """All users of one emulator."""

    clock: Clock
    rng: random.Random
    credits: float
    limited: bool = True
    charges: list[Charge] = field(factory=list)
    _tokens: dict[str, Token] = field(factory=dict, init=False)
    _anonymous: dict[str, Token] = field(factory=dict, init=False)
    _given_out: list[tuple[str, str, datetime]] = field(factory=list, init=False)

    def anonymous(self, client_id: str | None, address: str) -> Token:
        """Give a client its anonymous token, within the limits of the service."""
        if not client_id or not client_id.strip():
            raise RefusedError(400, "Missing X-Client-Id header")
        if len(client_id) > _LONGEST_CLIENT_ID:
            raise RefusedError(422, f"X-Client-Id is longer than {_LONGEST_CLIENT_ID} characters")
        known = self._anonymous.get(client_id)
        if self.limited:
            self._check_limits(client_id, address)
        account = self._account_again(known) if known else self._new_anonymous(client_id)
        now = self.clock.now()
        token = Token(self._token_text(), account, now + TOKEN_LIFETIME)
        self._tokens[token.value] = self._anonymous[client_id] = token
        self._given_out.append((client_id, address, now))
        return token

    def add(self, token: str | None, credits_: float, user_id: str | None) -> str:
        """Add a registered user's token, which does not expire; returns the token."""
        value = token or self._token_text()
        same = [
            known.account for known in self._tokens.values() if known.account.user_id == user_id
        ]
        account = same[0] if same else Account(user_id or f"user_{self._digits(12)}", credits_)
        self._tokens[value] = Token(value, account)
        return value

    def all(self) -> list[Account]:
        """Return every user, the newest first."""
        return list({id(token.account): token.account for token in self._tokens.values()}.values())[
            ::-1
        ]

    def revoke_all(self) -> None:
        """Make every token invalid; the users and their credits stay."""
        for token in self._tokens.values():
            token.revoked = True

    def who(self, authorization: str | None) -> Account:
        """Return the user behind an Authorization header, or refuse with 1001."""
        scheme, _, value = (authorization or "").partition(" ")
        token = self._tokens.get(value.strip())
        if scheme.lower() != "bearer" or token is None or not token.valid_at(self.clock.now()):
            raise RefusedError(1001, "Token invalid or expired")
        return token.account

    def charge(
        self, account: Account, credits_: float, session_id: str, kind: ChargeKind, text: str
    ) -> None:
        """Reserves credits for a message and records that they were taken."""
        account.reserve(credits_)
        self.charges.append(
            Charge(session_id, account.user_id, credits_, kind, text, self.clock.now())
        )

    def _check_limits(self, client_id: str, address: str) -> None:
        now = self.clock.now()
        recent = [given for given in self._given_out if now - given[2] < TOKEN_LIFETIME]
        self._given_out = recent
        token = self._anonymous.get(client_id)
        if token is not None and token.valid_at(now):
            raise _limited("1 anonymous token per client", token.expires_at, now)
        if token is None:
            here = [at for _, at_address, at in recent if at_address == address]
            if len(here) >= PER_ADDRESS:
                raise _limited(
                    f"{PER_ADDRESS} anonymous tokens per address", here[0] + TOKEN_LIFETIME, now
                )

    def _account_again(self, token: Token) -> Account:
        if token.expires_at is not None and token.expires_at <= self.clock.now():
            token.account.available = self.credits
        return token.account

    def _new_anonymous(self, client_id: str) -> Account:
        user_id = f"anon_{self.rng.getrandbits(64):016x}"
        return Account(user_id, self.credits, client_id=client_id)

    def _token_text(self) -> str:
        return f"nmv_usr_{self.rng.getrandbits(128):032x}"

    def _digits(self, count: int) -> str:
        return str(self.rng.randrange(10 ** (count - 1), 10**count))


def _limited(limit: str, until: datetime | None, now: datetime) -> RefusedError:
    wait = (until - now).total_seconds() if until else TOKEN_LIFETIME.total_seconds()
    return RefusedError(
        429,
        f"Rate limited: {limit} in {TOKEN_LIFETIME.days} days",
        headers={"Retry-After": str(max(1, round(wait)))},
    )
