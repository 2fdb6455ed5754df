"""The other end of the transfers: as lean as asyncio gets, so that the clients are the limit."""

import asyncio
import json
from multiprocessing.connection import Connection
from typing import cast

MB = 1024**2
_PIECE = bytes(1 * MB)
_UPLOADED = json.dumps({"code": 0, "data": {"files": [{"filename": "film.wav"}]}}).encode()


async def serve(connection: Connection) -> None:
    """Take any upload, and give films: /film/7 has seven megabytes."""
    server = await asyncio.get_running_loop().create_server(_Peer, "127.0.0.1", 0, backlog=512)
    host, port = server.sockets[0].getsockname()
    connection.send(f"http://{host}:{port}")


class _Peer(asyncio.BufferedProtocol):
    """One connection. What is uploaded lands in one buffer, again and again."""

    def __init__(self) -> None:
        self._buffer = bytearray(MB)
        self._head = bytearray()
        self._missing = 0
        self._film = 0
        self._writable = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def get_buffer(self, sizehint: int) -> bytearray:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        if self._missing:
            self._take(nbytes)
            return
        self._head += self._buffer[:nbytes]
        head, end, rest = self._head.partition(b"\r\n\r\n")
        if end:
            self._head.clear()
            self._begin(head.decode("latin-1"), len(rest))

    def pause_writing(self) -> None:
        self._writable = False

    def resume_writing(self) -> None:
        self._writable = True
        self._give()

    def _begin(self, head: str, received: int) -> None:
        request, *lines = head.split("\r\n")
        method, path, _ = request.split(" ")
        headers = {
            name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)
        }
        if method == "POST":
            self._missing = int(headers["content-length"])
            if "expect" in headers:
                self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self._take(received)
        elif path.startswith("/film/"):
            self._film = int(path.removeprefix("/film/"))
            self._answer_head(self._film * MB, "video/mp4")
            self._give()
        else:
            size = path.rpartition("/")[2]
            host = headers["host"]
            output = {"url": f"http://{host}/film/{size}", "duration": 1, "size": int(size) * MB}
            self._answer(json.dumps({"status": "completed", "output": output}).encode())

    def _take(self, received: int) -> None:
        self._missing -= received
        if self._missing == 0:
            self._answer(_UPLOADED)

    def _give(self) -> None:
        while self._film and self._writable:
            self._film -= 1
            self._transport.write(_PIECE)

    def _answer(self, body: bytes) -> None:
        self._answer_head(len(body), "application/json")
        self._transport.write(body)

    def _answer_head(self, length: int, content_type: str) -> None:
        self._transport.write(
            f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\n"
            f"Content-Length: {length}\r\n\r\n".encode()
        )
