"""Who may call: programs, and the emulator's own page."""

import aiohttp
import pytest

from .conftest import Api, Emulators

BALANCE = "/api/credits/balance/simple"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:{port}"}, 200),
        ({"Host": "[::1]:{port}"}, 200),
        ({"Host": "nemo:8080"}, 200),
        ({"Host": "studio.example.com"}, 200),
        ({"Host": "127.0.0.1:{port}", "Origin": "http://127.0.0.1:{port}"}, 200),
        ({"Host": "evil.example.com"}, 403),
        ({"Host": "127.0.0.1.nip.io:{port}"}, 403),
        ({"Host": "[::1"}, 400),
        ({"Origin": "https://evil.example.com"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "evil.example.com", "Origin": "http://evil.example.com"}, 403),
    ],
)
@pytest.mark.parametrize("path", [BALANCE, "/", "/status/now", "/openapi.json"])
async def test_pages_of_others_are_refused(
    emulators: Emulators, headers: dict[str, str], status: int, path: str
) -> None:
    """Neither a page of another origin nor a name that was pointed here gets an answer."""
    api = await emulators(hosts=["studio.example.com"])
    port = api.emulator.base_url.rpartition(":")[2]
    sent = {name: value.format(port=port) for name, value in headers.items()}
    async with api.http.get(path, headers=sent) as response:
        assert response.status in ({200} if status == 200 else {status, 403})
        words = await response.text()
    if status != 200:
        assert "emulator" in words
        assert api.emulator.calls == []


async def test_a_film_is_not_for_pages_of_others(api: Api) -> None:
    """The films' host has the same rule; whoever has the link, and is no page, gets the film."""
    url = await api.film()
    async with aiohttp.ClientSession() as http:
        for origin, status in (("https://evil.example.com", 403), (None, 200)):
            headers = {"Origin": origin} if origin else {}
            async with http.get(url, headers=headers) as response:
                assert response.status == status


async def test_every_answer_tells_the_speed(api: Api) -> None:
    """Answers, refusals, films and the page say how fast this emulator is."""
    film = await api.film()
    for url in (BALANCE, "/nowhere", "/", film):
        async with aiohttp.ClientSession(api.emulator.base_url) as http, http.get(url) as response:
            assert response.headers["X-Emulator-Speed"] == "5000"
