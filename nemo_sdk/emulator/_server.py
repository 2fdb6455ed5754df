"""The emulator itself: its parts put together, its lifecycle, and what tests look at."""

import asyncio
import random
import tempfile
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Self
from weakref import WeakSet

from aiohttp import web
from attrs import define, field

from . import _recording as recording
from ._accounts import Accounts
from ._agent import Controls, PlanKind
from ._answers import ENDPOINTS
from ._choices import check_choice
from ._client import ForClients
from ._door import Door
from ._drafts import canvas
from ._envelopes import Envelopes
from ._extra import check_extra
from ._faults import Faults
from ._films_host import FilmsHost
from ._journal import Journal
from ._listeners import Listeners
from ._options import Options
from ._origins import guard
from ._records import Call, Charge
from ._renders import Films, Render, Renders
from ._replay import Replay
from ._routes import api_routes, film_routes
from ._scripts import Event, scripted
from ._service import Script, Service
from ._sessions import Session, Sessions
from ._status import Shown, StatusPage
from ._uploads import Uploads

running: "WeakSet[Emulator]" = WeakSet()
"""The emulators of this process that have been started and not closed."""


@define(eq=False, kw_only=True)
class Emulator(Options, ForClients):
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
        film_size: Width and height of films, in pixels; of a draft with a canvas of another
            shape it is the long side that counts.
        fps: Pictures a second of films.
        look: What an invented clip shows: `"scene"` paints what its prompt names, `"card"`
            writes the prompt on a plain card, which takes less time.
        anonymous_limit: Whether anonymous tokens are limited to 1 per client id and 10
            per address in 7 days.
        attribution_required: Whether exports need the three attribution headers.
        on_disconnect: `"continue"` lets a turn go on without its client, `"cancel"`
            ends it, as a plain ADK server does.
        clock: The time; by default a clock that runs at `speed`.
        silent: The share of edits that end without a text, 0 to 1.
        hosts: Names with a dot by which it may be called, beside its address; others are
            refused, since a browser's page could hide behind them.
        upload_limit: The largest file taken, in bytes.
        film_url_lifetime: Seconds after which a film's address is answered 403; None
            for never.
        renderer: What renders films, in place of the emulator's own renderer.
        replay: A recording, as `Recorder` writes them: each call gets the answer that it got
            then, byte for byte, and nothing else is emulated.

    Attributes:
        base_url: Of the API, such as `http://127.0.0.1:41234`; empty before the start. A
            browser that opens it sees the status page, `/openapi.json` is the contract.
        films_url: Of the film host, which is another origin.
        calls: Every request that arrived, on both hosts.
        faults: What shall go wrong.

    Raises:
        OSError: The recording cannot be read.
        ValueError: An option is not among its choices, or out of its range; a file to replay
            that is no recording.
        RuntimeError: There is no `renderer`, and the packages of the extra `emulator`, which
            has one, are not installed.
    """

    base_url: str = field(default="", init=False)
    films_url: str = field(default="", init=False)
    calls: list[Call] = field(factory=list, init=False, repr=False)
    faults: Faults = field(factory=Faults, init=False, repr=False)
    _service: Service = field(init=False, repr=False)
    _films_host: FilmsHost = field(init=False, repr=False)
    _door: Door = field(init=False, repr=False)
    _page: StatusPage = field(init=False, repr=False)
    _replay: Replay | None = field(default=None, init=False, repr=False)
    _folder: "tempfile.TemporaryDirectory[str] | None" = field(default=None, init=False, repr=False)
    _listeners: Listeners = field(factory=Listeners, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        if self.replay is not None:
            self._replay = Replay(self.clock, recording.read(Path(self.replay)))
        elif self.renderer is None:
            check_extra()
        rng = random.Random(self.seed)  # noqa: S311 - chances that can be repeated are the point
        journal = Journal(self.clock)
        films = Films(self.seed, self.film_size, self.fps, self.look, self.renderer, journal.touch)
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
    def agent(self) -> Controls:
        """What can be ordered of the agent: `emulator.agent.asks("Which aspect ratio?")`."""
        return Controls(lambda steps: self._service.scripts.append(Script(steps, "answer")))

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
        """Return the requests that one endpoint received, such as `"run_sse"`.

        Raises:
            ValueError: There is no such endpoint.
        """
        check_choice("endpoint", endpoint, ENDPOINTS)
        return [call for call in self.calls if call.endpoint == endpoint]

    def add_token(
        self,
        token: str | None = None,
        *,
        credits: float = 10_000,
        user_id: str | None = None,
    ) -> str:
        """Add a registered user.

        Args:
            token: The token to take; None makes one.
            credits: The user's credits.
            user_id: The user; one that is known gets one more token, and keeps its credits.

        Returns:
            The token.
        """
        return self._service.accounts.add(token, credits, user_id)

    def expire_tokens(self) -> None:
        """Make every token that was given out invalid: the next calls are answered 1001."""
        self._service.accounts.revoke_all()

    def fail_renders(self, times: int = 1, error: Any = "the renderer ran out of memory") -> None:
        """Make the next renders fail.

        Args:
            times: How many.
            error: What the service says of it: words, or an object in their place.
        """
        self._service.renders.failures += [error] * times

    def script(
        self,
        *events: Event | Sequence[Event],
        draft: Mapping[str, Any] | None = None,
        charge: PlanKind | None = None,
    ) -> None:
        """Queue what the next turn sends in place of the agent's own answer.

        Args:
            events: A mapping is one event; bytes are sent as they are; a number is a
                wait, in seconds of the clock. The `stateDelta` of an event is taken over.
                One list of them is taken as well as one after another.
            draft: The session's draft once all events have been sent.
            charge: What is taken for it; None: what the message itself would cost.

        Raises:
            TypeError: An event is none; `wire.text` makes one of a text.
        """
        self._service.scripts.append(Script(scripted(events, draft), charge))

    async def start(self) -> None:
        """Open both listeners.

        Raises:
            OSError: The port is taken.
            RuntimeError: It was started before.
        """
        if self._folder is not None:
            raise RuntimeError("An emulator is started once: make a new one.")
        self._folder = tempfile.TemporaryDirectory(
            prefix="nemo-emulator-", ignore_cleanup_errors=True
        )
        folder = Path(self._folder.name)
        self._service.renders.films.folder = folder / "films"
        self._service.uploads.folder = folder / "uploads"
        for place in (folder / "films", folder / "uploads"):
            place.mkdir()
        played = None if self._replay is None else self._replay.answer
        api = [*self._page.routes(), *api_routes(self._door, self._service, played)]
        listen = partial(self._listeners.listen, guard(self.hosts), self._tell_speed, self.host)
        try:
            self.films_url = await listen(0, film_routes(self._door, self._films_host))
            self._films_host.url = self._service.uploads.films_url = self.films_url
            self.base_url = await listen(self.port, api)
            running.add(self)
            if self._replay is not None:
                self._replay.base_url = self.base_url
        except OSError:
            await self.aclose()
            raise

    async def aclose(self) -> None:
        """Close every connection, end all work, and remove the temporary files."""
        running.discard(self)
        await self._listeners.cut_off()
        tasks = [turn.task for turn in self._service.turns if turn.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._service.renders.close()
        await self._listeners.close()
        if self._folder is not None:
            await asyncio.to_thread(self._folder.cleanup)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _tell_speed(self, _: web.Request, response: web.StreamResponse) -> None:
        """Let clients keep step; a clock that stands still has no speed."""
        if not self.clock.manual:
            response.headers["X-Emulator-Speed"] = f"{self.clock.speed:g}"
