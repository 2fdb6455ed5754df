"""The description itself: paths, operations and what they share."""

from typing import Any

from nemo_sdk.emulator._envelopes import Envelopes, Shapes
from nemo_sdk.emulator._service import ATTRIBUTION

from ._answers import Answers
from ._schemas import DIGITS, SCHEMAS, STRING, Schema, record, ref

_SESSION_PATH = "nemo_agent/me/{session_id}"
_RENDER_PATH = "/api/render/proxy/lambda"


def document(shapes: Shapes, base_url: str, version: str) -> dict[str, Any]:
    """Return the OpenAPI 3.1 description of the emulated service.

    Args:
        shapes: The wrapping of answers, which decides their schemas.
        base_url: Where the service is.
        version: Of the description.
    """
    answers = Answers(Envelopes(shapes))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "NemoVideo",
            "version": version,
            "description": "The NemoVideo service, as this emulator of it answers.",
        },
        "servers": [{"url": base_url}],
        "security": [{"bearer": []}],
        "paths": _account_paths(answers) | _session_paths(answers) | _render_paths(answers),
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _account_paths(answers: Answers) -> dict[str, Any]:
    client_id = _header("X-Client-Id", STRING | {"minLength": 1, "maxLength": 64}, required=True)
    anonymous = _operation(
        "anonymous_token",
        "A token for a user without an account, one a client in 7 days.",
        answers.json(ref("Token"), 400, 422, 429, among="A"),
        parameters=[client_id],
    )
    claim = _operation(
        "claim_token",
        "A token that opens a project in a browser.",
        answers.json(ref("Claim"), 422, 1001, 1002, among="A"),
        body=ref("ClaimOrder"),
    )
    balance = _operation("balance", "The credits.", answers.json(ref("Balance"), 1001, among="AC"))
    return {
        "/api/auth/anonymous-token": {"post": anonymous | {"security": []}},
        "/api/auth/claim-token": {"post": claim},
        "/api/credits/balance/simple": {"get": balance},
    }


def _session_paths(answers: Answers) -> dict[str, Any]:
    create = _operation(
        "create_session",
        "Begins a session.",
        answers.json(_made(answers), 422, 1001, among="AC", links=_links_of_session(answers)),
        body=ref("SessionOrder"),
    )
    run = _operation(
        "run_sse",
        "A message to the agent. The answer is a stream of events, which may be charged for.",
        _with_validation(
            answers.body("text/event-stream", ref("StreamEvent"), 422, 1001, 1002, 2001)
        ),
        body=ref("Message"),
    )
    upload = _operation(
        "upload",
        "Files, or addresses of files, for a session.",
        answers.json(ref("Upload"), 422, 1001, 1002, 4001, 4002, among="A"),
        parameters=[_path("session_id")],
        body=ref("UrlsOrder"),
    )
    upload["requestBody"]["content"]["multipart/form-data"] = {"schema": ref("FilesOrder")}
    state = _operation(
        "state",
        "What a session holds, its draft among it.",
        answers.json(ref("State"), 1001, 1002, among="A"),
        parameters=[_path("session_id")],
    )
    return {
        "/api/tasks/me/with-session/nemo_agent": {"post": create},
        "/run_sse": {"post": run},
        f"/api/upload-video/{_SESSION_PATH}": {"post": upload},
        f"/api/state/{_SESSION_PATH}/latest": {"get": state},
    }


def _render_paths(answers: Answers) -> dict[str, Any]:
    render_id = _path("render_id")
    shape, id_name = answers.envelopes.shape, answers.envelopes.render_id
    accepted = _render(id_name)
    links = {
        name: _link(name, render_id=f"$response.body#{_inside(answers, 'ABC')}/{id_name}")
        for name in ("render_status", "cancel_render", "download")
    }
    submit = _operation(
        "submit_render",
        "Renders a draft into a film. Free of charge.",
        answers.json(accepted, 402, 409, 422, 1001, 1002, links=links),
        body=ref("RenderOrder"),
        attribution_required=True,
    )
    status = _operation(
        "render_status",
        "How far a render is. Each answer has a link to the film that is good from then on.",
        answers.json(_status(shape), 404, 1001, among="B" if shape == "B" else "C"),
        parameters=[render_id],
    )
    cancel = _operation(
        "cancel_render",
        "Cancels a render that has not ended.",
        answers.json(accepted, 404, 409, 1001),
        parameters=[render_id],
    )
    film = {"type": "string", "format": "binary"}
    download = _operation(
        "download",
        "The film itself.",
        answers.body("video/*", film, 404, 1001),
        parameters=[render_id],
    )
    return {
        _RENDER_PATH: {"post": submit},
        _RENDER_PATH + "/{render_id}": {"get": status},
        _RENDER_PATH + "/{render_id}/cancel": {"post": cancel},
        "/api/render/proxy/{render_id}/download": {"get": download},
    }


def _operation(
    name: str,
    words: str,
    responses: dict[str, Any],
    *,
    parameters: list[Schema] | None = None,
    body: Schema | None = None,
    attribution_required: bool = False,
) -> dict[str, Any]:
    some = STRING | {"minLength": 1}
    headers = [_header(header, some, required=attribution_required) for header in ATTRIBUTION]
    operation: dict[str, Any] = {
        "operationId": name,
        "description": words,
        "parameters": [*(parameters or []), *headers],
        "responses": responses,
    }
    if body is not None:
        content = {"application/json": {"schema": body}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _header(name: str, schema: Schema, *, required: bool) -> Schema:
    return {"name": name, "in": "header", "required": required, "schema": schema}


def _path(name: str) -> Schema:
    schema = STRING | {"minLength": 1}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _made(answers: Answers) -> Schema:
    number = {"type": "integer"}
    ids = number if answers.envelopes.shape == "C" else DIGITS
    return record("task_id session_id", task_id=ids, session_id=ids, user_id=STRING)


def _render(id_name: str) -> Schema:
    return {"allOf": [ref("Progress"), record(id_name, **{id_name: STRING})]}


def _status(shape: Shapes) -> Schema:
    if shape == "B":
        return {"allOf": [ref("Progress"), record(outputUrl={"type": "string", "format": "uri"})]}
    return {"allOf": [ref("Progress"), record("taskId", taskId=STRING, output=ref("Film"))]}


def _with_validation(responses: dict[str, Any]) -> dict[str, Any]:
    """Give /run_sse the 422 of its web framework, which is in none of the wrappings."""
    detail = {"type": "array", "items": record("msg", msg=STRING)}
    content = {"application/json": {"schema": record("detail", detail=detail)}}
    return responses | {"422": {"description": "The body is not valid.", "content": content}}


def _links_of_session(answers: Answers) -> dict[str, Any]:
    found = f"$response.body#{_inside(answers, 'AC')}/"
    session_id, task_id = f"{found}session_id", f"{found}task_id"
    message = {
        "app_name": "nemo_agent",
        "user_id": "me",
        "session_id": session_id,
        "new_message": {"parts": [{"text": "a cat in the snow"}]},
    }
    order = {
        "id": session_id,
        "sessionId": session_id,
        "draft": {"t": [{"tt": 0, "sg": [{"d": 1000, "m": {"title": "a cat"}}]}]},
    }
    return {
        "state": _link("state", session_id=session_id),
        "upload": _link("upload", session_id=session_id),
        "run_sse": _link("run_sse") | {"requestBody": message},
        "submit_render": _link("submit_render") | {"requestBody": order},
        "claim_token": _link("claim_token")
        | {"requestBody": {"task_id": task_id, "session_id": session_id}},
    }


def _link(operation: str, **parameters: str) -> dict[str, Any]:
    return {"operationId": operation} | ({"parameters": parameters} if parameters else {})


def _inside(answers: Answers, among: str) -> str:
    return "" if answers.envelopes.shape_of(among) == "C" else "/data"
