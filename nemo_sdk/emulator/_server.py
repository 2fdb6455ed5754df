"""The emulator itself: two listeners, their lifecycle, and what tests look at."""

import asyncio
import random
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import web
from attrs import define, field

from ._accounts import Accounts
from ._agent import PlanKind
from ._dialects import frame
from ._door import Door, unknown
from ._drafts import canvas
from ._envelopes import Envelopes
from ._faults import Faults
from ._films_host import FilmsHost
from ._journal import Journal
from ._options import Options
from ._records import Call, Charge
from ._renders import Films, Render, Renders
from ._service import Script, Service
from ._sessions import Session, Sessions
from ._status import Shown, StatusPage
from ._steps import Raw, Step, Wait
from ._uploads import Uploads

_MAX_BODY = 256 * 1024 * 1024
_HANDLERS_END_SECONDS = 0.5
# By default aiohttp takes no braces in a part of a path; callers choose ids with any character.
_SESSION = "{session_id:[^/]+}"
_RENDER_ID = "{render_id:[^/]+}"
_RENDER = "/api/render/proxy/lambda"


@define(eq=False, kw_only=True)
class Emulator(Options):
    """The NemoVideo service on this machine, as the service's contract has it.

    An async context manager; `start` and `aclose` do the same by hand.

    Args:
        host: The address to listen on.
        port: The port of the API; 0 takes a free one. Films have a free one of their own.
        speed: How much faster than the service it works: a generation of 200 seconds
            takes 2 at 100.
        seed: What all chances come from: ids, durations, silent edits, pictures.
        shapes: The wrapping of answers, `"A"`, `"B"` or `"C"`.
        stream: `"adk"`, or `"flat"` for the earlier shape of the stream.
        keys: `"camel"` or `"snake"` keys in ADK's events.
        credits: What an anonymous user begins with.
        generation_cost: Credits for a generation.
        edit_cost: Credits for an edit.
        film_size: Width and height of films, in pixels.
        fps: Pictures a second of films.
        anonymous_limit: Whether anonymous tokens are limited to 1 per client id and 10
            per address in 7 days.
        attribution_required: Whether exports need the three attribution headers.
        on_disconnect: `"continue"` lets a turn go on without its client, `"cancel"`
            ends it, as a plain ADK server does.
        clock: The time; by default a clock that runs at `speed`.
        silent: The share of edits that end without a text, 0 to 1.
        upload_limit: The largest file taken, in bytes.
        film_url_lifetime: Seconds after which a film's address is answered 403; None
            for never.
        renderer: What renders films, in place of the emulator's own renderer.

    Attributes:
        base_url: Of the API, such as `http://127.0.0.1:41234`; empty before the start. A
            browser that opens it sees the status page, `/openapi.json` is the contract.
        films_url: Of the film host, which is another origin.
        calls: Every request that arrived, on both hosts.
        faults: What shall go wrong.

    Raises:
        ValueError: An option is not among its choices, or out of its range.
    """

    base_url: str = field(default="", init=False)
    films_url: str = field(default="", init=False)
    calls: list[Call] = field(factory=list, init=False, repr=False)
    faults: Faults = field(factory=Faults, init=False, repr=False)
    _service: Service = field(init=False, repr=False)
    _films_host: FilmsHost = field(init=False, repr=False)
    _door: Door = field(init=False, repr=False)
    _page: StatusPage = field(init=False, repr=False)
    _folder: "tempfile.TemporaryDirectory[str] | None" = field(default=None, init=False, repr=False)
    _runners: list[web.AppRunner] = field(factory=list, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        rng = random.Random(self.seed)  # noqa: S311 - chances that can be repeated are the point
        journal = Journal(self.clock)
        films = Films(self.seed, self.film_size, self.fps, self.renderer)
        uploads = Uploads(rng, self.upload_limit)
        secret = rng.randbytes(16)
        self._films_host = FilmsHost(self.clock, secret, self.film_url_lifetime, uploads.paths)
        self._service = Service(
            self,
            Envelopes(self.shapes),
            Accounts(self.clock, rng, self.credits, limited=self.anonymous_limit),
            Sessions(rng, canvas(self.film_size, self.fps)),
            uploads,
            Renders(self.clock, films, self._films_host.link, lambda: rng.uniform(30, 90), journal),
            journal,
        )
        self._door = Door(self.clock, self.faults, self.calls, self._service.envelopes, journal)
        self._page = StatusPage(Shown(self, self._service, self.calls, self.faults), journal)

    @property
    def charges(self) -> list[Charge]:
        """Every time that credits were taken."""
        return self._service.accounts.charges

    @property
    def sessions(self) -> Mapping[str, Session]:
        """The sessions, under their ids."""
        return self._service.sessions.by_id

    @property
    def renders(self) -> Mapping[str, Render]:
        """The renders, under their ids."""
        return self._service.renders.by_id

    def calls_of(self, endpoint: str) -> list[Call]:
        """Returns the requests that one endpoint received, such as `"run_sse"`."""
        return [call for call in self.calls if call.endpoint == endpoint]

    def add_token(
        self,
        token: str | None = None,
        *,
        credits: float = 10_000,
        user_id: str | None = None,
    ) -> str:
        """Adds a registered user.

        Args:
            token: The token to take; None makes one.
            credits: The user's credits.
            user_id: The user; one that is known gets one more token, and keeps its credits.

        Returns:
            The token.
        """
        return self._service.accounts.add(token, credits, user_id)

    def expire_tokens(self) -> None:
        """Makes every token that was given out invalid: the next calls are answered 1001."""
        self._service.accounts.revoke_all()

    def fail_renders(self, times: int = 1, error: str = "the renderer ran out of memory") -> None:
        """Makes the next renders fail.

        Args:
            times: How many.
            error: What the service says of it.
        """
        self._service.renders.failures += [error] * times

    def script(
        self,
        *events: Mapping[str, Any] | bytes | float,
        draft: Mapping[str, Any] | None = None,
        charge: PlanKind | None = None,
    ) -> None:
        """Queues what the next turn sends in place of the agent's own answer.

        Args:
            events: A mapping is one event; bytes are sent as they are; a number is a
                wait, in seconds of the clock. The `stateDelta` of an event is taken over.
            draft: The session's draft once all events have been sent.
            charge: What is taken for it; None: what the message itself would cost.
        """
        steps = [_scripted(event) for event in events]
        if draft is not None:
            steps.append(Raw(b"", {"draft": dict(draft)}))
        self._service.scripts.append(Script(tuple(steps), charge))

    async def start(self) -> None:
        """Opens both listeners.

        Raises:
            OSError: The port is taken.
            RuntimeError: It was started before.
        """
        if self._folder is not None:
            raise RuntimeError("an emulator is started once: make a new one")
        self._folder = tempfile.TemporaryDirectory(
            prefix="nemo-emulator-", ignore_cleanup_errors=True
        )
        folder = Path(self._folder.name)
        self._service.renders.films.folder = folder / "films"
        self._service.uploads.folder = folder / "uploads"
        for place in (folder / "films", folder / "uploads"):
            place.mkdir()
        try:
            self.films_url = await self._listen(self._film_routes(), 0)
            self._films_host.url = self._service.uploads.films_url = self.films_url
            self.base_url = await self._listen(self._api_routes(), self.port)
        except OSError:
            await self.aclose()
            raise

    async def aclose(self) -> None:
        """Closes every connection, ends all work, and removes the temporary files."""
        for runner in self._runners:
            await _cut_off(runner)
        tasks = [turn.task for turn in self._service.turns if turn.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._service.renders.close()
        for runner in self._runners:
            await runner.cleanup()
        self._runners.clear()
        if self._folder is not None:
            await asyncio.to_thread(self._folder.cleanup)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def _listen(self, routes: list[web.RouteDef], port: int) -> str:
        app = web.Application(client_max_size=_MAX_BODY)
        app.router.add_routes(routes)
        runner = web.AppRunner(
            app,
            handle_signals=False,
            access_log=None,
            handler_cancellation=True,
            shutdown_timeout=_HANDLERS_END_SECONDS,
        )
        await runner.setup()
        self._runners.append(runner)
        site = web.TCPSite(runner, self.host, port, backlog=1024)
        await site.start()
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{runner.addresses[0][1]}"

    def _api_routes(self) -> list[web.RouteDef]:
        route, service = self._door.route, self._service
        session = "nemo_agent/me/" + _SESSION
        return [
            *self._page.routes(),
            route("anonymous_token", "POST", "/api/auth/anonymous-token", service.anonymous_token),
            route("claim_token", "POST", "/api/auth/claim-token", service.claim_token),
            route(
                "create_session",
                "POST",
                "/api/tasks/me/with-session/nemo_agent",
                service.create_session,
            ),
            route("run_sse", "POST", "/run_sse", service.run_sse),
            route("upload", "POST", f"/api/upload-video/{session}", service.upload),
            route("balance", "GET", "/api/credits/balance/simple", service.balance),
            route("state", "GET", f"/api/state/{session}/latest", service.state),
            route("submit_render", "POST", _RENDER, service.submit_render),
            route("render_status", "GET", f"{_RENDER}/{_RENDER_ID}", service.render_status),
            route("cancel_render", "POST", f"{_RENDER}/{_RENDER_ID}/cancel", service.cancel_render),
            route("download", "GET", f"/api/render/proxy/{_RENDER_ID}/download", service.download),
            route("unknown", "*", "/{path:.*}", unknown),
        ]

    def _film_routes(self) -> list[web.RouteDef]:
        route, host = self._door.route, self._films_host
        return [
            route("film", "GET", "/films/{name}", host.film),
            route("film", "GET", "/media/{media_id}/{name}", host.media),
            route("unknown", "*", "/{path:.*}", unknown),
        ]


async def _cut_off(runner: web.AppRunner) -> None:
    for site in list(runner.sites):
        await site.stop()
    for connection in runner.server.connections if runner.server else ():
        if connection.transport is not None:
            connection.transport.abort()


def _scripted(event: Mapping[str, Any] | bytes | float) -> Step:
    if isinstance(event, bytes):
        return Raw(event)
    if isinstance(event, Mapping):
        actions = event.get("actions") or {}
        return Raw(frame(event), actions.get("stateDelta") or actions.get("state_delta") or {})
    return Wait(event)
