"""Settings: from arguments, else from the environment, else the service's defaults."""

from typing import Any

import pytest

from nemo_sdk import Attribution, NemoClient, Timing
from nemo_sdk._config.settings import (
    Settings,
    check_client_id,
    check_token,
    complete_settings,
    is_loopback,
)

NOTHING: dict[str, Any] = {
    "token": None,
    "base_url": None,
    "web_url": None,
    "client_id": None,
    "attribution": None,
    "timing": None,
    "max_retries": 2,
    "max_connections": 0,
    "anonymous_fallback": True,
}


def made(**given: Any) -> Settings:
    return complete_settings(**{**NOTHING, **given})


def test_what_is_left_out_has_the_services_defaults() -> None:
    """Without arguments and environment the service's own addresses are used, and no token."""
    found = made()
    assert str(found.base_url) == "https://mega-api-prod.nemovideo.ai"
    assert str(found.web_url) == "https://nemovideo.com"
    assert (found.token, found.client_id) == (None, None)
    assert (found.timing, found.attribution) == (Timing(), Attribution())


def test_the_environment_comes_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each variable of the contract is read, and white space around it is not meant."""
    monkeypatch.setenv("NEMO_API_URL", "https://api.example/\n")
    monkeypatch.setenv("NEMO_WEB_URL", " https://web.example")
    monkeypatch.setenv("NEMO_TOKEN", "nmv_usr_1\n")
    monkeypatch.setenv("NEMO_CLIENT_ID", "me")
    monkeypatch.setenv("SKILL_SOURCE", "cursor")
    found = made()
    assert str(found.base_url).rstrip("/") == "https://api.example"
    assert str(found.web_url).rstrip("/") == "https://web.example"
    assert (found.token, found.client_id) == ("nmv_usr_1", "me")
    assert found.attribution.platform == "cursor"


@pytest.mark.parametrize("mark", ['"', "'", ' "'])
def test_every_variable_may_stand_in_quotes(monkeypatch: pytest.MonkeyPatch, mark: str) -> None:
    """Files of variables keep the quotes in some tools, and drop them in others."""
    values = {
        "NEMO_API_URL": "https://api.example",
        "NEMO_WEB_URL": "https://web.example",
        "NEMO_CLIENT_ID": "me",
        "NEMO_TIMING_SCALE": "0.5",
        "SKILL_SOURCE": "cursor",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, f"{mark}{value}{mark[::-1]}")
    found = made()
    assert str(found.base_url).rstrip("/") == "https://api.example"
    assert str(found.web_url).rstrip("/") == "https://web.example"
    assert (found.client_id, found.timing.render_poll) == ("me", 15)
    assert found.attribution.platform == "cursor"


def test_the_clock_follows_a_fast_service(monkeypatch: pytest.MonkeyPatch) -> None:
    """NEMO_TIMING_SCALE makes the waits shorter and leaves the limits; a given clock wins."""
    monkeypatch.setenv("NEMO_TIMING_SCALE", "0.01")
    found, usual = made().timing, Timing()
    assert (found.render_poll, found.recovery[0], found.rate_limit_wait) == (0.3, 0.3, 0.3)
    assert (found.render, found.turn, found.read) == (usual.render, usual.turn, usual.read)
    assert made(timing=usual).timing == usual


@pytest.mark.parametrize("told", ["0", "-1", "fast", "nan", "inf", "1,5"])
def test_a_scale_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch, told: str) -> None:
    """A scale is a number above 0."""
    monkeypatch.setenv("NEMO_TIMING_SCALE", told)
    with pytest.raises(ValueError, match="NEMO_TIMING_SCALE"):
        NemoClient()


def test_arguments_win(monkeypatch: pytest.MonkeyPatch) -> None:
    """An argument is taken before its variable."""
    for name in ("NEMO_API_URL", "NEMO_WEB_URL", "NEMO_TOKEN", "NEMO_CLIENT_ID"):
        monkeypatch.setenv(name, "https://environment")
    found = made(base_url="https://a", web_url="https://w", token="t", client_id="c")
    assert (found.base_url.host, found.web_url.host) == ("a", "w")
    assert (found.token, found.client_id) == ("t", "c")


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that is set to nothing, as shells and containers do, is left out."""
    for name in ("NEMO_API_URL", "NEMO_WEB_URL", "NEMO_TOKEN", "NEMO_CLIENT_ID", "SKILL_SOURCE"):
        monkeypatch.setenv(name, "")
    assert made() == made(base_url="https://mega-api-prod.nemovideo.ai")


@pytest.mark.parametrize(
    "token",
    [
        *("", " ", '""', "a b", "a\r\nX-Evil: 1", "a\0", "t\u00f6ken", "a\u2028", "a\x7f"),
        *("Bearer", "Bearer ", '"a', "a'", "'a\"", "''a''", '""'),
    ],
)
def test_a_token_that_no_header_takes_is_refused(token: str) -> None:
    """A token with line breaks or spaces is refused at once, and not shown."""
    with pytest.raises(ValueError, match="copy it again") as caught:
        NemoClient(token)
    assert "Evil" not in str(caught.value)


@pytest.mark.parametrize(
    "written",
    [
        *("t-1", " t-1 ", "t-1\n", "t-1\r\n", '"t-1"', "'t-1'", "`t-1`", "\u201ct-1\u201d"),
        *(' "t-1" \n', '" t-1 "', "\ufefft-1", "\u200bt-1\u200b", "\u00a0t-1"),
        *("Bearer t-1", "bearer  t-1", '"Bearer t-1"', 'Bearer "t-1"', "Authorization: Bearer t-1"),
    ],
)
def test_what_stands_round_a_token_is_taken_off(
    monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    """White space, one pair of quotes and the word Bearer are not the token's."""
    assert made(token=written).token == "t-1"
    monkeypatch.setenv("NEMO_TOKEN", written)
    assert made().token == "t-1"


PLACEHOLDERS = """
    <your-token> <token> <> ${NEMO_TOKEN} $NEMO_TOKEN ${{secrets.NEMO_TOKEN}} {{token}}
    {token} $(pass) %NEMO_TOKEN% [token] __TOKEN__ @TOKEN@ #{token} your_token_here
    YOUR_API_KEY your-token TOKEN_HERE your-nemovideo-token put-your-token-here
    replace-with-your-token INSERT_TOKEN paste_here changeme REPLACE_ME placeholder TODO None
    null undefined redacted xxx XXXXXXXX x-x-x ... --- ***** ??? nmv_usr_... nmv_usr_xxxx
    nmv_usr_<token> nmv_usr_ nmv_usr_0a1b... nmv_usr_0a****9f nmv_usr_your_token NEMO_TOKEN
    NEMO_TOKEN=nmv_usr_1 process.env.NEMO_TOKEN op://vault/nemo/token
""".split()  # noqa: SIM905 - a block of words is easier to read


@pytest.mark.parametrize("written", PLACEHOLDERS)
def test_a_placeholder_is_no_token(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    """What examples have in a token's place is refused: nobody becomes an anonymous user."""
    with pytest.raises(ValueError, match="placeholder"):
        NemoClient(written)
    monkeypatch.setenv("NEMO_TOKEN", f'"{written}"')
    with pytest.raises(ValueError, match="placeholder"):
        NemoClient()
    with pytest.raises(ValueError, match="placeholder"):
        NemoClient("t", client_id=written)


@pytest.mark.parametrize(
    "token", ["x", "token", "a-token", "my-token", "test", "fake", "secret", "nmv_usr_xy1", "~!/+="]
)
def test_a_strange_token_may_be_one(token: str) -> None:
    """What only looks unusual is sent: the service decides."""
    assert made(token=token).token == token


@pytest.mark.parametrize("token", [5, b"bytes", ["t"]])
def test_a_token_that_is_no_text_is_refused(token: Any) -> None:
    """A token of another type is a TypeError that names the type alone."""
    with pytest.raises(TypeError, match=type(token).__name__):
        NemoClient(token)


@pytest.mark.parametrize("client_id", ["", "a b", "a\n", "x" * 65, "\u00f6", 5])
def test_a_client_id_that_no_header_takes_is_refused(client_id: Any) -> None:
    """A client id is 1 to 64 printable ASCII characters."""
    with pytest.raises(ValueError, match="client_id"):
        NemoClient(client_id=client_id)


def test_a_client_id_may_have_64_characters() -> None:
    """The longest client id that the service takes is taken."""
    assert check_client_id("x" * 64) == "x" * 64


@pytest.mark.parametrize(
    "address",
    [
        "",
        " ",
        "mega-api.nemovideo.ai",
        "ftp://host",
        "file:///etc/passwd",
        "https://",
        "https:///path",
        "https://host:port",
        "https://ho st",
        "https://xn--",
        "https://host?token=x",
        "https://host#x",
        "http:/host",
        5,
    ],
)
@pytest.mark.parametrize("name", ["base_url", "web_url"])
def test_an_address_that_is_none_is_refused(name: str, address: Any) -> None:
    """An address must look like https://host, with nothing after its path."""
    with pytest.raises(ValueError, match="address"):
        NemoClient(**{name: address})


@pytest.mark.parametrize(
    "address", ["https://nmv_usr_1@host", "https://me:nmv_usr_1@host", "https://nmv_usr_1@host:x"]
)
def test_an_address_with_a_token_is_refused_and_not_shown(address: str) -> None:
    """A token in the address is refused in a sentence without it."""
    with pytest.raises(ValueError, match="address") as caught:
        NemoClient(base_url=address)
    assert "nmv_usr_1" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "http://mega-api-prod.nemovideo.ai",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "http://10.0.0.1",
        "http://0.0.0.0",
        "http://169.254.169.254",
        "http://[::2]",
        "HTTP://host",
        "http://127.1",
        "http://2130706433",
    ],
)
def test_plain_http_to_another_machine_is_refused(address: str) -> None:
    """A token never goes over plain http to what is not certainly this machine."""
    with pytest.raises(ValueError, match="use https"):
        NemoClient(base_url=address)


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:8080",
        "http://127.1.2.3",
        "http://localhost",
        "http://LOCALHOST:1",
        "http://[::1]:8080",
        "https://host:8443/prefix/",
        "https://10.0.0.1",
    ],
)
def test_https_and_this_machine_are_fine(address: str) -> None:
    """Https anywhere, and plain http on loopback addresses, is taken."""
    assert made(base_url=address).base_url.host


@pytest.mark.parametrize("host", [None, "", "localhost.", "127.0.0.1 ", "::ffff:8.8.8.8", "0"])
def test_what_might_be_another_machine_is_no_loopback(host: str | None) -> None:
    """In doubt a host is another machine."""
    assert not is_loopback(host)


@pytest.mark.parametrize("name", ["max_retries", "max_connections"])
@pytest.mark.parametrize("value", [-1, 1.5, "2", True, None])
def test_counts_are_whole_numbers(name: str, value: Any) -> None:
    """Counts are whole numbers from 0 on, and the sentence names the argument."""
    with pytest.raises(ValueError, match=name):
        NemoClient(**{name: value})


@pytest.mark.parametrize("name", ["attribution", "timing"])
def test_values_are_of_their_own_kind(name: str) -> None:
    """A dict in place of a Timing is refused by name."""
    with pytest.raises(TypeError, match=name):
        made(**{name: {"read": 5}})


@pytest.mark.parametrize("store", ["tokens.json", 5, object()])
def test_a_token_store_can_load_and_save(store: Any) -> None:
    """What cannot load and save is refused when the client is made, not at its first call."""
    with pytest.raises(TypeError, match="token_store"):
        NemoClient(token_store=store)


def test_a_token_is_returned_as_it_is() -> None:
    """A token that a header takes is not changed."""
    assert check_token("nmv_usr_~!/+=") == "nmv_usr_~!/+="


def test_settings_do_not_show_the_token() -> None:
    """Neither the settings nor the client show the token."""
    found = made(token="nmv_usr_1")
    assert "nmv_usr_1" not in repr(found)
    assert "nmv_usr_1" not in repr(NemoClient("nmv_usr_1"))


def test_a_client_is_made_outside_a_loop_without_touching_the_disk(home: Any) -> None:
    """Making a client does no I/O and needs no running loop."""
    NemoClient()
    assert list(home.iterdir()) == []
