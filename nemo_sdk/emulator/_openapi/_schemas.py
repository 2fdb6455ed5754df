"""The things that the service's answers and bodies are made of, as JSON schemas."""

from typing import Any

Schema = dict[str, Any]

STRING: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
DIGITS: Schema = {"type": "string", "pattern": "^[0-9]+$"}


def record(required: str = "", **fields: Schema) -> Schema:
    """Return an object's schema; `required` names its certain fields. It may hold others too."""
    schema: Schema = {"type": "object", "properties": fields}
    return schema | ({"required": required.split()} if required else {})


def array(items: Schema, **limits: Any) -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": items, **limits}


def ref(name: str) -> Schema:
    """Return a reference to one of `SCHEMAS`."""
    return {"$ref": f"#/components/schemas/{name}"}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


SCHEMAS: dict[str, Schema] = {
    "Token": record(
        "token user_id expires_at credits",
        token={"type": "string", "pattern": "^nmv_usr_"},
        user_id={"type": "string", "pattern": "^anon_"},
        expires_at={"type": "string", "format": "date-time"},
        credits=NUMBER,
    ),
    "Claim": record(
        "claim_token expires_in",
        claim_token={"type": "string", "pattern": "^clm_"},
        expires_in={"type": "integer", "description": "In seconds."},
    ),
    "Balance": record(
        "available frozen total",
        available=NUMBER,
        frozen=NUMBER | {"description": "Reserved for work in progress."},
        total=NUMBER,
    ),
    "MediaFile": record(
        "filename file_type cdn_url",
        filename=STRING,
        file_type={"enum": ["video", "image", "audio"]},
        cdn_url=STRING,
        duration=NUMBER | {"description": "In seconds."},
        width={"type": "integer"},
        height={"type": "integer"},
        fps=NUMBER,
        hash=STRING,
        size={"type": "integer"},
    ),
    "Upload": record(
        "files session_state_applied",
        files=array(ref("MediaFile"), minItems=1),
        session_state_applied={"type": "boolean"},
    ),
    "Segment": record(d=NUMBER | {"description": "In milliseconds."}, m={"type": "object"}),
    "Track": record(
        tt={"type": "integer", "description": "0 video, 1 audio, 7 text."},
        sg=array(ref("Segment")),
    ),
    "Draft": record("t", t=array(ref("Track"), contains=record("sg", sg=array({}, minItems=1))))
    | {"description": "A timeline. What is not listed belongs to the service: send it back whole."},
    "State": record(
        "session_id task_id task_name state",
        session_id=DIGITS,
        task_id=DIGITS,
        task_name=STRING,
        user_id=STRING,
        state=record(
            draft=_or_null({"type": "object"}),
            video_infos=_or_null(array({"type": "object"})),
            generated_media=_or_null(array({"type": "object"})),
            canvas_config=_or_null({"type": "object"}),
            video_analyses={},
        ),
    ),
    "Progress": record(
        "status progress",
        status={"enum": ["pending", "processing", "completed", "failed", "cancelled"]},
        progress={"type": "number", "minimum": 0, "maximum": 1},
        error=STRING,
    ),
    "Film": record(
        "url duration size",
        url={"type": "string", "format": "uri"},
        duration=NUMBER | {"description": "In seconds."},
        size={"type": "integer", "description": "In bytes."},
    ),
    "Message": record(
        "app_name user_id session_id new_message",
        app_name={"const": "nemo_agent"},
        user_id={"const": "me"},
        session_id=STRING,
        new_message=record("parts", parts=array(record("text", text=STRING), minItems=1)),
    ),
    "StreamEvent": record(data=STRING)
    | {"description": "One server-sent event: its data is JSON, or a sign of life."},
    "SessionOrder": record(task_name=STRING, language=STRING),
    "ClaimOrder": record("task_id session_id", task_id=STRING, session_id=STRING),
    "UrlsOrder": record(
        "urls source_type",
        urls=array({"type": "string", "format": "uri"}, minItems=1),
        source_type={"const": "url"},
    ),
    "FilesOrder": record("files", files=array({"type": "string", "format": "binary"}, minItems=1)),
    "RenderOrder": record(
        "id sessionId draft",
        id={
            "type": "string",
            "minLength": 1,
            "description": "The caller's own, a new one.",
        },
        sessionId=STRING,
        draft=ref("Draft"),
        output=record(
            format={"enum": ["mp4", "mov", "mkv", "avi", "webm"]},
            quality={"enum": ["low", "medium", "high"]},
        ),
    ),
}
