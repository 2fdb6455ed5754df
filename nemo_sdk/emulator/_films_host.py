"""The films' own host: another origin, without tokens, with links that may expire."""

import hmac
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from aiohttp import web
from attrs import define, field

from ._answers import Answer, json_answer
from ._clock import Clock
from ._records import Call
from ._serving import file_answer


@define(eq=False)
class FilmsHost:
    """Serves films and uploaded files to whoever has the link."""

    clock: Clock
    secret: bytes
    lifetime: float | None = None
    media_files: Mapping[str, Path] = field(factory=dict)
    url: str = ""
    _films: dict[str, Path] = field(factory=dict, init=False)

    def link(self, render_id: str, path: Path) -> str:
        """Return a film's address, good from now on for the host's lifetime of links."""
        film = self._signature(render_id)[:24] + path.suffix
        self._films[film] = path
        query = ""
        if self.lifetime is not None:
            until = (self.clock.now() + timedelta(seconds=self.lifetime)).timestamp()
            query = f"?Expires={until}&Signature={self._signature(f'{film}:{until}')}"
        return f"{self.url}/films/{film}{query}"

    async def film(self, request: web.Request, call: Call) -> Answer:
        """Answers a request for a film."""
        name = request.match_info["name"]
        if self.lifetime is not None and not self._still_good(name, request.query):
            return json_answer({"error": "AccessDenied: the link has expired"}, status=403)
        path = self._films.get(name)
        if path is None:
            return json_answer({"error": "NoSuchKey"}, status=404)
        return file_answer(path, request.headers)

    async def media(self, request: web.Request, call: Call) -> Answer:
        """Answers a request for an uploaded file."""
        path = self.media_files.get(request.match_info["media_id"])
        if path is None:
            return json_answer({"error": "NoSuchKey"}, status=404)
        return file_answer(path, request.headers)

    def _still_good(self, name: str, query: Mapping[str, str]) -> bool:
        until, signature = query.get("Expires", ""), query.get("Signature", "")
        if not hmac.compare_digest(signature.encode(), self._signature(f"{name}:{until}").encode()):
            return False
        return self.clock.now().timestamp() < float(until)

    def _signature(self, text: str) -> str:
        return hmac.new(self.secret, text.encode(), "sha256").hexdigest()
