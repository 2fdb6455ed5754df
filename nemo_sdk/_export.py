"""A session's draft on its way to the renderer: submitted under an id of our own, exactly once."""

import uuid
from typing import TypeVar

from ._protocol import endpoints
from ._protocol.endpoints import FORMATS, QUALITIES, RenderStatus
from ._render import Render, is_unknown, of_a_message
from ._timeline.draft import is_exportable
from ._transport.transport import Credential, Transport
from .exceptions import APIError, NemoError, NothingToExportError, ServerError, TransportError
from .models import Format, Quality, State

__all__ = ["check_output", "find", "new_render_id", "submit"]

_Choice = TypeVar("_Choice", bound=str)


async def submit(
    transport: Transport,
    credential: Credential,
    state: State,
    *,
    session_id: str,
    render_id: str,
    format: str,
    quality: str,
    maybe_sent: bool = False,
) -> Render:
    """Have a session's draft rendered under an id of ours, exactly once.

    An answer that is lost is asked for by the id, and only an id that the service does not know
    is submitted again.

    Args:
        transport: What it is sent with.
        credential: Whose session it is.
        state: The session's state, whose draft goes out as it came.
        session_id: The session.
        render_id: The id; see `new_render_id`.
        format: The container.
        quality: The quality.
        maybe_sent: Whether a process that died may have submitted it before, so that a refusal
            may just say that the id is taken.

    Raises:
        NothingToExportError: The draft is empty.
        APIError: The service refused.
        TransportError: The service cannot be reached; the render may be under way.
    """
    if state.draft is None or not is_exportable(state.draft):
        raise NothingToExportError("The session's timeline is empty.", session_id=session_id)
    render = Render(transport, credential, render_id, session_id=session_id, format=format)
    call = endpoints.submit_render(
        render_id, session_id, state.draft, format=format, quality=quality
    )
    with of_a_message("yes"):
        return await _submitted(transport, credential, render, call, maybe_sent=maybe_sent)


async def _submitted(
    transport: Transport,
    credential: Credential,
    render: Render,
    call: endpoints.Call[RenderStatus],
    *,
    maybe_sent: bool,
) -> Render:
    for repeats_left in reversed(range(transport.max_retries + 1)):
        try:
            status = await transport.send(call, credential)
        except (TransportError, APIError) as error:
            if not _may_be_there(error, maybe_sent=maybe_sent):
                raise
            if await _is_known(render):
                break
            if not repeats_left or not _may_be_there(error, maybe_sent=False):
                raise
            maybe_sent = True
        else:
            render.id = status.id or render.id
            render.take(status)
            break
    return render


async def find(
    transport: Transport,
    credential: Credential,
    render_id: str,
    *,
    session_id: str | None,
    format: str,
) -> Render | None:
    """Return a render that may have been submitted; None where the service does not know it.

    Raises:
        APIError: The service refused.
        TransportError: No usable answer came.
    """
    render = Render(transport, credential, render_id, session_id=session_id, format=format)
    return render if await _is_known(render) else None


async def _is_known(render: Render) -> bool:
    """Look whether the service knows the render."""
    try:
        await render.refresh()
    except APIError as error:
        if is_unknown(error):
            return False
        raise
    return True


def _may_be_there(error: NemoError, *, maybe_sent: bool) -> bool:
    """Whether the render may be in the service after this error of its submission."""
    if isinstance(error, TransportError):
        return error.sent
    # After an answer that was lost, a refusal may just say that the id is taken: by ourselves.
    return isinstance(error, ServerError) or maybe_sent


def new_render_id() -> str:
    """Return an id that no render has."""
    return f"render_{uuid.uuid4().hex}"


def check_output(format: str, quality: str) -> tuple[Format, Quality]:
    """Return an output that the service has, as it writes it: in small letters.

    Raises:
        ValueError: There is none such; with what there is.
    """
    return _one_of(FORMATS, format, "format"), _one_of(QUALITIES, quality, "quality")


def _one_of(choices: tuple[_Choice, ...], given: object, name: str) -> _Choice:
    # As text that it is: of a member of an enumeration, str() gives the name.
    word = given.strip().lower() if isinstance(given, str) else given
    for choice in choices:
        if word == choice:
            return choice
    raise ValueError(f"There is no {name} {given!r}: choose one of {', '.join(choices)}.")
