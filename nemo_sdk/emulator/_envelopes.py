"""The service's answers have had several wrappings; this module writes and opens each of them."""

import json
from collections.abc import Mapping
from typing import Any, Literal

from attrs import frozen

from ._answers import Answer, json_answer

Shapes = Literal["A", "B", "C"]

_RENDER_ID = {"A": "id", "B": "render_id", "C": "taskId"}
_STATUS_WITH_CODE = {1001: 401, 1010: 200, 1011: 200, 1002: 200, 2001: 200, 4001: 200, 4002: 200}
_BARE_STATUS = {1001: 401, 1010: 401, 1011: 401, 1002: 404, 2001: 400, 4001: 415, 4002: 413}


class RefusedError(Exception):
    """The service says no.

    Args:
        code: The service's own code, or an HTTP status.
        message: What it says.
        data: What else is known, for the envelopes that carry it.
        headers: Headers of the answer.
    """

    def __init__(
        self,
        code: int,
        message: str,
        *,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data
        self.headers = headers or {}


@frozen
class Envelopes:
    """The wrapping that this emulator uses where the contract knows several."""

    shape: Shapes = "A"

    def data(self, value: Mapping[str, Any], *, among: str = "ABC") -> Answer:
        """Wrap what an endpoint gives; `among` are its wrappings, the first for want of ours."""
        match self.shape_of(among):
            case "A":
                return json_answer({"code": 0, "message": "success", "data": value})
            case "B":
                return json_answer({"success": True, "data": value})
            case _:
                return json_answer(value)

    def shape_of(self, among: str) -> str:
        """Return the wrapping of an endpoint that has known these: ours, else the first."""
        return self.shape if self.shape in among else among[0]

    @property
    def render_id(self) -> str:
        """What a render's id is called where a render was taken in."""
        return _RENDER_ID[self.shape]

    def status(self, code: int) -> int:
        """Return the HTTP status that a refusal with a code comes with."""
        known = _STATUS_WITH_CODE if self.shape == "A" else _BARE_STATUS
        return known.get(code, code)

    def refusal(self, error: RefusedError) -> Answer:
        """Wrap a refusal: a code on some HTTP status, a sentence, or the status alone."""
        code, headers, status = error.code, error.headers, self.status(error.code)
        match self.shape:
            case "A":
                body = {"code": code, "message": error.message, "data": error.data}
                return json_answer(body, status=status, headers=headers)
            case "B":
                body = {"success": False, "error": error.message, "code": str(code)}
                return json_answer(body, status=status, headers=headers)
            case "C":
                body = {"detail": error.message}
                if code == 2001:  # no HTTP status says it
                    body["code"] = str(code)
                return json_answer(body, status=status, headers=headers)


@frozen
class Opened:
    """An answer out of its wrapping.

    Attributes:
        ok: Whether the service did what it was asked.
        code: What it refused with: its own code or the HTTP status; "" where it did not.
        message: Its words for that.
        data: What it gave.
    """

    ok: bool
    code: str
    message: str
    data: Any


def opened(status: int, raw: bytes) -> Opened:
    """Return an answer out of whichever wrapping it has, JSON or not."""
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        body = None
    fields = body if isinstance(body, dict) else {}
    code = str(fields.get("code", ""))
    if status < 400 and code in {"", "0"} and fields.get("success", True):
        wrapped = "data" in fields and ("code" in fields or "success" in fields)
        return Opened(True, "", "", fields["data"] if wrapped else body)
    words = (fields.get(name) for name in ("message", "msg", "error", "detail"))
    said = next((word for word in words if isinstance(word, str) and word), "")
    return Opened(False, code if code not in {"", "0"} else str(status), said, fields.get("data"))
