"""Whole films only: whatever a server does, a part or a page is never saved as the film."""

import asyncio
import gzip
import itertools
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from studio import ETAG, TIMING, open_studio, part, status, video_of, whole
from wire import Answer, bytes_of, everything_in, server

from nemo_sdk import DownloadError, NemoClient
from nemo_sdk._transfer import film_version

FILM = os.urandom(102_412)
DIGITS = b"9" * 5000
Give = Callable[[web.Request], Awaitable[web.StreamResponse]]


PART = b"Content-Range: bytes 0-99/102412"


def ok(body: bytes, *lines: bytes, framed: bool = True) -> Answer:
    """A 200 with these header lines."""
    length = b"Content-Length: %d" % len(body)
    head = [b"HTTP/1.1 200 OK", *([length] if framed else []), *lines, b"Connection: close"]
    return bytes_of(b"\r\n".join([*head, b"", body]))


def piece(content_range: bytes, body: bytes, *lines: bytes) -> Answer:
    """A 206 with these header lines."""
    told = b"Content-Range: bytes %s\r\nContent-Length: %d" % (content_range, len(body))
    head = [b"HTTP/1.1 206 Partial Content", told, *lines, b"Connection: close"]
    return bytes_of(b"\r\n".join([*head, b"", body]))


def chunked(*chunks: bytes, ends: bool = True) -> bytes:
    framed = [b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks]
    return b"".join([*framed, b"0\r\n\r\n" if ends else b""])


def to(location: bytes) -> Answer:
    """A redirect."""
    return bytes_of(b"HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % location)


CHUNKED = b"Transfer-Encoding: chunked"
NO_FILM: dict[str, Answer] = {
    "part without its place": bytes_of(
        b"HTTP/1.1 206 Partial Content\r\nContent-Length: 100\r\n\r\n" + FILM[:100]
    ),
    "part from the middle": piece(b"100-199/102412", FILM[100:200]),
    "part longer than it says": piece(b"0-99/102412", FILM),
    "part beyond the end": piece(b"0-102411/100", FILM),
    "part backwards": piece(b"99-0/102412", FILM[:100]),
    "part again and again": piece(b"0-99/102412", FILM[:100]),
    "part with 5,000 digits": piece(b"0-%s/%s" % (DIGITS, DIGITS), FILM),
    "part that is called whole": ok(FILM[:100], PART),
    "parts of several": piece(b"0-99/102412", FILM[:100], b"Content-Type: multipart/byteranges"),
    "part of no known length that has no rest": piece(b"0-99/*", FILM[:100]),
    "chunks that break": ok(chunked(FILM[:999], ends=False), CHUNKED, framed=False),
    "chunks that are none": ok(b"zz\r\n" + FILM, CHUNKED, framed=False),
    "an end that nothing tells": ok(FILM[:999], framed=False),
    "gzip": ok(gzip.compress(FILM), b"Content-Encoding: gzip"),
    "gzip that is cut": ok(gzip.compress(FILM)[:999], b"Content-Encoding: gzip"),
    "gzip below identity": ok(FILM, b"Content-Encoding: identity", b"Content-Encoding: gzip"),
    "brotli": ok(FILM, b"Content-Encoding: br"),
    "coding of no name": ok(FILM, b"Content-Encoding: aws-chunked"),
    "coding of the transfer": ok(
        chunked(gzip.compress(FILM)), b"Transfer-Encoding: gzip, chunked", framed=False
    ),
    "JSON": ok(b'{"code": 1001, "message": "expired"}', b"Content-Type: video/mp4"),
    "JSON after spaces": ok(b" \r\n" * 50 + b'{"detail": "gone"}' + b" " * 999),
    "JSON of nothing": ok(b"{}"),
    "JSON list": ok(b'["gone"]', b"Content-Type: video/mp4"),
    "problem": ok(FILM, b"Content-Type: application/problem+json; charset=utf-8"),
    "XML": ok(b"<Error><Code>AccessDenied</Code></Error>", b"Content-Type: video/mp4"),
    "XML in UTF-16": ok('<?xml version="1.0"?><Error/>'.encode("utf-16")),
    "XML by its name": ok(FILM, b"Content-Type: application/atom+xml"),
    "page in small pieces": ok(
        chunked(*(bytes([one]) for one in b"<!DOCTYPE html><html>"), b"x" * 999),
        CHUNKED,
        framed=False,
    ),
    "page of five bytes": ok(b"<html"),
    "page in parts": piece(b"0-4/5", b"<html"),
    "nothing": ok(b""),
    "length of 5,000 digits": ok(FILM, b"Content-Length: " + DIGITS, framed=False),
    "length of a petabyte": ok(FILM, b"Content-Length: 1000000000000000", framed=False),
    "length that is too small": ok(FILM, b"Content-Length: 70000", framed=False),
    "length that is too large": ok(FILM, b"Content-Length: 102413", framed=False),
    "no content": bytes_of(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "part that nobody asked for": bytes_of(b"HTTP/1.1 416 No\r\nContent-Range: bytes */0\r\n\r\n"),
    "no HTTP": bytes_of(b"film"),
    "redirect to nowhere": to(b""),
    "redirect in a circle": to(b"/film"),
    "redirect to no host": to(b"http://"),
    "redirect to a port that is none": to(b"http://127.0.0.1:99999/"),
    "redirect to an empty label": to(b"http://a..b/film"),
    "redirect to a label of 64 letters": to(b"http://%s/film" % (b"a" * 64)),
    "redirect to a bracket": to(b"http://[::1/film"),
    "redirect to a file": to(b"file:///etc/passwd"),
    "redirect to bytes": to(b"http://\xff\xfe/"),
    "redirect to 5,000 digits": to(b"http://127.0.0.1:%s/" % DIGITS),
}


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Where the film is to be."""
    folder = tmp_path / "films"
    folder.mkdir()
    return folder / "cat.mp4"


@pytest.mark.parametrize("answer", NO_FILM.values(), ids=NO_FILM.keys())
async def test_what_is_no_whole_film_is_left_for_the_services_own(
    target: Path, answer: Answer
) -> None:
    """The film comes from the service, and where that has none, the error is ours alone."""
    async with server(answer) as place, open_studio(film=FILM) as studio:
        studio.addresses = [f"{place}/film"]
        async with video_of(studio) as video:
            await video.save(target)
        assert target.read_bytes() == FILM
        target.unlink()
        studio.downloads = [status(404)]
        async with video_of(studio) as video:
            with pytest.raises(DownloadError, match="; the service's own download"):
                await video.save(target)
    assert list(target.parent.iterdir()) == []


def service(download: Answer) -> Answer:
    """A service whose render tells no address, so that its own download is all there is."""
    done = b'{"taskId": "r1", "status": "completed"}'
    told = bytes_of(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
        % (len(done), done)
    )

    async def answer(request: bytes, writer: asyncio.StreamWriter) -> None:
        await (told if b"/lambda/r1" in request else download)(request, writer)

    return answer


BUSY = {
    "429 for 5,000 digits": bytes_of(
        b"HTTP/1.1 429 Slow\r\nRetry-After: %s\r\nContent-Length: 0\r\n\r\n" % DIGITS
    ),
    "401": bytes_of(b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n"),
    "500 in a coding": bytes_of(
        b"HTTP/1.1 500 No\r\nContent-Encoding: gzip\r\nContent-Type: application/json\r\n"
        b"Content-Length: 4\r\n\r\nfilm"
    ),
}


@pytest.mark.parametrize("answer", [*NO_FILM.values(), *BUSY.values()], ids=[*NO_FILM, *BUSY])
async def test_no_whole_film_from_the_services_own_is_an_error_of_ours(
    target: Path, answer: Answer
) -> None:
    """The last place is as little trusted as the first, and its token goes nowhere else."""
    async with (
        server(service(answer)) as url,
        NemoClient("nmv_usr_secret", base_url=url, timing=TIMING) as client,
    ):
        video = await client.render("r1").wait()
        with pytest.raises(DownloadError) as caught:
            await video.save(target)
    assert "nmv_usr_secret" not in everything_in(caught.value)
    assert list(target.parent.iterdir()) == []


async def in_ranges(
    request: web.Request, film: bytes, step: int, status: int = 206, /, **headers: str
) -> web.Response:
    """As many bytes as this server likes, from where it is asked."""
    start = request.http_range.start or 0
    stop = min(start + step, len(film))
    told = {"Content-Range": f"bytes {start}-{stop - 1}/{len(film)}", **headers}
    return web.Response(status=status, body=film[start:stop], headers=told)


def ranges(film: bytes, step: int, **headers: str) -> Give:
    """Parts of a film, each of at most so many bytes, whatever is asked for."""
    return lambda request: in_ranges(request, film, step, **headers)


def broken(film: bytes, after: int) -> Give:
    """A film without a length that breaks off, from a server that has ranges afterwards."""

    async def answer(request: web.Request) -> web.StreamResponse:
        if "Range" in request.headers:
            return await in_ranges(request, film, 1000, ETag=ETAG)
        response = web.StreamResponse(headers={"ETag": ETAG})
        response.enable_chunked_encoding()
        await response.prepare(request)
        await response.write(film[:after])
        assert request.transport is not None
        request.transport.close()
        return response

    return answer


@pytest.mark.parametrize(
    "answer",
    [
        ranges(FILM, 100),
        ranges(FILM, 1000, ETag=ETAG),
        ranges(FILM, 1000, ETag="W/weak"),
        lambda request: in_ranges(request, FILM, 1000, 200),
        broken(FILM, 500),
        ranges(FILM, 50_000, Repr_Digest="sha-256=::"),
    ],
    ids=["100 bytes", "strong ETag", "weak ETag", "as 200", "after a broken 200", "empty checksum"],
)
async def test_parts_are_put_together_until_the_total_is_there(target: Path, answer: Give) -> None:
    """A server that gives little at once gives all of it in the end."""
    async with open_studio(answer, film=FILM) as studio, video_of(studio) as video:
        await video.save(target)
        assert b"".join([each async for each in video.stream()]) == FILM
        assert not studio.asked("/api/render/proxy/r1/download")
    assert target.read_bytes() == FILM


def unknown_total(film: bytes, step: int) -> Give:
    """Parts of a film whose length is told only to who asks for more than there is."""

    async def answer(request: web.Request) -> web.StreamResponse:
        start = request.http_range.start or 0
        if start >= len(film):
            return web.Response(status=416, headers={"Content-Range": f"bytes */{len(film)}"})
        response = await in_ranges(request, film, step)
        response.headers["Content-Range"] = response.headers["Content-Range"].split("/")[0] + "/*"
        return response

    return answer


@pytest.mark.parametrize("told", [None, len(FILM)])
async def test_parts_of_unknown_total_go_on_to_the_told_size_or_the_last(
    target: Path, told: int | None
) -> None:
    """An end counts only where somebody tells it: the render, or a 416."""
    async with open_studio(unknown_total(FILM, 40_000), film=FILM) as studio:
        studio.size = told
        async with video_of(studio) as video:
            await video.save(target)
        assert len(studio.asked()) == (3 if told else 4)
        assert not studio.asked("/api/render/proxy/r1/download")
    assert target.read_bytes() == FILM


OTHER = os.urandom(len(FILM))


@pytest.mark.parametrize(
    "then",
    [
        lambda request: in_ranges(request, OTHER + b"more", 1000),
        lambda request: in_ranges(request, OTHER, 1000, ETag='"two"'),
        lambda request: in_ranges(request, OTHER, 1000, ETag='W/"two"'),
        lambda request: in_ranges(
            request, OTHER, 1000, **{"Last-Modified": "Sun, 01 Mar 2026 10:00:01 GMT"}
        ),
        part(OTHER[:500], "bytes 500-999/102412"),
        part(OTHER[:500], "bytes 0-499/102412"),
        part(OTHER[:500], "bytes 1500-1999/102412"),
        status(416),
        status(416, Content_Range="bytes */1000"),
        status(416, "<Error/>", Content_Type="application/xml"),
    ],
    ids=[
        *("total", "ETag", "weak ETag", "date"),
        *("overlapping", "from the start", "a gap", "416", "416 with another end", "416 in XML"),
    ],
)
@pytest.mark.parametrize("size", [None, len(FILM)], ids=["no size", "size"])
@pytest.mark.parametrize("etag", [ETAG, ""], ids=["ETag", "no ETag"])
async def test_parts_that_do_not_fit_are_not_put_together(
    target: Path, then: Give, etag: str, size: int | None
) -> None:
    """What changes between two parts is another film, and the film comes anew."""
    date = {"Last-Modified": "Sun, 01 Mar 2026 10:00:00 GMT"}
    first = ranges(FILM, 1000, **({"ETag": etag} if etag else {}), **date)
    async with open_studio(first, then, whole(FILM), film=FILM) as studio:
        studio.size = size
        async with video_of(studio) as video:
            await video.save(target)
        assert len(studio.asked()) == 3
        assert not studio.asked("/api/render/proxy/r1/download")
    assert target.read_bytes() == FILM


async def test_server_that_never_fits_is_left_after_a_few_attempts(target: Path) -> None:
    """Progress is what counts: without any, the next place is asked."""
    turns = itertools.count()

    async def answer(request: web.Request) -> web.StreamResponse:
        return await in_ranges(request, FILM, 1000, ETag=f'"{next(turns)}"')

    async with open_studio(answer, film=FILM) as studio, video_of(studio) as video:
        await video.save(target)
    assert target.read_bytes() == FILM
    assert len(studio.asked()) < 10


def endless(**headers: str) -> tuple[list[int], Give]:
    """A body that never ends, and how much of it has left."""
    sent = [0]

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers=headers)
        response.enable_chunked_encoding()
        await response.prepare(request)
        while True:
            await response.write(b"\1" * 65536)
            sent[0] += 65536

    return sent, answer


@pytest.mark.parametrize("told", [300_000, None])
async def test_endless_body_is_cut_off(
    target: Path, told: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the size that the render told, else at a stated bound; and no part is saved."""
    monkeypatch.setattr(film_version, "LONGEST", 2_000_000)
    sent, answer = endless()
    async with open_studio(answer) as studio:
        studio.size, studio.downloads = told, [answer]
        async with video_of(studio) as video:
            with pytest.raises(DownloadError, match="more than the film can have"):
                await video.save(target)
    assert list(target.parent.iterdir()) == []
    assert sent[0] < 40_000_000


@pytest.mark.parametrize("film", [FILM[:-1], FILM + b"more"], ids=["less", "more"])
async def test_size_that_the_render_told_is_not_ignored(target: Path, film: bytes) -> None:
    """A film of another size at one address is left for the service's own."""
    async with open_studio(whole(film), film=FILM) as studio:
        studio.size = len(FILM)
        async with video_of(studio) as video:
            await video.save(target)
    assert target.read_bytes() == FILM


async def test_film_that_is_shorter_everywhere_is_no_film(target: Path) -> None:
    """It may have been cut where it lies."""
    async with open_studio(whole(FILM[:-1])) as studio:
        studio.size, studio.downloads = len(FILM), [whole(FILM[:-1])]
        async with video_of(studio) as video:
            with pytest.raises(DownloadError, match="102411 bytes in place of the 102412"):
                await video.save(target)
    assert list(target.parent.iterdir()) == []


async def test_larger_size_that_two_addresses_have_is_right(target: Path) -> None:
    """Whoever told the size was wrong, where the film itself says so twice."""
    async with open_studio(film=FILM) as studio:
        studio.size = 100
        async with video_of(studio) as video:
            await video.save(target)
    assert target.read_bytes() == FILM


@pytest.mark.parametrize(
    "location",
    [
        "/film/a%27b%2Fc%3d.mp4?sig=%2f%2B%7E~'()&x=a+b%20c",
        "/film/%C3%BC.mp4?name=\u00fc&sig=%27%3d",
        "../film/./%2e%2e/x.mp4",
    ],
)
async def test_redirects_are_followed_sign_for_sign(target: Path, location: str) -> None:
    """A signature covers an address as it stands in Location, hop by hop."""

    async def hop(_: web.Request) -> web.StreamResponse:
        return web.Response(status=307, headers={"Location": location})

    async with open_studio(hop, whole(FILM), film=FILM) as studio, video_of(studio) as video:
        await video.save(target)
    path = studio.asked()[-1].raw_path
    expected = location.replace("../", "/").replace("./", "", 1) if "../" in location else location
    assert path == expected.replace("\u00fc", "%C3%BC")
    assert target.read_bytes() == FILM


@pytest.mark.parametrize(("hops", "reached"), [(10, True), (11, False)])
async def test_so_many_redirects_are_followed(target: Path, hops: int, *, reached: bool) -> None:
    """Ten are enough for any film; what leads on and on is said to do so."""
    ways = [status(302, Location=f"/film/{number}") for number in range(hops)]
    async with open_studio(*ways, whole(FILM)) as studio, video_of(studio) as video:
        studio.downloads = [status(404)]
        if reached:
            await video.save(target)
        else:
            with pytest.raises(DownloadError, match="more than 10 redirects"):
                await video.save(target)


async def test_redirect_loop_is_said_to_be_one(target: Path) -> None:
    """Two addresses that lead to each other are asked once each."""
    ways = [status(302, Location=f"/film/{number}") for number in (1, 2, 1)]
    async with open_studio(*ways) as studio, video_of(studio) as video:
        studio.downloads = [status(404)]
        with pytest.raises(DownloadError, match="redirect loop"):
            await video.save(target)
    assert len(studio.asked()) == 3


@pytest.mark.parametrize(
    "line",
    [
        b"Content-Type: ;;;=\xff\xfe/" + DIGITS,
        b"Content-Type: text/plain",
        b"Content-Encoding: Identity",
        b"Content-Encoding:",
        b"Content-Range: bytes 0-0/1",
        b"ETag: \xff\xfe",
        b"Retry-After: " + DIGITS,
        b"Repr-Digest: sha-256=::",
        b"Content-MD5: " + DIGITS,
    ],
)
@pytest.mark.parametrize("own", [True, False], ids=["own address", "the service's own"])
async def test_odd_header_keeps_nobody_from_the_film(target: Path, line: bytes, own: bool) -> None:
    """What a whole film's headers say beside its length is no reason to leave it."""
    answer = ok(FILM, line)
    async with server(answer) as place, open_studio() as studio, server(service(answer)) as url:
        studio.addresses = [f"{place}/film"]
        base_url = studio.url if own else url
        async with NemoClient("t", base_url=base_url, timing=TIMING) as client:
            video = await client.render("r1").wait()
            await video.save(target)
    assert target.read_bytes() == FILM


@pytest.mark.parametrize("date", ["Sun, 01 Mar 99999999999999999999 10:00:00 GMT", "9" * 5000, "x"])
async def test_date_that_is_none_keeps_nobody_from_the_film(target: Path, date: str) -> None:
    """A header that cannot be read is one that is not there."""
    answer = whole(FILM, Last_Modified=date, Date="Sun, 01 Mar 2026 10:00:00 GMT")
    async with open_studio(answer) as studio, video_of(studio) as video:
        await video.save(target)
    assert target.read_bytes() == FILM
    assert len(studio.asked()) == 1


async def test_callers_own_headers_do_not_reach_the_films_host(target: Path) -> None:
    """A session given as http= may have secrets among its default headers; a film needs none."""
    secrets = {"Authorization": "Bearer mine", "X-Api-Key": "mine", "Cookie": "a=b"}
    ways = (status(302, Location="/film/x"), whole(FILM))
    async with (
        open_studio(*ways) as studio,
        aiohttp.ClientSession(headers=secrets) as http,
        NemoClient("t", base_url=studio.url, timing=TIMING, http=http) as client,
    ):
        video = await client.render("r1").wait()
        await video.save(target)
    assert target.read_bytes() == FILM
    assert len(studio.asked()) == 2
    for request in studio.asked():
        assert not secrets.keys() & request.headers.keys()
