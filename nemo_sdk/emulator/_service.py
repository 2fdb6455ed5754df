"""The service's endpoints: what each one takes, checks, does and answers."""

import random
from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from aiohttp import web
from attrs import define, field

from ._accounts import Account, Accounts
from ._agent import ASK, Agent, Plan, PlanKind
from ._answers import Answer, json_answer
from ._dialects import AdkDialect, Dialect, FlatDialect
from ._drafts import Desk
from ._envelopes import Envelopes, RefusedError
from ._journal import Journal
from ._options import Options
from ._records import Call
from ._renders import Render, Renders
from ._serving import file_answer
from ._sessions import Session, Sessions
from ._steps import Raw, Say, Step, Thought, ToolCall, ToolResult
from ._turns import Turn
from ._uploads import Uploads

_WORK = {"generation": "a generation", "edit": "an edit"}
ATTRIBUTION = ("X-Skill-Source", "X-Skill-Version", "X-Skill-Platform")


@define(eq=False)
class Script:
    """What a test wants the next turn to send in place of the agent's own steps."""

    steps: tuple[Step, ...]
    charge: PlanKind | None = None


@define(eq=False)
class Service:
    """The endpoints, over the stores that they share."""

    options: Options
    envelopes: Envelopes
    accounts: Accounts
    sessions: Sessions
    uploads: Uploads
    renders: Renders
    journal: Journal
    scripts: list[Script] = field(factory=list)
    turns: set[Turn] = field(factory=set)

    async def anonymous_token(self, request: web.Request, call: Call) -> Answer:
        """Give out an anonymous token."""
        token = self.accounts.anonymous(request.headers.get("X-Client-Id"), request.remote or "")
        data = {
            "token": token.value,
            "user_id": token.account.user_id,
            "expires_at": token.expires_at and token.expires_at.isoformat(),
            "credits": token.account.available,
        }
        return self.envelopes.data(data, among="A")

    async def claim_token(self, request: web.Request, call: Call) -> Answer:
        """Give out a token that opens a project in a browser."""
        account, body = self._who(request), _object(call.body)
        self.sessions.of_task(str(body.get("task_id")), str(body.get("session_id")), account)
        claim = f"clm_{self.accounts.rng.getrandbits(96):024x}"
        return self.envelopes.data({"claim_token": claim, "expires_in": 3600}, among="A")

    async def create_session(self, request: web.Request, call: Call) -> Answer:
        """Begins a session."""
        account, body = self._who(request), _object(call.body)
        name, language = body.get("task_name", "project"), body.get("language", "en")
        if not isinstance(name, str) or not isinstance(language, str):
            raise _invalid("task_name and language must be strings")
        session = self.sessions.create(account, name, language)
        data: dict[str, Any] = {"task_id": session.task_id, "session_id": session.id}
        if self.envelopes.shape == "C":
            data = {"task_id": int(session.task_id), "session_id": int(session.id)}
        else:
            data["user_id"] = account.user_id
        return self.envelopes.data(data, among="AC")

    async def run_sse(self, request: web.Request, call: Call) -> Answer:
        """Begins a turn, and answers with its stream."""
        account = self._who(request)
        try:
            session_id, text = _message(call.body)
        except RefusedError as error:
            detail = {"type": "value_error", "loc": ["body"], "msg": error.message}
            return json_answer({"detail": [detail]}, status=error.code)
        session = self.sessions.find(session_id, account)
        self.journal.note("message", text, session.id)
        turn = self._turn(session, text)
        self.turns.add(turn)
        turn.start().add_done_callback(lambda _: self._ended(turn))
        return Answer(turn, 200, {"Content-Type": "text/event-stream; charset=utf-8"})

    async def upload(self, request: web.Request, call: Call) -> Answer:
        """Take files, or addresses of files."""
        session = self._session(request)
        if request.content_type.startswith("multipart/"):
            call.body = []
            files = await self.uploads.receive(request, session, call.body)
        else:
            files = self.uploads.take_urls(session, _object(call.body))
        for file in files:
            self.journal.note("upload", file["filename"], session.id)
        return self.envelopes.data({"files": files, "session_state_applied": True}, among="A")

    async def balance(self, request: web.Request, call: Call) -> Answer:
        """Tells the credits."""
        return self.envelopes.data(self._who(request).balance(), among="AC")

    async def state(self, request: web.Request, call: Call) -> Answer:
        """Tells a session's state."""
        return self.envelopes.data(self._session(request).shown(), among="A")

    async def submit_render(self, request: web.Request, call: Call) -> Answer:
        """Take a render in."""
        account, body = self._who(request), _object(call.body)
        self._check_attribution(request)
        session = self.sessions.find(str(body.get("sessionId")), account)
        render = self.renders.submit(session, body)
        return self.envelopes.data({self.envelopes.render_id: render.id, **_about(render)})

    async def render_status(self, request: web.Request, call: Call) -> Answer:
        """Tells how far a render is."""
        render = self._render(request)
        url = self.renders.url_of(render)
        if self.envelopes.shape == "B":
            return self.envelopes.data({**_about(render), **({"outputUrl": url} if url else {})})
        data = {"taskId": render.id, **_about(render), **_output(render, url)}
        return self.envelopes.data(data, among="C")

    async def cancel_render(self, request: web.Request, call: Call) -> Answer:
        """Cancel a render."""
        render = self._render(request)
        self.renders.cancel(render)
        return self.envelopes.data({self.envelopes.render_id: render.id, **_about(render)})

    async def download(self, request: web.Request, call: Call) -> Answer:
        """Answers with a finished film itself."""
        render = self._render(request)
        if render.path is None:
            raise RefusedError(404, f"Render {render.id} has no film: it is {render.status}")
        return file_answer(render.path, request.headers)

    def _who(self, request: web.Request) -> Account:
        return self.accounts.who(request.headers.get("Authorization"))

    def _session(self, request: web.Request) -> Session:
        return self.sessions.find(request.match_info["session_id"], self._who(request))

    def _render(self, request: web.Request) -> Render:
        return self.renders.find(request.match_info["render_id"], self._who(request))

    def _check_attribution(self, request: web.Request) -> None:
        missing = [name for name in ATTRIBUTION if not request.headers.get(name)]
        if missing and self.options.attribution_required:
            raise RefusedError(
                402, f"Export is not available on the free plan: {', '.join(missing)} missing"
            )

    def _turn(self, session: Session, text: str) -> Turn:
        session.turns += 1
        options = self.options
        rng = random.Random(f"{options.seed}:{session.ordinal}:{session.turns}")  # noqa: S311
        desk = Desk(rng, options.film_size, options.fps)
        plan = Agent(session, desk, rng, options.seed, options.silent).plan(text)
        if self.scripts:
            plan = self._scripted(plan, session, text)
        cost = self._charge(session, plan.kind, text)
        settle = partial(session.account.settle, cost)
        dialect, end = self._dialect(rng), options.on_disconnect
        told = partial(_tell, self.journal, session)
        return Turn(session, plan.steps, dialect, options.clock, settle, end, told)

    def _ended(self, turn: Turn) -> None:
        self.turns.discard(turn)
        self.journal.touch()

    def _charge(self, session: Session, kind: PlanKind, text: str) -> float:
        if kind == "answer":
            return 0
        options = self.options
        cost = options.generation_cost if kind == "generation" else options.edit_cost
        self.accounts.charge(session.account, cost, session.id, kind, text)
        self.journal.note("charge", f"{cost:g} credits for {_WORK[kind]}", session.id)
        return cost

    def _scripted(self, plan: Plan, session: Session, text: str) -> Plan:
        script = self.scripts.pop(0)
        if any(isinstance(step, ToolCall) and step.name == ASK for step in script.steps):
            session.asked = text
        return Plan(script.charge or plan.kind, script.steps)

    def _dialect(self, rng: random.Random) -> Dialect:
        if self.options.stream == "flat":
            return FlatDialect()
        invocation = f"e-{UUID(int=rng.getrandbits(128), version=4)}"
        return AdkDialect(self.options.clock, rng, self.options.keys, invocation)


def _tell(journal: Journal, session: Session, step: Step) -> None:
    """Write down what a step of a turn was."""
    match step:
        case Say(text):
            journal.note("text", text, session.id)
        case Thought(text):
            journal.note("thought", text, session.id)
        case ToolCall(name):
            journal.note("tool", f"{name} begins", session.id)
        case ToolResult(name):
            journal.note("tool", f"{name} has ended", session.id)
        case Raw(data):
            journal.note("raw", data.decode("utf-8", "replace").strip(), session.id)


def _about(render: Render) -> dict[str, Any]:
    about: dict[str, Any] = {"status": render.status, "progress": render.progress}
    if render.error is not None:
        about["error"] = render.error
    return about


def _output(render: Render, url: str | None) -> dict[str, Any]:
    if url is None:
        return {}
    film = {"url": url, "duration": render.duration, "size": render.size}
    return {"output": film}


def _object(body: Any) -> Mapping[str, Any]:
    if not isinstance(body, dict):
        raise _invalid("the body must be a JSON object, with Content-Type: application/json")
    return body


def _message(body: Any) -> tuple[str, str]:
    """Return session id and text of a run_sse body, which is snake_case to the letter."""
    fields = _object(body)
    if fields.get("app_name") != "nemo_agent" or fields.get("user_id") != "me":
        raise _invalid('app_name must be "nemo_agent" and user_id "me"')
    session_id, message = fields.get("session_id"), fields.get("new_message")
    if not isinstance(session_id, str):
        raise _invalid("session_id must be a string")
    if not isinstance(message, dict) or not isinstance(message.get("parts"), list):
        raise _invalid('new_message must be {"parts": [{"text": "…"}]}')
    parts = message["parts"]
    texts = [part["text"] for part in parts if isinstance(part, dict) and _has_text(part)]
    if not texts or len(texts) < len(parts):
        raise _invalid("new_message.parts must each have a text")
    # UTF-8 has no lone surrogates, JSON does: the service would not pass them on.
    return session_id, "\n".join(texts).encode("utf-8", "replace").decode()


def _has_text(part: Mapping[str, Any]) -> bool:
    return isinstance(part.get("text"), str)


def _invalid(message: str) -> RefusedError:
    return RefusedError(422, message)
