"""The service's contract as data: an OpenAPI 3.1 description of what this emulator answers."""

from ._document import document

__all__ = ["document"]
