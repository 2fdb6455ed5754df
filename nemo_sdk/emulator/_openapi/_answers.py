"""What an endpoint may answer, in the wrapping that the emulator uses."""

from typing import Any

from attrs import frozen

from nemo_sdk.emulator._envelopes import Envelopes

from ._schemas import STRING, Schema, record

RETRY_AFTER = {
    "Retry-After": {"description": "Seconds.", "schema": {"type": "string", "pattern": "^[0-9]+$"}}
}
MEANINGS = {
    400: "a header is missing",
    402: "exports are blocked for the free plan",
    404: "there is no such render",
    409: "the render's state does not allow it, or its id was used before",
    422: "the body or a header is not what it must be",
    429: "too many anonymous tokens: `Retry-After` says how long to wait",
    1001: "the token is invalid or has expired",
    1002: "there is no such session",
    2001: "out of credits",
    4001: "the file's type is not supported",
    4002: "the file is too large",
}


@frozen
class Answers:
    """Writes the `responses` of operations.

    Attributes:
        envelopes: The wrapping.
    """

    envelopes: Envelopes

    def json(
        self, value: Schema, *codes: int, among: str = "ABC", links: Any = None
    ) -> dict[str, Any]:
        """Return the responses of an endpoint that answers JSON.

        Args:
            value: What it gives.
            codes: Its refusals: the service's own codes, or HTTP statuses.
            among: The wrappings that the contract knows for it.
            links: OpenAPI links of its success.
        """
        success = _json("Done.", self._wrapped(value, among))
        if links:
            success["links"] = links
        return self._with_refusals(success, codes)

    def body(self, media_type: str, schema: Schema, *codes: int) -> dict[str, Any]:
        """Return the responses of an endpoint that answers with something else than JSON."""
        success = {"description": "Done.", "content": {media_type: {"schema": schema}}}
        return self._with_refusals(success, codes)

    def _with_refusals(self, success: dict[str, Any], codes: tuple[int, ...]) -> dict[str, Any]:
        responses = {"200": success}
        for status in sorted({self.envelopes.status(code) for code in codes}):
            same = [code for code in codes if self.envelopes.status(code) == status]
            refusal = self._refusal(same)
            if status == 200:
                _add_alternative(success, refusal)
            else:
                words = "; ".join(MEANINGS[code] for code in same)
                responses[str(status)] = _json(words[0].upper() + words[1:] + ".", refusal)
        if "429" in responses:
            responses["429"]["headers"] = RETRY_AFTER
        return responses

    def _wrapped(self, value: Schema, among: str) -> Schema:
        match self.envelopes.shape_of(among):
            case "A":
                return record("code data", code={"const": 0}, message=STRING, data=value)
            case "B":
                return record("success data", success={"const": True}, data=value)
            case _:
                return value

    def _refusal(self, codes: list[int]) -> Schema:
        match self.envelopes.shape:
            case "A":
                return record("code message", code={"enum": codes}, message=STRING, data={})
            case "B":
                wanted = [str(code) for code in codes]
                failed = {"const": False}
                return record("success error", success=failed, error=STRING, code={"enum": wanted})
            case "C":
                return record("detail", detail={"type": ["string", "array"]}, code=STRING)


def _json(words: str, schema: Schema) -> dict[str, Any]:
    return {"description": words, "content": {"application/json": {"schema": schema}}}


def _add_alternative(success: dict[str, Any], refusal: Schema) -> None:
    """Lets a 200 be a refusal too, which its code tells apart."""
    content = success["content"]
    success["description"] = "Done, or refused with a code."
    if "application/json" in content:
        content["application/json"] = {
            "schema": {"oneOf": [content["application/json"]["schema"], refusal]}
        }
    else:
        content["application/json"] = {"schema": refusal}
