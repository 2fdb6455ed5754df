"""Uploads: files received, checked, measured and kept for the films to come."""

import asyncio
import hashlib
import random
import shutil
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO
from urllib.parse import quote, urlsplit

from aiohttp import BodyPartReader, MultipartReader, web
from aiohttp.http_exceptions import HttpProcessingError
from attrs import define, field

from ._envelopes import RefusedError
from ._probe import UnreadableError, probe
from ._sessions import Session

TYPES = {
    "video": ("mp4", "mov", "avi", "webm", "mkv"),
    "image": ("jpg", "jpeg", "png", "gif", "webp"),
    "audio": ("mp3", "wav", "m4a", "aac"),
}
_PIECE = 1024 * 1024


@define
class _Received:
    media_id: str
    path: Path
    described: dict[str, Any]


@define(eq=False)
class Uploads:
    """The upload endpoint's work."""

    rng: random.Random
    limit: int
    folder: Path = Path()
    films_url: str = ""
    paths: dict[str, Path] = field(factory=dict)

    async def receive(
        self, request: web.BaseRequest, session: Session, parts: list[dict[str, Any]]
    ) -> list[dict[str, Any]]:
        """Take a multipart body; all of its files, or, where one is refused, none.

        Args:
            request: The request, its body unread.
            session: Where the files belong.
            parts: Filled with what the parts were, for the records.
        """
        received: list[_Received] = []
        try:
            reader = await request.multipart()
            while (part := await _next_file(reader)) is not None:
                received.append(await self._receive(part, session, parts))
        except (ValueError, HttpProcessingError) as error:
            raise RefusedError(422, f"not a multipart body: {error}") from error
        if not received:
            raise RefusedError(422, "no files: send them in the field “files”")
        for file in received:
            session.media[file.media_id] = self.paths[file.media_id] = file.path
            self._keep(session, file.media_id, file.described)
        return [file.described for file in received]

    def take_urls(self, session: Session, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Take addresses of files, typed by their extensions; nothing is fetched."""
        urls = body.get("urls")
        if body.get("source_type") != "url" or not isinstance(urls, list) or not urls:
            raise RefusedError(422, 'send {"urls": ["https://…"], "source_type": "url"}')
        files = []
        for url in urls:
            name = PurePosixPath(urlsplit(str(url)).path).name
            files.append(
                {"filename": name, "file_type": type_of(name), "cdn_url": url, "source_url": url}
            )
        for file in files:
            self._keep(session, self._media_id(), file)
        return files

    async def _receive(
        self, part: BodyPartReader, session: Session, parts: list[dict[str, Any]]
    ) -> _Received:
        name = PurePosixPath((part.filename or "").replace("\\", "/")).name
        noted = {
            "field": part.name,
            "filename": part.filename,
            "content_type": part.headers.get("Content-Type"),
            "size": 0,
        }
        parts.append(noted)
        file_type = type_of(name)
        media_id = self._media_id()
        path = self.folder / media_id / f"file{PurePosixPath(name.lower()).suffix}"
        path.parent.mkdir()
        try:
            digest, noted["size"] = await self._store(part, path)
            facts = await asyncio.to_thread(probe, path, file_type)
        except BaseException as error:
            await asyncio.to_thread(shutil.rmtree, path.parent)
            if isinstance(error, UnreadableError):
                raise RefusedError(4001, f"Unsupported file: {name}: {error}") from error
            raise
        url = f"{self.films_url}/media/{media_id}/{quote(name)}"
        described = {"filename": name, "file_type": file_type, "cdn_url": url, **facts}
        return _Received(media_id, path, {**described, "hash": digest, "size": noted["size"]})

    async def _store(self, part: BodyPartReader, path: Path) -> tuple[str, int]:
        digest, size = hashlib.sha256(), 0
        with path.open("wb") as file:
            while piece := await part.read_chunk(_PIECE):
                size += len(piece)
                if size > self.limit:
                    raise RefusedError(
                        4002, f"File too large: the limit is {self.limit // 1_000_000} MB"
                    )
                await asyncio.to_thread(_add, piece, file, digest)
        return digest.hexdigest(), size

    def _keep(self, session: Session, media_id: str, described: dict[str, Any]) -> None:
        session.uploads[media_id] = described
        infos = session.state.get("video_infos") or []
        session.change({"video_infos": [*infos, {"id": media_id, **described}]})

    def _media_id(self) -> str:
        return f"media_{self.rng.getrandbits(48):012x}"


def type_of(name: str) -> str:
    """Return `video`, `image` or `audio` for a file name, or refuse with 4001."""
    extension = PurePosixPath(name.lower()).suffix.lstrip(".")
    for file_type, extensions in TYPES.items():
        if extension in extensions:
            return file_type
    accepted = ", ".join(extension for kind in TYPES.values() for extension in kind)
    raise RefusedError(4001, f"Unsupported file type: {name or 'no name'}. Accepted: {accepted}")


def _add(piece: bytes, file: BinaryIO, digest: "hashlib._Hash") -> None:
    file.write(piece)
    digest.update(piece)


async def _next_file(reader: MultipartReader) -> BodyPartReader | None:
    while (part := await reader.next()) is not None:
        if isinstance(part, BodyPartReader) and part.name == "files":
            return part
    return None
