"""Whose credits are spent: the user's own token's, or an anonymous user's."""

import warnings
from typing import TypeVar

from nemo_sdk._config.settings import Settings
from nemo_sdk._protocol.endpoints import Call
from nemo_sdk._transport.transport import Credential, Transport
from nemo_sdk.exceptions import AuthenticationError
from nemo_sdk.models import Account

from .credentials import Anonymous, Given
from .token_store import TokenStore

__all__ = ["CurrentAccount"]

T = TypeVar("T")


class _FellBack(UserWarning):
    """Another user's credits are spent from now on."""

    what_happened = "The service rejected the given token (1001). Going on with an anonymous one."

    def __str__(self) -> str:
        return f"{self.what_happened} anonymous_fallback=False makes this an error."


class CurrentAccount:
    """Who makes what is new; what was made before keeps the credential that it was made with.

    Args:
        settings: The token given, if any; and whether an anonymous one may take its place.
        transport: What calls are made with.
        store: Where an anonymous token is kept.

    Attributes:
        current: The credential of now.
    """

    def __init__(self, settings: Settings, transport: Transport, store: TokenStore) -> None:
        self._transport = transport
        self._anonymous = Anonymous(settings, transport, store)
        self._given = None if settings.token is None else Given(settings.token)
        self._may_fall_back = settings.anonymous_fallback
        self.current: Credential = self._given or self._anonymous

    async def send(self, call: Call[T]) -> tuple[T, Credential]:
        """Make a call that begins something; return also the credential that it is of.

        Raises:
            APIError, TransportError, NemoError: As `Transport.send`.
        """
        credential = self.current
        try:
            return await self._transport.send(call, credential), credential
        except AuthenticationError:
            other = self.fall_back(credential)
            if other is None:
                raise
        return await self._transport.send(call, other), other

    def fall_back(self, rejected: Credential) -> Credential | None:
        """Return whom to begin anew for, after a credential was rejected; None where nobody is.

        Another call may have fallen back on the anonymous user before.
        """
        if rejected is not self.current:
            return self.current
        given = self._given
        if given is None or rejected is not given or not (given.is_spent and self._may_fall_back):
            return None
        self.current = self._anonymous
        warnings.warn(_FellBack(), stacklevel=2)
        return self.current

    def now(self) -> Account:
        """Return whose credits are spent now."""
        if self._given is not None and self.current is self._given:
            return Account("own", self._given.user_id)
        return Account(
            "anonymous" if self._given is None else "fallen back",
            self._anonymous.user_id,
            self._anonymous.expires_at,
        )
