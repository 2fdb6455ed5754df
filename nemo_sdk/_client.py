"""The client: owns the connections and hands out the resources."""

import asyncio
import os
import warnings
import weakref
from collections.abc import AsyncGenerator, Iterable, Sequence
from typing import NoReturn, Self

import aiohttp

from ._auth.account import CurrentAccount
from ._auth.token_store import IN_A_FILE, TokenStore, store_of
from ._concurrency.async_only import AsyncOnly
from ._concurrency.threads import in_thread
from ._config.attribution import Attribution
from ._config.settings import TokenSource, check_count, complete_settings
from ._export import check_output
from ._generation.batch import each_as_it_finishes
from ._generation.film_folder import FilmFolder
from ._generation.generation import Generation, OnCheckpoint
from ._protocol import endpoints
from ._protocol.endpoints import SessionIds, check_id
from ._protocol.message import check_text
from ._render import Render
from ._secret import hidden
from ._session import Session, open_session
from ._telemetry import log
from ._transfer.sources import findable, is_named
from ._transfer.upload import Source, as_list, check_sources
from ._transport.closing import Gate
from ._transport.connections import Connections
from ._transport.exchange import Exchange
from ._transport.transport import Transport
from ._turn import check_checkpoint
from ._video import Video
from ._wording.languages import detect_language
from .models import Account, Checkpoint, Credits, Format, Quality, Timing

__all__ = ["NemoClient"]


class NemoClient(AsyncOnly):
    """A client of NemoVideo. Use it with `async with`, or call `aclose()` at the end.

    A client that was closed stays closed; entering it again opens it anew.

    What is left out comes from the environment, then from its default.

    Args:
        token: The bearer token, or an async function that returns one and is asked again when
            the service rejects it; else NEMO_TOKEN; else an anonymous token is asked for.
        base_url: The service's address; else NEMO_API_URL. Plain http only on this machine.
        web_url: The web app's address, for links shown to people; else NEMO_WEB_URL.
        client_id: What an anonymous token is asked for with, up to 64 characters; else
            NEMO_CLIENT_ID; else kept in `~/.config/nemovideo/client_id`.
        attribution: Who calls; see `Attribution`. Else the skill whose file or folder NEMO_SKILL
            names; else this library.
        timing: How long things may take, in seconds; see `Timing`.
        max_retries: How often a read, or a call that never left, is repeated.
        token_store: Where an anonymous token is kept until it expires: by default a file that
            only its owner can read; None for memory; or an object with `load(key)` and
            `save(key, token)`.
        anonymous_fallback: Whether to go on with an anonymous token, with a warning, when the
            given one is rejected.
        http: An aiohttp session of the caller's to send with; it is never closed here.
        max_connections: The most connections at once, of reads and of calls with an effect
            each; what is over it waits. 0 for no limit.

    Raises:
        ValueError, TypeError: An argument cannot be right.
    """

    def __init__(
        self,
        token: TokenSource | None = None,
        *,
        base_url: str | None = None,
        web_url: str | None = None,
        client_id: str | None = None,
        attribution: Attribution | None = None,
        timing: Timing | None = None,
        max_retries: int = 2,
        token_store: TokenStore | None = IN_A_FILE,
        anonymous_fallback: bool = True,
        http: aiohttp.ClientSession | None = None,
        max_connections: int = 0,
    ) -> None:
        token = hidden(token) if isinstance(token, str) else token  # in no traceback
        log.to_stderr()
        settings = complete_settings(
            token=token,
            base_url=base_url,
            web_url=web_url,
            client_id=client_id,
            attribution=attribution,
            timing=timing,
            max_retries=max_retries,
            max_connections=max_connections,
            anonymous_fallback=anonymous_fallback,
        )
        self._base_url = settings.base_url
        self._web_url = settings.web_url
        self._gate = Gate()
        self._connections = Connections(
            http=http,
            max_connections=settings.max_connections,
        )
        self._transport = Transport(
            self._gate,
            Exchange(
                self._connections,
                base_url=settings.base_url,
                headers=settings.attribution.headers(),
                timing=settings.timing,
            ),
            timing=settings.timing,
            max_retries=settings.max_retries,
        )
        # Not __del__: at the program's end that comes when half of Python is gone.
        weakref.finalize(self, _abandon, self._connections, repr(self))
        self._account = CurrentAccount(settings, self._transport, store_of(token_store))
        self._generations: set[Generation] = set()

    @property
    def base_url(self) -> str:
        """The service's address, without a slash at its end."""
        return str(self._base_url).rstrip("/")

    @property
    def web_url(self) -> str:
        """The web app's address, for links shown to people."""
        return str(self._web_url).rstrip("/")

    def __repr__(self) -> str:
        return f"NemoClient(base_url={str(self._base_url)!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "A NemoClient holds connections and a token: make one in each process instead of "
            "sending it there."
        )

    async def __aenter__(self) -> Self:
        self._gate.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    @property
    def account(self) -> Account:
        """Whose credits are spent now; no I/O, so an anonymous user's id may not be known yet."""
        return self._account.now()

    def generate(
        self,
        prompt: str,
        *,
        files: Sequence[Source] = (),
        language: str | None = None,
        format: Format = "mp4",
        quality: Quality = "high",
        task_name: str = "project",
        on_checkpoint: OnCheckpoint | None = None,
    ) -> Generation:
        """Make a video of a prompt: `video = await client.generate("a cat in the snow")`.

        About 100 credits; charged once, whatever breaks.

        Args:
            prompt: What the video is to show.
            files: What it is made of, if anything; see `Session.upload`.
            language: A code such as "en"; None detects it from the prompt.
            format: mp4, mov, avi, webm or mkv, in any case; only mp4 is proven to come out.
            quality: low, medium or high, in any case.
            task_name: The project's name.
            on_checkpoint: Called (sync or async) with a `Checkpoint` before each call that has
                an effect, for `resume`.

        Returns:
            A `Generation`, to be awaited or iterated over. Nothing is sent before. Awaiting it
            raises ValueError, TypeError, OSError, UnsupportedFileTypeError or FileTooLargeError
            where a file cannot be right (nothing was sent), APIError where the service refuses,
            TransportError where it cannot be reached, TurnError where the agent fails,
            OutcomeUnknownError where the answer was lost, RenderError where no film comes out,
            and NemoError where it was ended by somebody else or its client was closed.

        Raises:
            ValueError, TypeError: An argument cannot be right.
        """
        container, level = check_output(format, quality)
        files = as_list(files)
        checkpoint = Checkpoint(
            prompt=check_text(prompt),
            files=findable(files),
            unnamed_files=not all(map(is_named, files)),
            language=language,
            format=container,
            quality=level,
            task_name=task_name,
        )
        return self._generation(checkpoint, files, on_checkpoint)

    def generate_many(
        self,
        prompts: Iterable[str],
        *,
        concurrency: int = 4,
        language: str | None = None,
        format: Format = "mp4",
        quality: Quality = "high",
        save_to: str | os.PathLike[str] | None = None,
    ) -> AsyncGenerator[Generation, None]:
        """Make many videos, some at a time, and yield each generation as it finishes.

        A failed one does not stop the rest: look at `generation.error` and `generation.video`.
        With `save_to`, the error may also be that of saving: then the video is there to be saved
        elsewhere, or, where that was seen in time, it was not made and not charged.

        Args:
            prompts: What the videos are to show; taken one by one, as they are needed.
            concurrency: How many are made at once.
            language: See `generate`.
            format: See `generate`.
            quality: See `generate`.
            save_to: A folder that the films are saved into, under names made of their prompts;
                `generation.saved` is the path. No file that is there is replaced.

        Yields:
            Each `Generation` that has ended, in the order in which they end.

        Raises:
            ValueError, TypeError: An argument cannot be right.
            OSError: At the first film, before anything is charged: `save_to` cannot be written.
        """
        container, level = check_output(format, quality)
        if isinstance(prompts, str):
            raise TypeError("prompts must be a list of prompts, not one: use generate().")
        return each_as_it_finishes(
            (
                self.generate(prompt, language=language, format=container, quality=level)
                for prompt in prompts
            ),
            check_count(concurrency, "concurrency", 1),
            None if save_to is None else FilmFolder(save_to),
            self._transport,
        )

    def resume(
        self, checkpoint: Checkpoint, *, on_checkpoint: OnCheckpoint | None = None
    ) -> Generation:
        """Go on with a generation from where another process stopped; charged at most once.

        Args:
            checkpoint: The last that `on_checkpoint` was given, or an error's.
            on_checkpoint: As for `generate`.

        Returns:
            A `Generation`, as from `generate`.

        Raises:
            ValueError: Its files were given as bytes, which cannot be found again.
            ValueError, TypeError: An id in it, or a prompt that is still to be sent, cannot be one.
            TypeError: It is none.
        """
        check_checkpoint(checkpoint)
        begins = checkpoint.stage in {"session", "upload"}
        if begins and checkpoint.unnamed_files:
            raise ValueError(
                "This generation had files given as bytes or open files, which cannot be found "
                "again. Nothing was charged yet: call generate() with them once more."
            )
        if begins:
            check_text(checkpoint.prompt)
        else:
            check_id(checkpoint.session_id, "The checkpoint's session_id")
        if checkpoint.stage == "render":
            check_id(checkpoint.render_id, "The checkpoint's render_id")
        files = checkpoint.files if begins else ()
        return self._generation(checkpoint, files, on_checkpoint)

    async def create_session(
        self, *, task_name: str = "project", language: str | None = None, text: str | None = None
    ) -> Session:
        """Open a session; free.

        Args:
            task_name: The project's name.
            language: The language that the agent answers in, a code such as "en"; None for that
                of `text`.
            text: What the person said first, see `detect_language`; where there is nothing of it
                either, the language is "en".

        Returns:
            A new `Session`.

        Raises:
            TypeError: An argument is no text.
            APIError: The service refused.
            TransportError: No usable answer came.
        """
        if language is None and text:
            language = await in_thread(detect_language, text)
        ids, credential = await open_session(self._account, task_name, language or "en")
        return Session(self._transport, credential, ids, web_url=self._web_url, fresh=True)

    async def check_files(self, *sources: Source) -> None:
        """See that files can be uploaded, before a session is made for them; nothing is sent.

        Args:
            sources: See `Session.upload`.

        Raises:
            ValueError, TypeError, OSError: A source cannot be right.
            UnsupportedFileTypeError, FileTooLargeError: The service would refuse it.
        """
        await check_sources(sources)

    def session(self, session_id: str, *, task_id: str | None = None) -> Session:
        """Return a handle to a session that exists; no I/O.

        Args:
            session_id: Its id.
            task_id: Its project's id; where it is left out, it is read when it is needed.

        Returns:
            A `Session`; whether the service knows it shows at the first call.

        Raises:
            ValueError, TypeError: An id cannot be one.
        """
        task = None if task_id is None else check_id(task_id, "task_id")
        ids = SessionIds(check_id(session_id, "session_id"), task)
        return Session(self._transport, self._account.current, ids, web_url=self._web_url)

    def render(self, render_id: str, *, session_id: str | None = None) -> Render:
        """Return a handle to a render that exists; no I/O.

        Args:
            render_id: Its id.
            session_id: Its session's id, for `video.session_id`.

        Returns:
            A `Render`; whether the service knows it shows at the first look.

        Raises:
            ValueError, TypeError: The id cannot be one.
        """
        return Render(
            self._transport,
            self._account.current,
            check_id(render_id, "render_id"),
            session_id=session_id,
        )

    def video(
        self,
        render_id: str,
        *,
        session_id: str | None = None,
        url: str | None = None,
        duration: float | None = None,
        size: int | None = None,
        format: str = "mp4",
    ) -> Video:
        """Return a handle to a film that exists; no I/O.

        Args:
            render_id: The id of the render that made it.
            session_id: Its session's id.
            url: Where it lies; None to fetch it from the service itself.
            duration: Seconds, where that is known.
            size: Bytes, where that is known.
            format: Its container.

        Returns:
            A `Video`, to be saved.

        Raises:
            ValueError, TypeError: The id or the address cannot be one.
        """
        if not isinstance(url, str | None):
            raise TypeError(f"url must be a text, not {type(url).__name__}.")
        return Video(
            self._transport,
            self._account.current,
            url=url,
            duration=duration,
            size=size,
            format=format,
            render_id=check_id(render_id, "render_id"),
            session_id=session_id,
        )

    @property
    def timing(self) -> Timing:
        """How long things may take."""
        return self._transport.timing

    async def credits(self) -> Credits:
        """Read the account's balance; free.

        Returns:
            What the account can spend.

        Raises:
            APIError: The service refused.
            TransportError: No usable answer came.
        """
        balance, _ = await self._account.send(endpoints.balance())
        return balance

    async def aclose(self) -> None:
        """End what still runs and close the connections; also at the end of `async with`.

        Calls, turns, renders and transfers under way raise a NemoError that says so, and so does
        every further call, until the client is entered again.

        Raises:
            NemoError: It is in use in an event loop that runs in another thread.
        """
        self._connections.check_loop()
        self._gate.close()
        try:
            ends = (generation.ended() for generation in tuple(self._generations))
            await asyncio.gather(*ends)
        finally:
            await self._connections.aclose()

    def _generation(
        self,
        checkpoint: Checkpoint,
        files: Sequence[Source],
        on_checkpoint: OnCheckpoint | None,
    ) -> Generation:
        return Generation(
            self._transport,
            self._account,
            checkpoint,
            files=files,
            on_checkpoint=on_checkpoint,
            running=self._generations,
        )


def _abandon(connections: Connections, name: str) -> None:
    if connections.is_open:
        connections.abandon()  # first: the warning may be an error
        warnings.warn(
            f"{name} was not closed: use it with 'async with', or await its aclose().",
            ResourceWarning,
            stacklevel=2,
        )
