"""Who calls: the token given, or an anonymous one that is kept until it expires."""

import asyncio
import inspect
import uuid
import warnings
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any
from urllib.parse import quote

from nemo_sdk._concurrency.shared_run import SharedRun
from nemo_sdk._config.settings import Settings, TokenSource, check_token
from nemo_sdk._protocol import endpoints
from nemo_sdk._transport.transport import Transport
from nemo_sdk.exceptions import BadRequestError, InvalidResponseError
from nemo_sdk.models import AnonymousToken, Credits

from .token_store import ConfigFolder, FileTokenStore, TokenStore

__all__ = ["Account"]


class Account:
    """Gives bearer tokens to the transport, and what belongs to the account to the client.

    Args:
        settings: The token given, if any; the client id; the service's addresses.
        transport: What an anonymous token is asked for with.
        store: Where an anonymous token is kept.
    """

    def __init__(self, settings: Settings, transport: Transport, store: TokenStore) -> None:
        self._settings = settings
        self._transport = transport
        self._store = store
        self._folder = ConfigFolder()
        self._source: TokenSource | None = settings.token
        self._client_id = settings.client_id
        self._current: str | None = None
        self._anonymous: AnonymousToken | None = None
        self._user_id: str | None = None
        self._asking: SharedRun[str] | None = None
        self.identity: int = 0

    @property
    def at_hand(self) -> str | None:
        """The token to use now; None where it has to be asked for."""
        return None if self._is_over() else self._current

    async def token(self) -> str:
        """Return the token to use now; however many calls ask at once, it is asked for once."""
        return self.at_hand or await self._ask_once(self._obtain)

    async def renew(self, rejected: str, *, fall_back: bool) -> str | None:
        """Return another token after one was rejected; None where there is no other.

        Args:
            rejected: The token that was rejected.
            fall_back: Whether an anonymous one will do in place of a given one.
        """
        if self._source is not None and self._current in {None, rejected}:
            identity = self.identity
            given = await self._ask_once(self._obtain)
            if given == rejected and not (fall_back and self.fall_back(identity)):
                return None
        if self._current in {None, rejected}:
            await self._ask_once(lambda: self._become_anonymous(rejected))
        return self._current if self._current != rejected else None

    def fall_back(self, identity: int) -> bool:
        """Go on as an anonymous user, where that is allowed and was not done before.

        Args:
            identity: The user for whom a call was rejected.

        Returns:
            Whether what was begun for that user can begin anew, for another one.
        """
        if identity != self.identity:
            return True
        if self._source is None or not self._settings.anonymous_fallback:
            return False
        self._source = self._current = self._user_id = None
        self.identity += 1
        warnings.warn(
            "The service rejected the token given to NemoClient (1001). Going on with an "
            "anonymous one; anonymous_fallback=False makes this an error.",
            UserWarning,
            stacklevel=2,
        )
        return True

    def register_url(self) -> str | None:
        """Return where a user with an anonymous token registers; None for other users."""
        if self._anonymous is None:
            return None
        user = self._anonymous.user_id or self._user_id
        bind = f"?bind={quote(user, safe='')}" if user else ""
        return f"{self._settings.web_url}/register{bind}"

    def note_user(self, user_id: str | None) -> None:
        """Remember the user id that a session or a state told."""
        if user_id and user_id != "me":
            self._user_id = user_id

    async def credits(self) -> Credits:
        """Read the balance."""
        return await self._transport.send(endpoints.balance())

    def claim_link(self, claim_token: str) -> str:
        """Return a link that opens a project in a browser; it has no access to the API."""
        return f"{self._settings.web_url}/workspace/claim?ct={quote(claim_token, safe='')}"

    def _is_over(self) -> bool:
        return self._anonymous is not None and endpoints.expired(self._anonymous)

    async def _ask_once(self, ask: Callable[[], Any]) -> str:
        asking = self._asking
        if asking is None or asking.ending or not asking.belongs_to(asyncio.get_running_loop()):
            asking = self._asking = SharedRun(ask)
        return await asking.result()

    async def _obtain(self) -> str:
        if self._source is None:
            return await self._become_anonymous(rejected=None)
        identity = self.identity
        given = await self._given()
        if identity != self.identity:  # another call fell back meanwhile
            return await self._become_anonymous(rejected=given)
        self._current = given
        return given

    async def _become_anonymous(self, rejected: str | None) -> str:
        async with self._lock():
            self._anonymous = await self._kept(rejected) or await self._request()
        self._current = self._anonymous.token
        return self._current

    async def _given(self) -> str:
        if not callable(self._source):
            return check_token(self._source)
        token: Any = self._source()
        return check_token(await token if inspect.isawaitable(token) else token)

    def _lock(self) -> AbstractAsyncContextManager[None]:
        if isinstance(self._store, FileTokenStore) or self._client_id is None:
            return self._folder.lock()
        return nullcontext()

    async def _kept(self, rejected: str | None) -> AnonymousToken | None:
        kept = await _maybe_async(self._store.load(self._key()))
        if isinstance(kept, str):
            kept = AnonymousToken(kept)
        if not isinstance(kept, AnonymousToken) or kept.token == rejected:
            return None
        return kept if _is_usable(kept) and not endpoints.expired(kept) else None

    async def _request(self) -> AnonymousToken:
        try:
            token = await self._ask_service()
        except BadRequestError:
            self._client_id = self._new_client_id()
            token = await self._ask_service()
        await _maybe_async(self._store.save(self._key(), token))
        return token

    async def _ask_service(self) -> AnonymousToken:
        call = endpoints.anonymous_token(self._own_client_id())
        token = await self._transport.send_without_token(call)
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


def _is_usable(token: AnonymousToken) -> bool:
    try:
        return bool(check_token(token.token))
    except (TypeError, ValueError):
        return False


async def _maybe_async(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value
