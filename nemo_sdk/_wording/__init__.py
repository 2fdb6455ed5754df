"""Phrases: what people say, and what the backend says to people."""

from ._interface import Action
from ._replies import CleanedReply, clean_reply
from ._requests import Intent, classify_request

__all__ = ["Action", "CleanedReply", "Intent", "classify_request", "clean_reply"]
