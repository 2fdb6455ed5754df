"""A session: one conversation with the agent, and the timeline that it works on."""

from collections.abc import Callable, Sequence
from urllib.parse import quote

from attrs import evolve
from yarl import URL

from ._auth.account import CurrentAccount
from ._concurrency.callbacks import settled
from ._export import check_output, new_render_id, submit
from ._protocol import endpoints
from ._protocol.endpoints import SessionIds
from ._protocol.message import check_text, words_of
from ._render import Render
from ._telemetry.tracing import span
from ._transfer.reporter import OnProgress
from ._transfer.upload import Source, as_list, upload
from ._transport.transport import Credential, Transport
from ._turn import OnCheckpoint, Turn, check_checkpoint
from ._wording import Request, classify_request
from .events import Event, UploadProgress
from .exceptions import NemoError
from .models import Checkpoint, Credits, Format, Quality, Reply, State, Upload

Handled = Render | Credits | State | Upload | Reply
OnEvent = Callable[[Event], object]

__all__ = ["Session", "open_session"]


class Session:
    """A conversation with the agent about one project.

    Made by `client.create_session()`, or by `client.session(id)` for one that exists.

    Attributes:
        id: The session's id.
        task_id: The project's id, or None where it is not known yet.
        user_id: The user's id, where the service told it.
    """

    def __init__(
        self,
        transport: Transport,
        credential: Credential,
        ids: SessionIds,
        *,
        web_url: URL,
        fresh: bool = False,
    ) -> None:
        self._transport = transport
        self._credential = credential
        self._web_url = web_url
        self.id: str = ids.session_id
        self.task_id: str | None = ids.task_id
        self.user_id: str | None = ids.user_id
        self._fresh = fresh
        self._turn: Turn | None = None

    def __repr__(self) -> str:
        return f"Session(id={self.id!r}, task_id={self.task_id!r})"

    def choose(self, words: str) -> str | None:
        """Return the option of what the agent asked last that words mean; None for other words.

        Args:
            words: The option's text in any case, or its number.
        """
        try:
            asked = () if self._turn is None else self._turn.reply.questions
        except RuntimeError:  # it has not ended well (yet)
            return None
        return next(filter(None, (one.choose(words) for one in asked)), None)

    def send(self, text: str, *, on_checkpoint: OnCheckpoint | None = None) -> Turn:
        """Return a turn with the agent; the message leaves when it is entered, and is charged.

        Args:
            text: The message.
            on_checkpoint: Called (sync or async) with a `Checkpoint` before the message leaves,
                for `resume`, and once more where the service refused it and nothing was charged:
                then its stage is "session".

        Returns:
            A `Turn`, to be entered with `async with`; see there for what that raises.

        Raises:
            ValueError, TypeError: There is no message.
        """
        fresh, self._fresh = self._fresh, False
        self._turn = Turn(
            self._transport,
            self._credential,
            Checkpoint(prompt=check_text(text), session_id=self.id, task_id=self.task_id),
            fresh=fresh,
            on_checkpoint=on_checkpoint,
        )
        return self._turn

    def resume(self, checkpoint: Checkpoint, *, on_checkpoint: OnCheckpoint | None = None) -> Turn:
        """Return the turn of a message that another process has sent, or was about to send.

        What became of it is looked for in the session's state, and it is never sent again. Where
        the checkpoint says that nothing was charged, it is sent.

        Args:
            checkpoint: The last that `on_checkpoint` was given.
            on_checkpoint: As for `send`.

        Returns:
            A `Turn`, as from `send`.

        Raises:
            ValueError: The checkpoint is one of another session.
            TypeError: It is none.
        """
        check_checkpoint(checkpoint)
        if checkpoint.session_id not in {None, self.id}:
            raise ValueError(f"This checkpoint is of session {checkpoint.session_id}.")
        if checkpoint.stage in {"session", "upload"}:
            return self.send(checkpoint.prompt, on_checkpoint=on_checkpoint)
        self._fresh = False
        return Turn(
            self._transport,
            self._credential,
            evolve(checkpoint, session_id=self.id, task_id=self.task_id),
            already_sent=True,
        )

    async def ask(self, text: str, *, on_checkpoint: OnCheckpoint | None = None) -> Reply:
        """Send a message and wait for the reply; charged once, whatever breaks.

        Args:
            text: The message.
            on_checkpoint: As for `send`.

        Returns:
            The agent's answer.

        Raises:
            ValueError, TypeError: There is no message.
            APIError: The service refused the message; nothing was charged.
            TransportError: The message never left.
            TurnError: The agent failed, or took too long.
            OutcomeUnknownError: The answer was lost, and the state does not tell what became of
                the message.
        """
        return await self._ask(text, None, on_checkpoint)

    async def handle(
        self,
        text: str,
        *,
        files: Sequence[Source] = (),
        on_event: OnEvent | None = None,
        on_checkpoint: OnCheckpoint | None = None,
    ) -> Handled:
        """Do what a person's words ask for, in English or Chinese.

        "export" renders (and does not wait), in the format and quality that the words name;
        "credits" reads the balance, "status" the state; "upload" and files alone are uploaded,
        also from an address in the words. Anything else is a message to the agent, after its
        files are uploaded. So is an option of what the agent asked last, by its number too.

        Args:
            text: The person's words; may be empty where there are files.
            files: What the person sent along.
            on_event: Called (sync or async) with the events of the turn, and with an
                `UploadProgress` a few times a second, to show how far it is.
            on_checkpoint: As for `send`, where the words are a message.

        Returns:
            Render, Credits, State, Upload or Reply: the kind says what was done.

        Raises:
            ValueError: "upload" without a file or an address, neither words nor files, or an
                export as something that a film is not exported as, "as gif" for example; the
                words are for the person, and nothing was sent.
            NemoError, OSError, TypeError: What `export`, `NemoClient.credits`, `state`, `upload`
                and `ask` raise, whichever it was.
        """
        words, files = words_of(text), as_list(files)
        chosen = self.choose(words)
        request = Request("message") if chosen else _granted(words, files)
        with self._transport.while_open():
            return await self._do(request, chosen or text, files, on_event, on_checkpoint)

    async def _do(
        self,
        request: Request,
        text: str,
        files: Sequence[Source],
        on_event: OnEvent | None,
        on_checkpoint: OnCheckpoint | None,
    ) -> Handled:
        sources = [*files, *request.urls]
        uploaded = await self.upload(*sources, on_progress=on_event) if sources else None
        match request.intent:
            case "upload" if uploaded is not None:
                return uploaded
            case "export":
                return await self.export(
                    format=request.format or "mp4", quality=request.quality or "high"
                )
            case "credits":
                return await self._credits()
            case "state":
                return await self.state()
            case _:
                return await self._ask(text, on_event, on_checkpoint)

    async def _ask(
        self, text: str, on_event: OnEvent | None, on_checkpoint: OnCheckpoint | None
    ) -> Reply:
        async with self.send(text, on_checkpoint=on_checkpoint) as turn:
            async for event in turn:
                if on_event is not None:
                    await settled(on_event(event))
        return turn.reply

    async def _credits(self) -> Credits:
        """Read the balance of the session's own user."""
        return await self._transport.send(endpoints.balance(), self._credential)

    async def state(self) -> State:
        """Read the session's state, the timeline draft in it; free.

        Returns:
            The state at this moment.

        Raises:
            SessionNotFoundError: The service does not know the session.
            APIError: The service refused.
            TransportError: No usable answer came, also after repeats.
        """
        state = await self._transport.send(endpoints.state(self.id), self._credential)
        self.task_id = self.task_id or state.task_id
        self._credential.note_user(state.user_id)
        return state

    async def upload(
        self, *sources: Source, on_progress: OnProgress[UploadProgress] | None = None
    ) -> Upload:
        """Upload files into the session; free.

        Args:
            sources: Paths, http(s) addresses that the service fetches, bytes, open binary files,
                async ones too, which stay open and are rewound, or `(name, bytes or file)`. mp4
                mov avi webm mkv jpg png gif webp mp3 wav m4a aac, at most 500 MB each: the
                service's own limits. A file is sent under its true type and ending.
            on_progress: Called with an `UploadProgress` a few times a second; sync or async.

        Returns:
            What the session holds now of these files.

        Raises:
            ValueError, TypeError, OSError: A source cannot be right; nothing was sent.
            OSError: A file changed while it was read; it is not in the session.
            UnsupportedFileTypeError, FileTooLargeError: Nothing was sent, or the service's answer.
            SessionNotFoundError: The service does not know the session.
            APIError: The service refused.
            TransportError: It is not known whether the files arrived; they are not sent twice.
        """
        self._fresh = False
        uploading = span("nemo.upload", current=True, session_id=self.id)
        with self._transport.while_open(), uploading:
            return await upload(self._transport, self._credential, self.id, sources, on_progress)

    async def export(self, *, format: Format = "mp4", quality: Quality = "high") -> Render:
        """Have the timeline rendered as it is now; free. Wait with `await render.wait()`.

        Args:
            format: mp4, mov, avi, webm or mkv, in any case; only mp4 is proven to come out.
            quality: low, medium or high, in any case.

        Returns:
            The render, which is under way.

        Raises:
            ValueError: There is no such format or quality.
            NothingToExportError: The timeline is empty.
            ExportBlockedError: The plan does not allow it.
            SessionNotFoundError: The service does not know the session.
            APIError: The service refused.
            TransportError: The service cannot be reached.
        """
        container, level = check_output(format, quality)
        with self._transport.while_open():
            state = await self.state()
            return await submit(
                self._transport,
                self._credential,
                state,
                session_id=self.id,
                render_id=new_render_id(),
                format=container,
                quality=level,
            )

    async def project_url(self) -> str:
        """Return a link that opens the project in a browser. It gives no access to the API.

        Whoever has the link sees the project: show it to its owner alone.

        Returns:
            The address, with a claim token in it, which ends after some time.

        Raises:
            NemoError: The session's task is not known.
            APIError: The service refused.
            TransportError: No usable answer came.
        """
        if self.task_id is None:
            await self.state()
        if self.task_id is None:
            raise NemoError(
                "The service did not tell the session's task: there is no link to it.", next="wait"
            )
        call = endpoints.claim_token(self.task_id, self.id)
        claim = await self._transport.send(call, self._credential)
        return f"{self._web_url}/workspace/claim?ct={quote(claim.claim_token, safe='')}"


async def open_session(
    account: CurrentAccount, task_name: str, language: str
) -> tuple[SessionIds, Credential]:
    """Have the service make a session; return its ids, and the credential that it is of."""
    with span("nemo.session", current=True) as told:
        ids, credential = await account.send(endpoints.create_session(task_name, language))
        told.set(session_id=ids.session_id)
    credential.note_user(ids.user_id)
    return ids, credential


def _granted(words: str, files: Sequence[Source]) -> Request:
    """Return what the words ask for.

    Raises:
        ValueError: It cannot be done.
    """
    if not words and not files:
        raise ValueError("There is nothing to do: give words, files, or both.")
    request = classify_request(words, has_files=bool(files))
    if request.refusal:
        raise ValueError(request.refusal)
    if request.intent == "upload" and not (files or request.urls):
        raise ValueError(
            "There is no file to upload: send one along (files=...), or name its address."
        )
    return request
