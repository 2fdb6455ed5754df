"""The films' own host, and the download endpoint of the API."""

from collections.abc import Mapping

import aiohttp
import pytest

from nemo_sdk.emulator import Clock

from .conftest import Api, Emulators


async def get(
    url: str, headers: Mapping[str, str] | None = None, method: str = "GET"
) -> tuple[int, Mapping[str, str], bytes]:
    """Asks for an address as a stranger, who has no token."""
    async with (
        aiohttp.ClientSession() as stranger,
        stranger.request(method, url, headers=headers) as response,
    ):
        return response.status, response.headers, await response.read()


async def test_films_are_on_another_origin(api: Api) -> None:
    """The film host has a port of its own, and its calls are recorded."""
    url = await api.film()
    assert url.startswith(api.emulator.films_url + "/")
    assert api.emulator.films_url != api.emulator.base_url
    status, headers, content = await get(url)
    assert (status, headers["Content-Type"]) == (200, "video/mp4")
    assert int(headers["Content-Length"]) == len(content) == api.emulator.renders["render_1"].size
    assert headers["Accept-Ranges"] == "bytes"
    assert headers["ETag"].startswith('"')
    assert headers["Last-Modified"].endswith("GMT")
    (call,) = api.emulator.calls_of("film")
    assert "Authorization" not in call.headers


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [("0-9", 0, 10), ("5-", 5, None), ("-7", -7, None), ("10-99999999", 10, None), ("0-0", 0, 1)],
)
async def test_a_range_is_a_part(api: Api, wanted: str, start: int, end: int | None) -> None:
    """First and last byte, an open end and a suffix are answered 206."""
    url = await api.film()
    _, _, whole = await get(url)
    status, headers, part = await get(url, {"Range": f"bytes={wanted}"})
    assert status == 206
    assert part == whole[start:end]
    first = start % len(whole)
    last = first + len(part) - 1
    assert headers["Content-Range"] == f"bytes {first}-{last}/{len(whole)}"


@pytest.mark.parametrize("wanted", ["bytes=99999999-", "bytes=5-4", "bytes=-0"])
async def test_a_range_beyond_the_film_is_416(api: Api, wanted: str) -> None:
    """What is not there is 416, with the size that is."""
    url = await api.film()
    status, headers, content = await get(url, {"Range": wanted})
    size = api.emulator.renders["render_1"].size
    assert (status, headers["Content-Range"], content) == (416, f"bytes */{size}", b"")


@pytest.mark.parametrize("wanted", ["bytes=", "bytes=-", "pages=1-2", "bytes=0-1,4-5", "bytes=a-b"])
async def test_a_range_that_makes_no_sense_is_ignored(api: Api, wanted: str) -> None:
    """The whole film answers a malformed range, and several ones."""
    url = await api.film()
    status, _, content = await get(url, {"Range": wanted})
    assert (status, len(content)) == (200, api.emulator.renders["render_1"].size)


async def test_if_range_guards_against_another_film(api: Api) -> None:
    """The part comes where the validator is the film's, the whole film elsewhere."""
    url = await api.film()
    _, about, _ = await get(url)
    for validator, expected in [
        (about["ETag"], 206),
        (about["Last-Modified"], 206),
        ('"another"', 200),
        ("Mon, 01 Jan 2001 00:00:00 GMT", 200),
        ("nonsense", 200),
    ]:
        status, _, _ = await get(url, {"Range": "bytes=1-", "If-Range": validator})
        assert status == expected, validator


async def test_head_tells_the_size(api: Api) -> None:
    """HEAD has the headers of GET and no body."""
    url = await api.film()
    status, headers, content = await get(url, method="HEAD")
    assert (status, content) == (200, b"")
    assert int(headers["Content-Length"]) == api.emulator.renders["render_1"].size


async def test_addresses_expire(emulators: Emulators) -> None:
    """A film's address is good for its lifetime, then 403; the API still has the film."""
    clock = Clock(manual=True)
    api = await emulators(clock=clock, film_url_lifetime=600)
    await api.submit(await api.session())
    while api.emulator.renders["render_1"].path is None:
        await clock.advance(30)
    url = (await api.status())["output"]["url"]
    assert (await get(url))[0] == 200
    await clock.advance(601)
    assert (await get(url))[0] == 403
    async with api.http.get("/api/render/proxy/render_1/download") as response:
        assert response.status == 200


async def test_each_status_has_a_fresh_address(emulators: Emulators) -> None:
    """The next status replaces an address that has expired, and the film is the same."""
    clock = Clock(manual=True)
    api = await emulators(clock=clock, film_url_lifetime=600)
    await api.submit(await api.session())
    while api.emulator.renders["render_1"].path is None:
        await clock.advance(30)
    old = (await api.status())["output"]["url"]
    await clock.advance(601)
    new = (await api.status())["output"]["url"]
    assert (await get(old))[0] == 403
    assert (await get(new))[0] == 200
    assert new.partition("?")[0] == old.partition("?")[0]


@pytest.mark.parametrize("query", ["", "?Expires=99999999999&Signature=x", "?Expires=x"])
async def test_a_signature_cannot_be_made_up(emulators: Emulators, query: str) -> None:
    """With a lifetime, an address without its own signature is 403."""
    api = await emulators(film_url_lifetime=600)
    url = await api.film()
    assert (await get(url.partition("?")[0] + query))[0] == 403


@pytest.mark.parametrize(
    "path",
    ["/films/none.mp4", "/media/m/none.mp4", "/media/../x", "/media/..%2F..%2Fetc/passwd", "/"],
)
async def test_what_is_not_there_is_404(api: Api, path: str) -> None:
    """Unknown films, media and paths are 404, and nothing else of the disk is served."""
    assert (await get(api.emulator.films_url + path))[0] == 404


async def test_the_api_has_the_same_film_with_a_token(api: Api) -> None:
    """The download endpoint serves the film's bytes, by ranges too."""
    _, _, whole = await get(await api.film())
    path = "/api/render/proxy/render_1/download"
    async with api.http.get(path) as response:
        assert (response.status, await response.read()) == (200, whole)
    async with api.http.get(path, headers={"Range": "bytes=3-5"}) as response:
        assert (response.status, await response.read()) == (206, whole[3:6])


async def test_a_render_without_a_film_has_no_download(api: Api) -> None:
    """The download of a failed render is 404 and says so."""
    api.emulator.fail_renders()
    await api.submit(await api.session())
    await api.rendered()
    status, answer = await api.call("GET", "/api/render/proxy/render_1/download")
    assert status == 404
    assert "failed" in answer["message"]
