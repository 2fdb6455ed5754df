"""`edit`, `upload`, `export`, `state`, `credits`: one thing done in a session each."""

import typer

from nemo_sdk import NemoClient, classify_request
from nemo_sdk.models import Format, Quality

from .running import run
from .shows import show_balance, show_render, show_state, upload_and_show
from .speech import Show, show_reply
from .streams import text_of
from .targets import container_of, target_of
from .terminal import terminal
from .way_on import WayOn
from .working import finish, jobs_of, leave, open_jobs

__all__ = ["edit", "export", "show_credits", "state", "upload"]

_NEW = "new"


def show_credits() -> None:
    """Show what the account can spend."""

    async def work(client: NemoClient) -> None:
        balance = await client.credits()
        show_balance(balance, client.account)

    run(work)


def state(session_id: str) -> None:
    """Show a session's timeline."""

    async def work(client: NemoClient) -> None:
        session = client.session(session_id)
        show_state(session, await session.state())

    run(work, strict=True)


def upload(session_id: str, files: list[str]) -> None:
    """Upload files, and show what became of them."""

    async def work(client: NemoClient) -> None:
        await client.check_files(*files)
        is_new = session_id == _NEW
        session = await client.create_session() if is_new else client.session(session_id)
        await upload_and_show(session, files)

    run(work, strict=session_id != _NEW)


def edit(session_id: str, text: str, *, take: int, detach: bool) -> None:
    """Send a message, or join the job that has sent it, and show the reply."""
    message = text_of(text)
    _refuse_commands(message, session_id)
    store = jobs_of(emulator=False)
    session = None if session_id == _NEW else session_id

    async def work(client: NemoClient) -> None:
        async with open_jobs(client, store, here=not detach) as jobs:
            show = Show()
            job = await jobs.edit(session, message, take=take, on_event=show.take)
            if detach:
                leave(job, store)
                return
            await finish(job, store, quietly=True)
            show.end_stretch()
            if job.reply is not None:
                exportable = job.reply.timeline.exportable
                way_on = "Save the film: nemo-sdk export" if exportable else "Go on: nemo-sdk chat"
                closing = f"In session {job.session_id}. {way_on} {job.session_id}"
                show_reply(job.session_id, job.reply, said=show.said_anything, closing=closing)

    run(work, strict=session is not None)


def export(session_id: str, output: str | None, format: Format | None, quality: Quality) -> None:
    """Render what a session has, and save it."""
    container = container_of(output, format)
    target = target_of(output, session_id, container)

    async def work(client: NemoClient) -> None:
        render = await client.session(session_id).export(format=container, quality=quality)
        words = f"To try again is free: nemo-sdk export {session_id}"
        terminal.way_on = WayOn(words, {"session_id": session_id})
        await show_render(render, target, then=f"Change it: nemo-sdk chat {session_id}")

    run(work, strict=True)


def _refuse_commands(message: str, session_id: str) -> None:
    """Refuse words that are no message to the agent, by which they would be charged."""
    known = "SESSION" if session_id == _NEW else session_id
    commands = {
        "export": f"nemo-sdk export {known}",
        "state": f"nemo-sdk state {known}",
        "credits": "nemo-sdk credits",
        "upload": f"nemo-sdk upload {known} FILE",
    }
    asked = classify_request(message).intent
    if asked in commands:
        raise typer.BadParameter(f"{message!r} is no message to the agent: {commands[asked]}")
