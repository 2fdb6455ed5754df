"""Bearer tokens: the one given, or an anonymous one that is kept until it expires."""

import asyncio
import uuid
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any
from urllib.parse import quote

from nemo_sdk._concurrency.callbacks import settled
from nemo_sdk._concurrency.shared_run import SharedRun
from nemo_sdk._config.settings import Settings, TokenSource, check_token
from nemo_sdk._protocol import endpoints
from nemo_sdk._transport.transport import Transport
from nemo_sdk.exceptions import BadRequestError, InvalidResponseError
from nemo_sdk.models import AnonymousToken

from .token_store import ConfigFolder, FileTokenStore, TokenStore

__all__ = ["Anonymous", "Given"]


class Given:
    """The user's own token, or the function that gives one.

    Args:
        source: The token or the function, which is asked again after a rejection.

    Attributes:
        user_id: The user, where a session or a state has told.
        is_spent: Whether the token was rejected, and there is no other.
    """

    def __init__(self, source: TokenSource) -> None:
        self._source = source
        self._ask = _OneAtATime(self._given)
        self._current = source if isinstance(source, str) else None
        self.user_id: str | None = None
        self.is_spent = False

    @property
    def at_hand(self) -> str | None:
        """The token to use now; None where it has to be asked for."""
        return self._current

    async def token(self) -> str:
        """Return the token to use now; however many calls ask at once, it is asked for once."""
        return self._current or await self._ask()

    async def renew(self, rejected: str) -> str | None:
        """Return another token after one was rejected; None where there is no other."""
        if self._current not in {None, rejected}:
            return self._current
        renewed = await self._ask()
        self.is_spent = renewed == rejected
        return None if self.is_spent else renewed

    def register_url(self) -> None:
        """Return nothing: this user has registered."""

    def note_user(self, user_id: str | None) -> None:
        """Remember the user id that a session or a state told."""
        self.user_id = _real(user_id) or self.user_id

    async def _given(self) -> str:
        token = await settled(self._source()) if callable(self._source) else self._source
        self._current = check_token(token)
        return self._current


class Anonymous:
    """A token without an account, kept in a store and asked for anew when it is rejected.

    Args:
        settings: The client id, and the service's addresses.
        transport: What it is asked for with.
        store: Where it is kept.
    """

    def __init__(self, settings: Settings, transport: Transport, store: TokenStore) -> None:
        self._settings = settings
        self._transport = transport
        self._store = store
        self._folder = ConfigFolder()
        self._client_id = settings.client_id
        self._current: AnonymousToken | None = None
        self._rejected: str | None = None
        self._user_id: str | None = None
        self._ask = _OneAtATime(self._obtain)

    @property
    def at_hand(self) -> str | None:
        """The token to use now; None where it has to be asked for."""
        current = self._current
        return None if current is None or endpoints.expired(current) else current.token

    @property
    def user_id(self) -> str | None:
        """The user's id, where the service has told it."""
        told = None if self._current is None else self._current.user_id
        return told or self._user_id

    @property
    def expires_at(self) -> str | None:
        """When the token ends, as the service told it."""
        return None if self._current is None else self._current.expires_at

    async def token(self) -> str:
        """Return the token to use now; however many calls ask at once, it is asked for once."""
        return self.at_hand or await self._ask()

    async def renew(self, rejected: str) -> str | None:
        """Return another token after one was rejected; None where the service gives no other."""
        renewed = None if self._current is None else self._current.token
        if renewed in {None, rejected}:
            self._rejected = rejected
            renewed = await self._ask()
        return None if renewed == rejected else renewed

    def register_url(self) -> str:
        """Return where the user registers, to keep what was made and get more credits."""
        bind = f"?bind={quote(self.user_id, safe='')}" if self.user_id else ""
        return f"{self._settings.web_url}/register{bind}"

    def note_user(self, user_id: str | None) -> None:
        """Remember the user id that a session or a state told."""
        self._user_id = _real(user_id) or self._user_id

    async def _obtain(self) -> str:
        async with self._lock():
            self._current = await self._kept() or await self._request()
        return self._current.token

    def _lock(self) -> AbstractAsyncContextManager[None]:
        if isinstance(self._store, FileTokenStore) or self._client_id is None:
            return self._folder.lock()
        return nullcontext()

    async def _kept(self) -> AnonymousToken | None:
        kept: Any = await settled(self._store.load(self._key()))
        if isinstance(kept, str):
            kept = AnonymousToken(kept)
        if not isinstance(kept, AnonymousToken) or kept.token == self._rejected:
            return None
        return kept if _is_usable(kept) and not endpoints.expired(kept) else None

    async def _request(self) -> AnonymousToken:
        try:
            token = await self._ask_service()
        except BadRequestError:
            self._client_id = self._new_client_id()
            token = await self._ask_service()
        await settled(self._store.save(self._key(), token))
        return token

    async def _ask_service(self) -> AnonymousToken:
        call = endpoints.anonymous_token(self._own_client_id())
        token = await self._transport.send(call, None)
        if not _is_usable(token):
            raise InvalidResponseError("The service gave an anonymous token that cannot be one.")
        return token

    def _key(self) -> str:
        return f"{self._settings.base_url} {self._own_client_id()}"

    def _own_client_id(self) -> str:
        if self._client_id is None:
            self._client_id = self._folder.client_id()
        return self._client_id

    def _new_client_id(self) -> str:
        given = self._settings.client_id is not None
        return str(uuid.uuid4()) if given else self._folder.new_client_id()


class _OneAtATime:
    """Asks for a token once, however many want it meanwhile.

    Args:
        ask: Asks, and keeps the token.
    """

    def __init__(self, ask: Callable[[], Coroutine[Any, Any, str]]) -> None:
        self._start = ask
        self._asking: SharedRun[str] | None = None

    async def __call__(self) -> str:
        asking = self._asking
        if asking is None or asking.ending or not asking.belongs_to(asyncio.get_running_loop()):
            asking = self._asking = SharedRun(self._start)
        return await asking.result()


def _is_usable(token: AnonymousToken) -> bool:
    try:
        return bool(check_token(token.token))
    except (TypeError, ValueError):
        return False


def _real(user_id: str | None) -> str | None:
    """Return a user id, unless it is the one that everybody has for oneself."""
    return None if user_id == "me" else user_id
