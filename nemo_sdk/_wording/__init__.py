"""Phrases: what people say, and what the backend says to people."""

from ._replies import CleanedReply, clean_reply
from ._requests import Intent, Request, classify_request

__all__ = [
    "CleanedReply",
    "Intent",
    "Request",
    "classify_request",
    "clean_reply",
]
