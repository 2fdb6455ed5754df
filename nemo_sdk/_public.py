"""The public names: `nemo_sdk` hands them out, and loads this with the first of them."""

from ._auth.token_store import FileTokenStore, MemoryTokenStore, TokenStore
from ._client import NemoClient
from ._config.attribution import Attribution
from ._generation.generation import Generation
from ._notebook.tracebacks import shorten as _shorten
from ._protocol.message import decode_prompt
from ._render import Render
from ._session import Session
from ._transfer.film_name import file_name
from ._transfer.target import check_target
from ._turn import Turn
from ._version import __version__
from ._video import Video
from ._wording import Request, classify_request, clean_reply
from ._wording.languages import detect_language
from .events import (
    DownloadProgress,
    Event,
    Heartbeat,
    RenderProgress,
    StateChanged,
    StillWorking,
    TextDelta,
    Thought,
    ToolCall,
    ToolResult,
    UnknownEvent,
    UploadProgress,
)
from .exceptions import (
    APIError,
    AuthenticationError,
    BadRequestError,
    DownloadError,
    ExportBlockedError,
    FileTooLargeError,
    InsufficientCreditsError,
    InvalidResponseError,
    NemoError,
    NothingToExportError,
    OutcomeUnknownError,
    RateLimitError,
    RenderCancelledError,
    RenderError,
    RenderFailedError,
    RenderTimeoutError,
    RequestTimeoutError,
    ServerError,
    SessionNotFoundError,
    TransportError,
    TurnError,
    TurnTimeoutError,
    UnsupportedFileTypeError,
)
from .models import (
    Account,
    AnonymousToken,
    Checkpoint,
    Credits,
    Format,
    MediaFile,
    Progress,
    Quality,
    Question,
    Reply,
    State,
    Timing,
    Upload,
)
from .timeline import Segment, Timeline, Track

__all__ = [
    "APIError",
    "Account",
    "AnonymousToken",
    "Attribution",
    "AuthenticationError",
    "BadRequestError",
    "Checkpoint",
    "Credits",
    "DownloadError",
    "DownloadProgress",
    "Event",
    "ExportBlockedError",
    "FileTokenStore",
    "FileTooLargeError",
    "Format",
    "Generation",
    "Heartbeat",
    "InsufficientCreditsError",
    "InvalidResponseError",
    "MediaFile",
    "MemoryTokenStore",
    "NemoClient",
    "NemoError",
    "NothingToExportError",
    "OutcomeUnknownError",
    "Progress",
    "Quality",
    "Question",
    "RateLimitError",
    "Render",
    "RenderCancelledError",
    "RenderError",
    "RenderFailedError",
    "RenderProgress",
    "RenderTimeoutError",
    "Reply",
    "Request",
    "RequestTimeoutError",
    "Segment",
    "ServerError",
    "Session",
    "SessionNotFoundError",
    "State",
    "StateChanged",
    "StillWorking",
    "TextDelta",
    "Thought",
    "Timeline",
    "Timing",
    "TokenStore",
    "ToolCall",
    "ToolResult",
    "Track",
    "TransportError",
    "Turn",
    "TurnError",
    "TurnTimeoutError",
    "UnknownEvent",
    "UnsupportedFileTypeError",
    "Upload",
    "UploadProgress",
    "Video",
    "__version__",
    "check_target",
    "classify_request",
    "clean_reply",
    "decode_prompt",
    "detect_language",
    "file_name",
]

_shorten(NemoError)
