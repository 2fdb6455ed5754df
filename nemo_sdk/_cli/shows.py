"""What commands and conversations have in common: things of a session, shown."""

import time
from collections.abc import AsyncGenerator, Sequence

import attrs

from nemo_sdk import Render, Session
from nemo_sdk.models import Account, Credits, Progress, State

from .lines import moment
from .saving import save, show_film
from .targets import Target
from .terminal import terminal

__all__ = ["show_balance", "show_render", "show_state", "upload_and_show"]


_WHOSE = {
    "own": "your own account",
    "anonymous": "an anonymous account",
    "fallen back": "an anonymous account: the token in NEMO_TOKEN was rejected",
}


def show_balance(balance: Credits, account: Account) -> None:
    """Print what the account can spend, and whose it is."""
    words = f"{balance.available:g} available, {balance.frozen:g} frozen, {balance.total:g} total"
    until = f", until {moment(account.expires_at)}" if account.expires_at else ""
    values = {**attrs.asdict(balance), "account": account.to_dict()}
    terminal.result("credits", values, f"{words} ({_WHOSE[account.kind]}{until})")


def show_state(session: Session, now: State) -> None:
    """Print a session's timeline."""
    if terminal.streams:
        terminal.show(now.timeline)
        return
    summary = now.timeline.summary()
    values = {"session_id": session.id, "task_id": now.task_id, "draft": now.draft}
    terminal.result("state", {**values, "timeline": summary}, summary)


async def upload_and_show(session: Session, files: Sequence[str]) -> None:
    """Upload files, and print what that left in the session."""
    with terminal.bar("Uploading") as bar:
        done = await session.upload(*files, on_progress=bar)
    words = [f"{one.filename} ({one.file_type})" for one in done.files]
    values = {"session_id": session.id, **attrs.asdict(done)}
    terminal.result("upload", values, "\n".join([*words, f"In session {session.id}."]))


async def show_render(render: Render, target: Target, *, then: str = "") -> None:
    """Wait for a render's film, save it, and print where it is, and what can be done next."""
    await terminal.follow(_steps(render))
    video = render.video()
    show_film(video, await save(video, target), then=then)


async def _steps(render: Render) -> AsyncGenerator[Progress, None]:
    started = time.monotonic()
    async for now in render:
        how = f"{now.fraction:.0%}" if now.fraction else now.status
        yield Progress("render", now.fraction, f"Rendering ({how})", time.monotonic() - started)
